//! Timers that wait for something: what they do when it did not come.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::Case;
use crate::catalogue::Acquire;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ClassId, ExprKind, FunctionId, Name, Place, Root, Terminator};

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
    let Some(callback) = case.callback() else { return false };
    let run = owners::reach(context, &[callback]);
    let ends = calls_on_owner(case, callback, |_, name| words::ends_held(name));
    let empty = super::renewal::keeps_owner(case) && reached.iter().all(|function| is_empty(case, *function));
    ends || empty || cycle.teardowns.iter().any(|teardown| run.contains(teardown))
}

/// Whether a timer does nothing but release something when it fires: `setTimeout(() => URL.revokeObjectURL(url), 60_000)`.
#[must_use]
pub fn only_releases(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let callback = acquire.callback.as_ref().and_then(|part| context.function_part(site.expr, part));
    let Some(callback) = callback.filter(|_| acquire.kind == "timer" && acquire.once) else { return false };
    let mut calls = context.sites_in(callback).peekable();
    context.family() == Family::JavaScript
        && calls.peek().is_some()
        && calls.all(|call| call.releases.iter().any(|release| release.handle.is_some() && release.key.is_empty()))
}

/// Whether a one-shot timer does nothing but set state of its own and tell the component around, who is gone with it:
/// `setTimeout(() => emit('close'), delay)`.
#[must_use]
pub fn is_harmless(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(callback) = case.callback().filter(|_| case.acquire.kind == "timer" && case.acquire.once) else {
        return false;
    };
    let run = owners::reach(context, &[callback]);
    let harmless = |site: &CallSite| {
        let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return false };
        let name = match context.module.kind(*callee) {
            ExprKind::Member { object, name, .. } if matches!(context.module.kind(*object), ExprKind::This(_)) => name,
            ExprKind::Variable(id) => &context.module.variables[*id].name,
            _ => return site.releases.iter().any(|release| release.kind.contains(&case.acquire.kind)),
        };
        site.callee.is_some() || words::tells_component(name)
    };
    context.family() == Family::JavaScript
        && !run.contains(&case.site.function)
        && !super::renewal::is_a_minute(case)
        && context.sites.iter().filter(|site| run.contains(&site.function)).all(harmless)
}

/// Whether a timer ends the process when it fires, and with it all that it held.
#[must_use]
pub fn ends_process(case: &Case<'_>) -> bool {
    let context = case.context;
    let run = case.callback().map(|callback| owners::reach_at_once(context, &[callback])).unwrap_or_default();
    context.sites.iter().filter(|site| run.contains(&site.function)).any(|site| {
        site.shape.path.as_ref().is_some_and(|path| crate::catalogue::words::paths::ends_process(&path.to_string()))
    })
}

/// Whether a timer that a teardown starts runs a teardown when it fires: the end takes its time.
#[must_use]
pub fn is_step_of_end(case: &Case<'_>, teardowns: &[FunctionId]) -> bool {
    let callback = case.callback().filter(|_| case.acquire.kind == "timer" && case.acquire.once);
    let run = callback.map(|callback| owners::reach(case.context, &[callback]));
    run.is_some_and(|run| teardowns.iter().any(|teardown| run.contains(teardown)))
}

/// Whether the callback runs a method of the owner that tries again: `setTimeout(() => this.connect(), this.delay)`.
#[must_use]
pub fn tries_again(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let Some(callback) = case.callback() else { return false };
    module.functions[callback].name.as_deref().is_some_and(words::tries_again)
        || calls_on_owner(case, callback, |place, name| place.path.is_empty() && words::tries_again(name))
}

/// The field of the owner that the callback uses as it is, and that the teardown empties: `dispose() { this.editor = null }`.
#[must_use]
pub fn emptied(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> Option<Name> {
    let context = case.context;
    let module = context.module;
    let callback = case.callback().filter(|_| context.family() == Family::JavaScript)?;
    let cleared = |class: ClassId, field: &str| {
        context.field_uses(class, field).iter().any(|named| {
            let assigned = context.parent(*named).map(|parent| module.kind(parent));
            matches!(assigned, Some(ExprKind::Assign { target, value, .. }) if target == named && module.is_null(*value))
                && context.function_of(*named).is_some_and(|function| reached.contains(&function))
        })
    };
    let entry = module.functions[callback].cfg.entry;
    let refills = |class: ClassId, field: &str| {
        context
            .field_uses(class, field)
            .iter()
            .any(|named| context.function_of(*named) == Some(callback) && context.is_target(*named))
    };
    context.sites_in(callback).filter(|site| site.block == entry).find_map(|site| {
        let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return None };
        let ExprKind::Member { object, optional: false, .. } = module.kind(*callee) else { return None };
        let Place { root: Root::This(class), path } = context.place(*object)? else { return None };
        let field = path.strip_prefix('.').filter(|name| !name.contains(['.', '[', '(']))?;
        (cleared(class, field) && !refills(class, field)).then(|| Name::new(field))
    })
}

/// Whether the callback, or the one method that it calls, first asks whether the owner is still there or the wait is
/// over: `if (this.destroyed) return`, `if (!done) …`.
#[must_use]
pub fn asks_first(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(callback) = case.callback() else { return false };
    let mut calls = context.sites_in(callback);
    let only = calls.next().filter(|_| calls.next().is_none()).and_then(|site| site.callee);
    std::iter::once(callback).chain(only).any(|function| asks(case, function))
}

/// Whether a function begins with such a question.
fn asks(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let module = context.module;
    let data = &module.functions[function];
    let Terminator::Branch { condition, .. } = data.cfg.blocks[data.cfg.entry].terminator else { return false };
    super::renewal::parts(context, condition).into_iter().any(|part| {
        if let ExprKind::Variable(id) = module.kind(part) {
            return data.captures.contains(id) && module.variables[*id].function != module.root;
        }
        let place = context.place(part).filter(|place| matches!(place.root, Root::This(_)));
        place.as_ref().and_then(|place| place.field()).is_some_and(words::says_ended)
    })
}

/// Whether the callback calls a method that fits, by its name and what of the owner it is called on.
fn calls_on_owner(case: &Case<'_>, callback: FunctionId, fits: impl Fn(&Place, &str) -> bool) -> bool {
    let context = case.context;
    context.sites_in(callback).any(|site| {
        let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return false };
        let ExprKind::Member { object, name, .. } = context.module.kind(*callee) else { return false };
        context.place(*object).is_some_and(|place| matches!(place.root, Root::This(_)) && fits(&place, name))
    })
}

fn is_empty(case: &Case<'_>, function: FunctionId) -> bool {
    case.context.module.functions[function].cfg.blocks.iter().all(|(_, block)| block.steps.is_empty())
}
