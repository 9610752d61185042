//! What a teardown undoes in a way that no table knows.

use rustc_hash::FxHashSet;

use super::How;
use crate::analyses::context::Use;
use crate::analyses::pairing::owner::teardown::siblings;
use crate::analyses::pairing::owner::{self, Case};
use crate::catalogue::glob;
use crate::catalogue::words::owners::{ends, is_part_of_end};
use crate::lang::Family;
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
    if names_removal(case, reached) {
        return true;
    }
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

/// `listeners.forEach(source::removeListener)`: the method that takes off is handed to what goes over all of them.
fn names_removal(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(source) = source.filter(|_| context.family() == Family::Java) else { return false };
    let given = context.sites.iter().filter(|site| reached.contains(&site.function)).flat_map(|site| {
        match context.module.kind(site.expr) {
            ExprKind::Call { arguments, .. } => arguments.as_slice(),
            _ => &[],
        }
    });
    given.into_iter().any(|argument| match context.module.kind(argument.value) {
        ExprKind::MethodReference { object, name } => {
            context.same_place(*object, source)
                && case.acquire.release.iter().flat_map(|release| &release.call).any(|call| glob(&call.name, name))
        }
        _ => false,
    })
}

/// Whether a method that overrides one of a class above releases it, and the teardown calls that class's own: there it
/// may well be called.
pub fn ends_by_override(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let module = context.module;
    let passes_on = context.sites.iter().filter(|site| reached.contains(&site.function)).any(|site| {
        let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
        matches!(module.kind(*callee), ExprKind::Member { object, .. } if matches!(module.kind(*object), ExprKind::Super))
    });
    let overrides = |function: FunctionId| {
        let data = &module.functions[module.outermost(function)];
        let named = data.name.as_deref().is_some_and(is_part_of_end);
        named && data.annotations.iter().any(|annotation| annotation.name == "Override")
    };
    passes_on
        && context.family() == Family::Java
        && case.releases.iter().any(|found| !matches!(found.how, How::Differs(_)) && overrides(found.function))
}

/// Whether some method gives the field to a helper that closes: `closeQuietly(this.socket)`.
pub fn closed_by_helper(case: &Case<'_>) -> bool {
    let context = case.context;
    context.family() != Family::JavaScript
        && owner::ON_PATHS.contains(&case.acquire.kind.as_str())
        && case.holding.fields().any(|place| {
            let (Root::This(class) | Root::Static(class)) = place.root else { return false };
            let Some(field) = place.field() else { return false };
            context.field_uses(class, field).iter().any(|named| match context.uses(*named) {
                Use::Argument(call, _) => {
                    context.site_of(call).and_then(|site| site.shape.method.as_deref()).is_some_and(ends)
                }
                _ => false,
            })
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
            (siblings::releases(name) || matches!(name.as_str(), "complete" | "next" | "abort" | "unsubscribe"))
                && place
                    .as_ref()
                    .and_then(crate::model::Place::only_field)
                    .is_some_and(|field| module.field(class, field).is_none())
        })
}
