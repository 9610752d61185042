//! What reference counting ends: an exception that leaves a function takes the function's names along, and with the
//! last name `CPython` closes a file at once.

use super::acquire::Acquisition;
use super::raises::{Level, name_of};
use super::track::Tracker;
use super::walk::{End, Exit, Leak, Ways};
use super::words;
use crate::analyses::context::Context;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind};

/// Whether only an exception skips the release, and the handle then ends with the function.
///
/// It stays a leak where the function throws the exception itself, takes it and goes on, or is suspended with it; where
/// the content of what is open is what fails, as it does for whoever sends something broken; where a second resource
/// cannot be opened; and where the author releases it after one exception and not after this one.
#[must_use]
pub fn ends_with_function(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, leak: &Leak, ways: &Ways) -> bool {
    let context = tracker.context;
    let acquire = &acquisition.acquire;
    let Some(raise) = leak.raised.filter(|raise| raise.level != Level::Explicit && acquire.counted) else {
        return false;
    };
    let function = &context.module.functions[tracker.function];
    let suspended = function.is_async || function.is_generator;
    if context.family() != Family::Python || suspended || leak.field || leak.kept {
        return false;
    }
    // A process that somebody has to kill does not come to its end when its pipes do.
    let killed =
        |call: &ExprId| context.site_of(*call).and_then(|site| site.shape.method.as_deref()).is_some_and(words::kills);
    if ways.released.iter().any(killed) {
        return false;
    }
    if matches!(leak.end, End::Overwritten(at) if names_field(context, at)) {
        return false;
    }
    let taken = leak.exit == Exit::Normal && leak.end == End::Function;
    let missed = leak.exit == Exit::Throw && ways.rescued;
    !taken && !missed && !opens_or_parses(tracker, raise.at)
}

/// Whether a target is a field of an object: what it had did not live in the function alone.
fn names_field(context: &Context<'_>, assignment: ExprId) -> bool {
    let module = context.module;
    matches!(module.kind(assignment), ExprKind::Assign { target, .. }
        if matches!(module.kind(*target), ExprKind::Member { .. }))
}

/// Whether what fails opens something else, or makes sense of the content of what is open.
fn opens_or_parses(tracker: &Tracker<'_>, call: ExprId) -> bool {
    let context = tracker.context;
    context
        .site_of(call)
        .is_some_and(|site| !site.acquires.is_empty() || words::parses(&name_of(context, site, tracker.callee(call))))
}
