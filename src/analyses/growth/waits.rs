//! Entries that wait for an answer, and stay when nobody waits any longer.

use crate::analyses::context::Use;
use crate::analyses::owners::reach;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind};

use super::bound::calls;
use super::flow::{at, follows};
use super::found::{BoundFound, Gap};
use super::judge::Case;
use super::usage::{Usage, What, method_name};
use super::words;

/// Kept until an answer comes, and a timer gives up without taking it out.
#[must_use]
pub fn timed_out(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    case.usages.iter().find_map(|usage| {
        let What::Grow(growth) = &usage.what else { return None };
        growth.key?;
        let home = module.outermost(usage.function);
        if removals.iter().any(|removal| module.outermost(removal.function) == home) {
            return None;
        }
        context.sites.iter().find_map(|site| {
            if site.function != usage.function || method_name(context, site.expr) != "setTimeout" {
                return None;
            }
            let ExprKind::Call { arguments, .. } = module.kind(site.expr) else { return None };
            let given_up = module.function_of(arguments.first()?.value)?;
            let rejects = context
                .sites
                .iter()
                .any(|call| call.function == given_up && words::gives_up(&method_name(context, call.expr)));
            let removes = reach(context, &[given_up]);
            let kept = rejects && !removals.iter().any(|removal| removes.contains(&removal.function));
            kept.then(|| {
                BoundFound::misfit(Gap::Some, "the time-out gives up on the answer and leaves the entry", site.expr)
            })
        })
    })
}

/// `C.put(id, cell); send(id); return cell.get(limit);`: when the wait ends without an answer, nobody takes it out.
#[must_use]
pub fn given_up(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    if context.family() != Family::Java {
        return None;
    }
    let variable = |expr: ExprId| match module.kind(module.peel(expr)) {
        ExprKind::Variable(id) => Some(*id),
        _ => None,
    };
    case.usages.iter().find_map(|usage| {
        let What::Grow(growth) = &usage.what else { return None };
        let waiter = growth.key.and(growth.value).and_then(variable).filter(|_| !growth.inner)?;
        let home = module.outermost(usage.function);
        let here = reach(context, &[home]);
        // Who calls it may take the entry out; who goes over all of them does so in time.
        let removed = removals.iter().any(|removal| {
            let function = module.outermost(removal.function);
            function == home || here.contains(&removal.function) || calls(context, function, home)
        });
        let swept = !super::walked::keys(context, &case.collection.place).is_empty();
        if removed || swept || module.variables[waiter].function != usage.function {
            return None;
        }
        let put = at(context, usage.expr)?;
        let wait = context.reads(waiter).iter().find_map(|read| {
            let Use::Receiver(call) = context.uses(*read) else { return None };
            let ExprKind::Call { arguments, .. } = module.kind(call) else { return None };
            let name = method_name(context, call);
            let timed = match arguments.len() {
                0 => false,
                2 => words::waits_for(&name) || words::waits_or_looks_up(&name),
                _ => words::waits_for(&name),
            };
            (timed && at(context, call).is_some_and(|then| follows(context, put, then))).then_some(call)
        })?;
        let words = format!("when `{}` ends without an answer, the entry stays", context.text(wait));
        Some(BoundFound::misfit(Gap::Some, words, wait))
    })
}
