//! Deadlines of promises that nobody clears when the other side comes first.

use super::Case;
use super::renewal;
use crate::analyses::context::Use;
use crate::analyses::story::{Story, what};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId};
use crate::project::Candidate;

/// The verdict on a timeout that settles a promise which something else may settle as well.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript || case.acquire.kind != "timer" || !case.acquire.once {
        return None;
    }
    // What is put away under a key is cleared by who takes it out.
    if !case.releases.is_empty() || !case.holding.collections.is_empty() || !is_far_off(case) {
        return None;
    }
    let executor = case.site.function;
    let promise = promise_of(case, executor)?;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    if !settles(case, executor, callback) {
        return None;
    }
    let other = other_side(case, executor, callback).or_else(|| raced(case, promise))?;
    let thing = what(case.acquire);
    // How long it stays only the caller knows, or a setting, where no number says it.
    let known = renewal::delay(case).is_some() || renewal::is_far(case);
    let confidence = if known { Confidence::Medium } else { Confidence::Low };
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} of the deadline stays when the wait is over before it"))
            .confidence(confidence, "nothing clears it, and until it fires it holds what the wait is about")
            .step(StepKind::Missed, context.span(other), "this ends the wait, and leaves it")
            .end(),
    )
}

/// Whether the delay is many seconds, or something that only the caller or a setting knows.
fn is_far_off(case: &Case<'_>) -> bool {
    let Some(expr) = case.context.part(case.site.expr, &Part::Argument(1)) else { return false };
    match case.context.module.kind(case.context.definition(expr)) {
        ExprKind::Literal(_) => renewal::delay(case).is_some_and(|delay| delay >= renewal::LONG),
        _ => true,
    }
}

/// The `new Promise` whose executor a function is.
fn promise_of(case: &Case<'_>, executor: FunctionId) -> Option<ExprId> {
    let context = case.context;
    let Use::Argument(call, 0) = context.uses(context.function_expr(executor)?) else { return None };
    let ExprKind::Call { callee, constructs: true, .. } = context.module.kind(call) else { return None };
    matches!(context.module.kind(*callee), ExprKind::Global(name) if name == "Promise").then_some(call)
}

/// Whether a callback is one of the executor's two functions, or calls one.
fn settles(case: &Case<'_>, executor: FunctionId, callback: ExprId) -> bool {
    let context = case.context;
    let span = context.span(callback);
    let inside = |expr: &ExprId| {
        let at = context.span(*expr);
        span.start <= at.start && at.end <= span.end
    };
    let parameters = &context.module.functions[executor].parameters;
    parameters.iter().flat_map(|parameter| context.reads(*parameter)).any(inside)
}

/// Where the promise is settled otherwise.
fn other_side(case: &Case<'_>, executor: FunctionId, callback: ExprId) -> Option<ExprId> {
    let context = case.context;
    let span = context.span(callback);
    let parameters = &context.module.functions[executor].parameters;
    parameters.iter().flat_map(|parameter| context.reads(*parameter)).copied().find(|expr| {
        let at = context.span(*expr);
        let used = matches!(context.uses(*expr), Use::Called(_) | Use::Argument(..) | Use::Stored(_) | Use::Element(_));
        used && !(span.start <= at.start && at.end <= span.end) && is_beside(case, executor, *expr)
    })
}

/// Whether one run of the executor starts the timer and does what an expression in it is a part of: not in two branches.
fn is_beside(case: &Case<'_>, executor: FunctionId, expr: ExprId) -> bool {
    let context = case.context;
    let mut at = Some(expr);
    while let Some(expr) = at {
        if let Some(site) = context.site_of(expr).filter(|site| site.function == executor) {
            return super::toggle::leads(context, executor, case.site.block, site.block)
                || super::toggle::leads(context, executor, site.block, case.site.block);
        }
        at = context.parent(expr).or_else(|| {
            let function = context.function_of(expr).filter(|function| *function != executor)?;
            context.function_expr(function)
        });
    }
    true
}

/// The race that a promise takes part in.
fn raced(case: &Case<'_>, promise: ExprId) -> Option<ExprId> {
    let context = case.context;
    let race = |value: ExprId| {
        let Use::Element(list) = context.uses(value) else { return None };
        let Use::Argument(call, 0) = context.uses(list) else { return None };
        (context.site_of(call)?.shape.method.as_deref() == Some("race")).then_some(call)
    };
    race(promise).or_else(|| {
        let Use::Stored(target) = context.uses(promise) else { return None };
        let ExprKind::Variable(id) = context.module.kind(target) else { return None };
        context.reads(*id).iter().find_map(|read| race(*read))
    })
}
