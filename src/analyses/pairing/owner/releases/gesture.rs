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

/// Whether a listener for the end of a gesture, added together with this one on the same source, takes it off.
#[must_use]
pub fn is_over_by_itself(case: &Case<'_>) -> bool {
    let context = case.context;
    if context.family() != Family::JavaScript || !matches!(case.acquire.kind.as_str(), "listener" | "timer") {
        return false;
    }
    let timer = case.acquire.kind == "timer";
    // Of another source, the event is sure to come; what it does has to be sure as well.
    let surely = |found: &&Found| {
        let block = context.site_of(found.call).map(|site| site.block);
        block.is_some_and(|block| !again::is_avoidable(context, found.function, block))
    };
    let full = || case.releases.iter().filter(|found| found.how == How::Full);
    let taken_off: Vec<FunctionId> = full().map(|found| found.function).collect();
    let surely: Vec<FunctionId> = full().filter(surely).map(|found| found.function).collect();
    if taken_off.is_empty() {
        return false;
    }
    let source = source_text(context, case.site, case.acquire);
    // A timer may be one of a timer: the key is held for a while, and then repeats.
    let same = |function: FunctionId| {
        function == case.site.function || timer && context.module.encloses(function, case.site.function)
    };
    let together = context.sites.iter().filter(|site| same(site.function) && site.function != context.module.root);
    let lasts = |site: &CallSite, acquire: &Acquire| {
        let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
        source.is_some_and(|source| owner::life(context, source, site.function) == owner::Life::Process)
    };
    together.flat_map(|site| site.acquires.iter().map(move |acquire| (site, acquire))).any(|(site, acquire)| {
        let along = if timer { lasts(site, acquire) } else { source_text(context, site, acquire) == source };
        let off = if along { &taken_off } else { &surely };
        acquire.kind == "listener"
            && (along || !timer && is_event(context, site, |name| name == "dragend"))
            && ends_gesture(context, site)
            && acquire.callback.as_ref().is_some_and(|part| {
                let callback = context.part(site.expr, part).map(|callback| functions(context, callback));
                let reached = owners::reach(context, &callback.unwrap_or_default());
                off.iter().any(|function| reached.contains(function))
            })
    })
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

fn ends_gesture(context: &Context<'_>, site: &CallSite) -> bool {
    is_event(context, site, words::ends_gesture)
}

fn is_event(context: &Context<'_>, site: &CallSite, meant: impl Fn(&str) -> bool) -> bool {
    let event = context.part(site.expr, &Part::Argument(0)).map(|event| context.module.kind(context.definition(event)));
    matches!(event, Some(ExprKind::Literal(Literal::String(name))) if meant(name))
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
