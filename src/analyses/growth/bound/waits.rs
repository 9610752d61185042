//! Entries that wait for an answer, and stay when nobody waits any longer.

use super::calls;
use super::found::{BoundFound, Gap};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::flow::{at, follows, follows_in_round};
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::reader::usage::{Growth, Shrink, Usage, What, descendants, method_name};
use crate::analyses::growth::reader::walked;
use crate::analyses::growth::words;
use crate::analyses::owners::reach;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, VariableId, VariableKind};

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
        let swept = !walked::keys(context, &case.collection.place).is_empty();
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

/// A function enters what it waits for, gives up after some time, and leaves the entry to an answer that may never come.
#[must_use]
pub fn in_vain(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    let walked = walked::keys(context, &case.collection.place);
    // What goes over all of them takes out those who wait in vain as well.
    let one_by_one = removals.iter().all(|usage| match &usage.what {
        What::Shrink(Shrink { key: Some(key), .. }) => !descendants(context, *key)
            .iter()
            .any(|part| matches!(module.kind(*part), ExprKind::Variable(id) if walked.contains(id))),
        _ => false,
    });
    if removals.is_empty() || !one_by_one || context.family() == Family::Java {
        return None;
    }
    case.usages.iter().find_map(|usage| {
        let What::Grow(growth @ Growth { inner: false, .. }) = &usage.what else { return None };
        let home = module.outermost(usage.function);
        let reached = reach(context, &[home]);
        let undone = |removal: &&Usage| {
            let by = module.outermost(removal.function);
            by == home || reached.contains(&by)
        };
        if removals.iter().any(undone) {
            return None;
        }
        let from = at(context, usage.expr)?;
        let wait = context.sites.iter().find(|site| {
            module.outermost(site.function) == home
                && (site.function != usage.function
                    || at(context, site.expr).is_some_and(|then| follows_in_round(context, from, then)))
                && entered(context, growth).iter().any(|one| waits_for(context, site.expr, *one))
        })?;
        let words = format!("the answer alone takes it out: when `{}` gives up, it stays", context.text(wait.expr));
        Some(BoundFound::misfit(Gap::Some, words, wait.expr))
    })
}

/// The variables that hold what goes in, or a part of it: a future, a cell, a queue for the answer; or the promise that
/// it settles.
fn entered(context: &Context<'_>, growth: &Growth) -> Vec<VariableId> {
    let Some(value) = growth.value else { return Vec::new() };
    let module = context.module;
    let parts = descendants(context, context.definition(value));
    let named = parts.into_iter().chain([module.peel(value)]).filter_map(|part| match module.kind(part) {
        ExprKind::Variable(id) => Some(*id),
        _ => None,
    });
    named
        .filter_map(|id| match module.variables[id].kind {
            VariableKind::Local if module.variables[id].function != module.root => Some(id),
            VariableKind::Parameter(_) => promise(context, module.variables[id].function),
            _ => None,
        })
        .collect()
}

/// The variable that keeps the promise whose executor a function is.
fn promise(context: &Context<'_>, executor: FunctionId) -> Option<VariableId> {
    let Use::Argument(call, 0) = context.uses(context.function_expr(executor)?) else { return None };
    let ExprKind::Call { callee, constructs: true, .. } = context.module.kind(call) else { return None };
    let Use::Stored(target) = context.uses(call) else { return None };
    let made = matches!(context.module.kind(*callee), ExprKind::Global(name) if name == "Promise");
    match context.module.kind(target) {
        ExprKind::Variable(id) if made => Some(*id),
        _ => None,
    }
}

/// `cell.get(timeout)`, `wait_for(future, timeout)`, `latch.await(5, SECONDS)`: a wait for what a variable holds that
/// comes to an end.
fn waits_for(context: &Context<'_>, call: ExprId, entered: VariableId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, arguments, constructs: false, .. } = module.kind(call) else { return false };
    let is_it = |value: ExprId| matches!(module.kind(module.peel(value)), ExprKind::Variable(id) if *id == entered);
    let on_it = matches!(module.kind(*callee), ExprKind::Member { object, .. } if is_it(*object));
    // `wait_for(slot.get(), timeout)`
    let given = arguments.iter().any(|argument| descendants(context, argument.value).into_iter().any(is_it));
    let limited = arguments.iter().any(|argument| {
        argument.name.as_deref().is_some_and(words::is_amount_of_time)
            || !is_it(argument.value) && context.mentions_name(argument.value, words::is_amount_of_time)
    });
    (on_it || given) && limited && words::waits_for_an_answer(&method_name(context, call))
}
