//! Timers that wait for something: what they do when it did not come.

use rustc_hash::FxHashSet;

use super::Case;
use crate::analyses::owners;
use crate::catalogue::words::owners as words;
use crate::model::{ExprKind, FunctionId, Root, Terminator};

/// Whether the callback of a timer runs a teardown of its owner, or ends what a field of it holds; or the teardown that
/// should have cleared the timer does nothing at all. A component is closed by what it shows, over and over.
#[must_use]
pub fn ends_owner(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let module = context.module;
    let class = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent)
        .find_map(|function| module.functions[function].this);
    let Some(class) = class else { return false };
    let cycle = owners::lifecycle(context, class);
    if cycle.framework.is_some() || cycle.teardowns.is_empty() {
        return false;
    }
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(callback) = callback.and_then(|callback| module.function_of(callback)) else { return false };
    let run = owners::reach(context, &[callback]);
    let ends = context.sites_in(callback).any(|site| {
        let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
        let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return false };
        let field = context.place(*object).is_some_and(|place| matches!(place.root, Root::This(_)));
        field && words::ends_held(name)
    });
    let empty = reached.iter().all(|function| is_empty(case, *function));
    ends || empty || cycle.teardowns.iter().any(|teardown| run.contains(teardown))
}

/// Whether the callback runs a method of the owner that tries again: `setTimeout(() => this.connect(), this.delay)`.
#[must_use]
pub fn tries_again(case: &Case<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(callback) = callback.and_then(|callback| module.function_of(callback)) else { return false };
    let own = |object| {
        context.place(object).is_some_and(|place| matches!(place.root, Root::This(_)) && place.path.is_empty())
    };
    let data = &module.functions[callback];
    data.name.as_deref().is_some_and(words::tries_again)
        || context.sites_in(callback).any(|site| {
            let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
            let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return false };
            own(*object) && words::tries_again(name)
        })
}

/// Whether the callback first asks whether its owner is still there: `if (this.destroyed) return`.
#[must_use]
pub fn asks_first(case: &Case<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(callback) = callback.and_then(|callback| module.function_of(callback)) else { return false };
    let cfg = &module.functions[callback].cfg;
    let Terminator::Branch { condition, .. } = cfg.blocks[cfg.entry].terminator else { return false };
    super::renewal::parts(context, condition).into_iter().any(|part| {
        let place = context.place(part).filter(|place| matches!(place.root, Root::This(_)));
        place.as_ref().and_then(|place| place.field()).is_some_and(words::says_ended)
    })
}

fn is_empty(case: &Case<'_>, function: FunctionId) -> bool {
    case.context.module.functions[function].cfg.blocks.iter().all(|(_, block)| block.steps.is_empty())
}
