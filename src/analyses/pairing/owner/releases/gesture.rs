//! Listeners for the time of a gesture: the event that ends it takes them all off, whether or not their owner is still
//! there.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::instance::again;
use crate::analyses::pairing::owner::{self, Case, Found, How};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Literal};

/// Whether a listener for the end of a gesture, added together with this one, takes it off.
#[must_use]
pub fn is_over_by_itself(case: &Case<'_>) -> bool {
    let context = case.context;
    if context.family() != Family::JavaScript || !matches!(case.acquire.kind.as_str(), "listener" | "timer") {
        return false;
    }
    let taken_off: Vec<&Found> = case.releases.iter().filter(|found| found.how == How::Full).collect();
    if taken_off.is_empty() {
        return false;
    }
    let together = context.sites.iter().filter(|site| is_together(case, site.function));
    together.flat_map(|site| site.acquires.iter().map(move |acquire| (site, acquire))).any(|(site, acquire)| {
        let Some(end) = end_of_gesture(case, site, acquire) else { return false };
        let callback = acquire.callback.as_ref().and_then(|part| context.part(site.expr, part));
        let callback = callback.map(|callback| functions(context, callback)).unwrap_or_default();
        let reached = owners::reach(context, &callback);
        let counts =
            |found: &&Found| reached.contains(&found.function) && (end == End::Along || is_sure(context, found));
        taken_off.iter().any(counts)
    })
}

/// How the end of a gesture comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// To the same source as what it ends, or to one that is always there.
    Along,
    /// To another source, to which it comes in any case; what is done there has to be sure as well.
    Apart,
}

fn end_of_gesture(case: &Case<'_>, site: &CallSite, acquire: &Acquire) -> Option<End> {
    let context = case.context;
    if acquire.kind != "listener" || !is_event(context, site, words::ends_gesture) {
        return None;
    }
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
    if case.acquire.kind == "timer" {
        let lasts = |source| owner::life(context, source, site.function) == owner::Life::Process;
        return source.is_some_and(lasts).then_some(End::Along);
    }
    if source_text(context, site, acquire) == source_text(context, case.site, case.acquire) {
        return Some(End::Along);
    }
    is_event(context, site, |name| name == "dragend").then_some(End::Apart)
}

/// Whether a function adds listeners together with what is judged. A timer may be one of a timer: the key is held for a
/// while, and then repeats.
fn is_together(case: &Case<'_>, function: FunctionId) -> bool {
    let module = case.context.module;
    let around = || case.acquire.kind == "timer" && module.encloses(function, case.site.function);
    function != module.root && (function == case.site.function || around())
}

/// Whether a release is made whenever its function runs.
fn is_sure(context: &Context<'_>, found: &Found) -> bool {
    let block = context.site_of(found.call).map(|site| site.block);
    block.is_some_and(|block| !again::is_avoidable(context, found.function, block))
}

/// Whether the listener, or what it calls, takes itself off when its event comes for the next time.
#[must_use]
pub fn takes_itself_off(case: &Case<'_>) -> bool {
    let context = case.context;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let functions = callback.filter(|_| case.acquire.kind == "listener").map(|callback| functions(context, callback));
    let reached = owners::reach(context, &functions.unwrap_or_default());
    context.family() == Family::JavaScript
        && case.life == owner::Life::Process
        && happens_soon(context, case.site)
        && case.releases.iter().any(|found| found.how == How::Full && reached.contains(&found.function))
}

/// Whether the event comes as soon as somebody uses the page.
fn happens_soon(context: &Context<'_>, site: &CallSite) -> bool {
    is_event(context, site, |name| {
        words::ends_gesture(name)
            || matches!(name, "click" | "mousedown" | "pointerdown" | "touchstart" | "mousemove" | "keydown")
    })
}

fn source_text(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<String> {
    acquire.source.as_ref().and_then(|part| context.part(site.expr, part)).map(|source| context.text(source))
}

fn is_event(context: &Context<'_>, site: &CallSite, meant: impl Fn(&str) -> bool) -> bool {
    let event = context.part(site.expr, &Part::Argument(0)).map(|event| context.module.kind(context.definition(event)));
    matches!(event, Some(ExprKind::Literal(Literal::String(name))) if meant(name))
}

/// Whether the event comes only while something is dragged, which the browser ends in any case.
#[must_use]
pub fn comes_while_dragging(case: &Case<'_>) -> bool {
    case.acquire.kind == "listener"
        && is_event(case.context, case.site, |name| name == "drop" || name.starts_with("drag"))
}

/// The functions that a callback may be: one of this file, or what a field of the object holds.
pub fn functions(context: &Context<'_>, callback: ExprId) -> Vec<FunctionId> {
    let module = context.module;
    // `this.end.bind(this)`
    let bound = |value: ExprId| match module.kind(value) {
        ExprKind::Call { callee, .. } => match module.kind(*callee) {
            ExprKind::Member { object, name, .. } if name == "bind" => *object,
            _ => value,
        },
        _ => value,
    };
    let callback = bound(module.peel(callback));
    if let Some(function) = module.function_of(callback).or_else(|| module.local_function(callback)) {
        return vec![function];
    }
    let Some(place) = context.place(callback) else { return Vec::new() };
    let (crate::model::Root::This(class), Some(name)) = (place.root.clone(), place.only_field()) else {
        return Vec::new();
    };
    let values = module.field(class, name).into_iter().flat_map(|field| &field.values);
    values.filter_map(|value| module.function_of(bound(module.peel(*value)))).collect()
}
