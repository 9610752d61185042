//! Ends that come on more than one way: what one of them clears, the others must.

use rustc_hash::FxHashSet;

use crate::analyses::context::Use;
use crate::analyses::owners;
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::timers::renewal;
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, Place, Root};
use crate::project::Candidate;

/// The verdict on a timer of an object that may end on another way than by its teardown.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    if case.context.family() != Family::JavaScript || case.acquire.kind != "timer" {
        return None;
    }
    handler(case).or_else(|| ahead(case)).or_else(|| failsafe(case))
}

/// A handler of the end, such as `onClose`, that clears one timer of its object and leaves another.
fn handler(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let place = case.holding.places.iter().find(|place| place.only_field().is_some())?;
    let Root::This(class) = place.root else { return None };
    if case.releases.is_empty() {
        return None;
    }
    let (end, cleared) = module.classes[class].methods.iter().find_map(|method| {
        let named =
            module.functions[*method].name.as_deref().is_some_and(is_end_handler) && !may_come_back(case, *method);
        let reached = owners::reach(context, &[*method]);
        let settled = reached.contains(&case.site.function) || case.released_in(&reached).next().is_some();
        let cleared = (named && !settled).then(|| other_cleared(case, class, place, &reached))?;
        cleared.map(|cleared| (*method, cleared))
    })?;
    let name = module.functions[end].name.clone().unwrap_or_default();
    let thing = what(case.acquire);
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} outlives the object where `{name}` ends it: only other ways clear it"))
            .confidence(Confidence::Medium, format!("`{name}` clears another {thing} of the object, and not this one"))
            .step(StepKind::Released, context.span(cleared), "another one is cleared here")
            .step(StepKind::Missed, module.functions[end].name_span, format!("`{name}` leaves this one"))
            .end(),
    )
}

/// Whether a handler tells of a connection that is lost, which the same object takes up again: beside `onDisconnect`
/// stands `onConnect` or `reconnect`.
fn may_come_back(case: &Case<'_>, handler: FunctionId) -> bool {
    let module = case.context.module;
    let says = |function: FunctionId| {
        let name = module.functions[function].name.as_deref().unwrap_or_default().to_lowercase();
        name.replace("disconnect", "#")
    };
    let class = module.functions[handler].this;
    says(handler).contains('#')
        && class
            .is_some_and(|class| module.classes[class].methods.iter().any(|method| says(*method).contains("connect")))
}

/// The call by which the functions given clear a timer that another field of the class holds.
fn other_cleared(case: &Case<'_>, class: ClassId, place: &Place, reached: &FxHashSet<FunctionId>) -> Option<ExprId> {
    let context = case.context;
    let sites = context.sites.iter().filter(|site| reached.contains(&site.function));
    sites
        .filter(|site| site.releases.iter().any(|release| release.kind.contains(&case.acquire.kind)))
        .find(|site| {
            identity::released_handles(context, site, case.acquire)
                .into_iter()
                .filter_map(|handle| context.place(handle))
                .any(|handle| handle.root == Root::This(class) && handle.only_field().is_some() && handle != *place)
        })
        .map(|site| site.expr)
}

/// `onClose`, `handleDisconnect`, `_onDestroyed`.
fn is_end_handler(name: &str) -> bool {
    let lower = name.trim_start_matches('_').to_lowercase();
    let event =
        lower.strip_prefix("on").or_else(|| lower.strip_prefix("handle")).map(|event| event.trim_start_matches('_'));
    event.is_some_and(words::is_end)
}

/// A function that a timer calls and that is a listener as well: where the event comes first, the timer stays.
fn ahead(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let place = case.holding.places.iter().find(|place| place.only_field().is_some())?;
    if !case.acquire.once || !case.releases.is_empty() {
        return None;
    }
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let ExprKind::Variable(id) = context.module.kind(context.module.peel(callback)) else { return None };
    let listens = context.reads(*id).iter().find_map(|read| match context.uses(*read) {
        Use::Argument(call, _) => context
            .site_of(call)
            .filter(|site| site.acquires.iter().any(|acquire| acquire.kind == "listener"))
            .map(|site| site.expr),
        _ => None,
    })?;
    let thing = what(case.acquire);
    let field = place.only_field().unwrap_or_default();
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} that `{field}` holds is never cleared, and an event runs its callback first"))
            .confidence(
                Confidence::Medium,
                "its callback is a listener too, and nothing clears the handle that is kept",
            )
            .step(StepKind::Missed, context.span(listens), "the event comes before the timer, which stays")
            .end(),
    )
}

/// A long timer for the end of an object that mostly ends before: its handle is dropped.
fn failsafe(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    if !case.acquire.once || !case.holding.is_dropped() || !renewal::is_far(case) {
        return None;
    }
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let end = bound(case, callback)?;
    let name = module.functions[end].name.clone()?;
    let lower = name.trim_start_matches('_').to_lowercase();
    let ends = ["cleanup", "destroy", "terminate", "dispose", "close", "teardown", "finalize", "onclose"];
    if !ends.iter().any(|verb| lower.starts_with(verb)) {
        return None;
    }
    let other = others(case, end)?;
    let thing = what(case.acquire);
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!(
                "the {thing} holds the object after `{name}` has run on another way: its handle is dropped"
            ))
            .confidence(Confidence::Medium, format!("`{name}` mostly runs before, and cannot clear it"))
            .step(StepKind::Missed, context.span(other), format!("`{name}` runs here too"))
            .end(),
    )
}

/// The function behind `end.bind(this)`, `this.end.bind(this)`, `() => this.end()`.
fn bound(case: &Case<'_>, callback: ExprId) -> Option<FunctionId> {
    let context = case.context;
    let module = context.module;
    let callback = module.peel(callback);
    if let ExprKind::Call { callee, .. } = module.kind(callback)
        && let ExprKind::Member { object, name, .. } = module.kind(*callee)
        && name == "bind"
    {
        return module.local_function(*object);
    }
    let ExprKind::Function(function) = module.kind(callback) else { return module.local_function(callback) };
    let mut called = context.sites_in(*function);
    let only = called.next().filter(|_| called.next().is_none())?;
    only.callee
}

/// Another place where the end runs: called, or a listener.
fn others(case: &Case<'_>, end: FunctionId) -> Option<ExprId> {
    let context = case.context;
    let module = context.module;
    let start = context.span(case.site.expr);
    let named = context.named_by(end).into_iter().flat_map(|id| context.reads(id)).copied();
    let class = module.functions[end].this;
    let field = module.functions[end].name.as_deref().unwrap_or_default();
    let fields = class.into_iter().flat_map(|class| context.field_uses(class, field)).copied();
    named.chain(fields).find(|expr| {
        let at = context.span(*expr);
        let inside = start.start <= at.start && at.end <= start.end;
        !inside
            && !context.is_target(*expr)
            && context
                .function_of(*expr)
                .is_some_and(|function| function != case.site.function && function != module.root && function != end)
    })
}
