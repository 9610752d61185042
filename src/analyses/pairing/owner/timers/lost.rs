//! Timers whose handle is lost: beside the very field that is cleared, or under the next one.

use crate::analyses::context::Use;
use crate::analyses::owners;
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::fields::overwrite;
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Literal, Root};
use crate::project::Candidate;

/// The verdict on a timer whose handle is dropped, beside the clearing of a field that never holds one.
#[must_use]
pub fn beside(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript || case.acquire.kind != "timer" || !case.holding.is_dropped() {
        return None;
    }
    let start = context.span(case.site.expr).start;
    let clears = context.sites_in(case.site.function).find(|site| {
        context.span(site.expr).start < start
            && identity::released_handles(context, site, case.acquire)
                .into_iter()
                .any(|handle| is_never_set(case, handle))
    })?;
    let thing = what(case.acquire);
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} is lost: `{}` clears what never holds it", context.text(clears.expr)))
            .confidence(Confidence::Medium, "nothing is ever assigned to the field that is cleared")
            .step(StepKind::Released, context.span(clears.expr), "clears a field that is never set")
            .end(),
    )
}

/// Whether a field of the class is given nothing but null.
fn is_never_set(case: &Case<'_>, handle: ExprId) -> bool {
    let context = case.context;
    let Some(place) = context.place(handle) else { return false };
    let (Root::This(class), Some(field)) = (&place.root, place.only_field()) else { return false };
    let Some(data) = context.module.field(*class, field) else { return false };
    let empty = |value: &ExprId| match context.module.kind(context.module.peel(*value)) {
        ExprKind::Literal(Literal::Null | Literal::Number(_)) => true,
        ExprKind::Global(name) => name == "undefined",
        _ => false,
    };
    data.visibility != crate::model::Visibility::Protected && data.values.iter().all(empty)
}

/// The verdict on an interval that an event, or a method made to run again, starts while the last one may still run.
#[must_use]
pub fn doubled(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript || case.acquire.kind != "timer" || case.acquire.once {
        return None;
    }
    let function = case.site.function;
    let assigned = context.span(case.site.expr).start;
    let place = case.holding.places.iter().find(|place| match place.root {
        Root::This(_) => place.only_field().is_some(),
        Root::Variable(id) => {
            let held = context.module.variables[id].function;
            place.path.is_empty() && held != function && context.module.encloses(held, function)
        }
        _ => false,
    })?;
    let per = again(case, function)?;
    let before = |named: &ExprId| {
        context.span(*named).start < assigned
            && !context.is_target(*named)
            && context.function_of(*named).is_some_and(|at| context.module.encloses(function, at))
    };
    let looked_at = match &place.root {
        Root::This(class) => {
            place.only_field().is_some_and(|field| context.field_uses(*class, field).iter().any(before))
        }
        Root::Variable(id) => context.reads(*id).iter().any(before),
        _ => true,
    };
    let called: Vec<FunctionId> = context
        .sites_in(function)
        .filter(|site| context.span(site.expr).start < assigned)
        .filter_map(|site| match context.module.kind(site.expr) {
            ExprKind::Call { callee, .. } => context.module.local_function(*callee),
            _ => None,
        })
        .filter(|callee| *callee != function)
        .collect();
    let reached = owners::reach(context, &called);
    let released = case.releases.iter().any(|found| reached.contains(&found.function));
    if looked_at || released || overwrite::is_guarded(context, function, assigned) {
        return None;
    }
    let thing = what(case.acquire);
    Some(
        Story::new(context, case.site.expr, function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} is started again while the last one may run: its handle is overwritten"))
            .confidence(Confidence::Medium, per)
            .step(StepKind::Missed, context.span(case.site.expr), "the old handle is lost here")
            .end(),
    )
}

/// Why a function runs again on the same object.
fn again(case: &Case<'_>, function: FunctionId) -> Option<&'static str> {
    let context = case.context;
    let data = &context.module.functions[function];
    let values = context.function_expr(function).into_iter();
    let named = context.named_by(function).into_iter().flat_map(|id| context.reads(id)).copied();
    let kept = context.function_expr(function).and_then(|value| match context.uses(value) {
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) => Some(*id),
            _ => None,
        },
        _ => None,
    });
    let kept = kept.into_iter().flat_map(|id| context.reads(id)).copied();
    let listens = values.chain(named).chain(kept).any(|value| match context.uses(value) {
        Use::Argument(call, _) => context
            .site_of(call)
            .is_some_and(|site| site.acquires.iter().any(|acquire| acquire.kind == "listener" && !acquire.once)),
        _ => false,
    });
    if listens {
        return Some("the event may come again, and nothing looks at the old handle");
    }
    let method = data.this.is_some_and(|class| context.module.classes[class].methods.contains(&function));
    let name = data.name.as_deref().unwrap_or_default();
    // `play` and `show` may well be called once.
    let begins = ["play", "show", "load", "select", "follow"].iter().any(|verb| name.starts_with(verb));
    (method && !begins && words::says_again(name)).then_some("the method is made to run again on the same object")
}
