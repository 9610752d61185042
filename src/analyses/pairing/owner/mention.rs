//! What a teardown undoes in a way that no table knows.

use rustc_hash::FxHashSet;

use super::Case;
use crate::catalogue::words::owners::ends;
use crate::model::{ExprId, ExprKind, FunctionId, Root};

/// Whether the teardown names the source or the callback of a registration in a call, so that it may well undo it in
/// a way that no table knows.
pub fn names_registration(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    if case.acquire.key.is_empty() {
        return false;
    }
    let context = case.context;
    let Some(callback) = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part)) else {
        return false;
    };
    let Some(place) = context.place(callback) else { return false };
    if place.field().is_none() && !matches!(place.root, Root::Variable(_) | Root::Function(_)) {
        return false;
    }
    context.sites.iter().filter(|site| reached.contains(&site.function) && site.acquires.is_empty()).any(|site| {
        let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
        let known = site.releases.iter().any(|release| !release.key.is_empty());
        !known && arguments.iter().any(|argument| context.place(argument.value).as_ref() == Some(&place))
    })
}

/// Whether the teardown tells the object that gave the source to end it: `monitor.stop(element)` after
/// `monitor.watch(element).subscribe(…)`.
pub fn undoes_source(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let Some(source) = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part)) else {
        return false;
    };
    let Some((object, given)) = asked(case, source) else { return false };
    context.sites.iter().filter(|site| reached.contains(&site.function)).any(|site| {
        site.shape.method.as_deref().is_some_and(ends)
            && asked(case, site.expr).is_some_and(|(other, argument)| {
                context.place(other).is_some_and(|place| context.place(object) == Some(place))
                    && context.text(argument) == context.text(given)
            })
    })
}

/// The object and the first argument of a method call; operators are looked through.
fn asked(case: &Case<'_>, source: ExprId) -> Option<(ExprId, ExprId)> {
    let module = case.context.module;
    let mut at = source;
    loop {
        let ExprKind::Call { callee, arguments, constructs: false, .. } = module.kind(module.peel(at)) else {
            return None;
        };
        let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return None };
        if name == "pipe" {
            at = *object;
            continue;
        }
        return arguments.first().map(|argument| (*object, argument.value));
    }
}

/// Whether an override ends a field that only a class above fills: it does the part of that class itself.
#[must_use]
pub fn ends_inherited(
    context: &crate::analyses::context::Context<'_>,
    class: crate::model::ClassId,
    teardown: crate::model::FunctionId,
) -> bool {
    let module = context.module;
    let reached = crate::analyses::owners::reach(context, &[teardown]);
    context.family() == crate::lang::Family::JavaScript
        && context.sites.iter().filter(|site| reached.contains(&site.function)).any(|site| {
            let crate::model::ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
            let crate::model::ExprKind::Member { object, name, .. } = module.kind(*callee) else { return false };
            let place = context.place(*object).filter(|place| place.root == crate::model::Root::This(class));
            super::siblings::releases(name)
                && place
                    .as_ref()
                    .and_then(crate::model::Place::only_field)
                    .is_some_and(|field| module.field(class, field).is_none())
        })
}
