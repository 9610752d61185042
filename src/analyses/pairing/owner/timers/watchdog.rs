//! Watchdogs that nobody calls off: a timeout that ends a process or request of the same function, and goes on when that
//! has ended by itself.

use crate::analyses::context::CallSite;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::timers::renewal;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal, VariableId, VariableKind};
use crate::project::Candidate;

/// The verdict on a timeout of a minute or more whose handle is dropped, where the code waits for the end of what it
/// is to end.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript
        || case.acquire.kind != "timer"
        || !case.acquire.once
        || !case.holding.is_dropped()
        || !renewal::is_a_minute(case)
        || runs(context, case.site.function) == Runs::Once
    {
        return None;
    }
    let callback = case.callback()?;
    let (watched, ended) = context.sites_in(callback).find_map(|site| {
        let watched = called_on(case, site).filter(|watched| is_made_here(case, *watched))?;
        let cuts = site.shape.method.as_deref().is_some_and(words::cuts_off);
        cuts.then(|| end_of(case, watched)).flatten().map(|ended| (watched, ended))
    })?;
    let name = &context.module.variables[watched].name;
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {} that is to end `{name}` stays when that has ended by itself", what(case.acquire)))
            .confidence(Confidence::Medium, "nothing clears it, and until it fires it holds what has ended")
            .step(StepKind::Missed, context.span(ended), format!("`{name}` has ended, and the timer goes on"))
            .end(),
    )
}

/// The variable whose method a call runs.
fn called_on(case: &Case<'_>, site: &CallSite) -> Option<VariableId> {
    let object = case.context.part(site.expr, &Part::Receiver)?;
    match case.context.module.kind(case.context.module.peel(object)) {
        ExprKind::Variable(id) => Some(*id),
        _ => None,
    }
}

/// Whether a variable holds what a call of the same function gives.
fn is_made_here(case: &Case<'_>, id: VariableId) -> bool {
    let module = case.context.module;
    let variable = &module.variables[id];
    let made = |value: &ExprId| matches!(module.kind(module.peel(*value)), ExprKind::Call { .. });
    variable.kind == VariableKind::Local
        && variable.function == case.site.function
        && !variable.values.is_empty()
        && variable.values.iter().all(made)
}

/// Where the code waits for the end of what a variable holds.
fn end_of(case: &Case<'_>, id: VariableId) -> Option<ExprId> {
    let context = case.context;
    let ends = |site: &&CallSite| {
        let event = context.part(site.expr, &Part::Argument(0)).map(|event| context.module.kind(event));
        matches!(event, Some(ExprKind::Literal(Literal::String(event))) if words::is_last_event(event))
            && site.shape.method.as_deref().is_some_and(words::hears)
            && called_on(case, site) == Some(id)
    };
    context.sites_in(case.site.function).find(ends).map(|site| site.expr)
}
