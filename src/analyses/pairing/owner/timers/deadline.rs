//! Deadlines of promises that nobody clears when the other side comes first.

use super::renewal;
use crate::analyses::context::Use;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::releases::toggle;
use crate::analyses::story::{Story, what};
use crate::analyses::{growth, owners};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId};
use crate::project::Candidate;

/// How many names and functions are looked behind for what may reject a promise.
const DEPTH: u8 = 5;

/// The verdict on a timeout that settles a promise which something else may settle as well.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript || case.acquire.kind != "timer" || !case.acquire.once {
        return None;
    }
    if let Some(found) = missed_on_failure(case).or_else(|| missed_by_callback(case)) {
        return Some(found);
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
    let (confidence, reason) = if super::waits::asks_first(case) {
        (Confidence::Low, "it fires once, and asks first whether the wait is over")
    } else {
        (burden(case), "nothing clears it, and until it fires it holds what the wait is about")
    };
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} of the deadline stays when the wait is over before it"))
            .confidence(confidence, reason)
            .step(StepKind::Missed, context.span(other), "this ends the wait, and leaves it")
            .end(),
    )
}

/// How much of a burden a deadline is that stays: it goes by itself, and only one of a minute or more is noticed.
fn burden(case: &Case<'_>) -> Confidence {
    if renewal::is_a_minute(case) { Confidence::Medium } else { Confidence::Low }
}

/// Cleared when the wait has come to its end, and left when what is waited for fails.
fn missed_on_failure(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let Use::Stored(target) = context.uses(case.site.expr) else { return None };
    let ExprKind::Variable(id) = module.kind(target) else { return None };
    let home = module.variables[*id].function;
    let begun = begun_in(case, home)?;
    let clears: Vec<ExprId> = case.releases.iter().map(|release| release.call).collect();
    let all_here = clears.iter().all(|clear| context.function_of(*clear) == Some(home));
    let reads_elsewhere = context
        .reads(*id)
        .iter()
        .any(|read| context.function_of(*read).is_some_and(|own| own != home && own != case.site.function));
    if !cuts_short(case) {
        return None;
    }
    if home == module.root || clears.is_empty() || !all_here || reads_elsewhere || !is_far_off(case) {
        return None;
    }
    // `if (timer) clearTimeout(timer)`: where it asks for the timer, it takes care of it.
    let mut stops = growth::branches_on(context, home, context.reads(*id));
    stops.extend(clears.iter().flat_map(|clear| growth::everywhere(context, *clear)));
    let failing = growth::lost_by_exception(context, growth::at(context, begun)?, &stops)?;
    let ExprKind::Await(waited) = module.kind(failing) else { return None };
    if !may_reject(case, *waited, DEPTH) {
        return None;
    }
    let thing = what(case.acquire);
    let words = format!("when `{}` fails, nothing clears it", context.text(*waited));
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {thing} of the deadline stays when `{}` fails", context.text(*waited)))
            .confidence(
                burden(case),
                "it is cleared on success only, and until it fires it holds what the wait is about",
            )
            .step(StepKind::Missed, context.span(failing), words)
            .end(),
    )
}

/// Cleared by the callback that ends the wait, and left where that ends it with an error:
/// `pool.acquire((error, one) => { if (error) return reject(error); clearTimeout(timer); … })`.
fn missed_by_callback(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let executor = case.site.function;
    promise_of(case, executor)?;
    let clear = case.releases.first()?;
    let answered = clear.function;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let elsewhere = case.releases.iter().any(|found| found.function != answered);
    if elsewhere || answered == executor || !module.encloses(executor, answered) || !settles(case, executor, callback) {
        return None;
    }
    let Use::Stored(target) = context.uses(case.site.expr) else { return None };
    let ExprKind::Variable(id) = module.kind(target) else { return None };
    // `if (timer) clearTimeout(timer)`: where it asks for the timer, it takes care of it.
    if !growth::branches_on(context, answered, context.reads(*id)).is_empty() {
        return None;
    }
    let clears: Vec<_> = case.releases.iter().filter_map(|found| Some(context.site_of(found.call)?.block)).collect();
    let parameters = &module.functions[executor].parameters;
    let missed = parameters.iter().flat_map(|parameter| context.reads(*parameter)).find_map(|read| {
        let Use::Called(call) = context.uses(*read) else { return None };
        let site = context.site_of(call).filter(|site| site.function == answered)?;
        let apart = clears.iter().all(|clear| {
            !toggle::leads(context, answered, site.block, *clear)
                && !toggle::leads(context, answered, *clear, site.block)
        });
        apart.then_some(call)
    })?;
    let words = format!("`{}` ends the wait, and leaves it", context.text(missed));
    Some(
        Story::new(context, case.site.expr, executor, case.acquire, Analysis::Pairing)?
            .message(format!(
                "the {} of the deadline stays when `{}` ends the wait",
                what(case.acquire),
                context.text(missed)
            ))
            .confidence(burden(case), "it is cleared on other ways, and until it fires it holds what the wait is about")
            .step(StepKind::Released, context.span(clear.call), "cleared only here")
            .step(StepKind::Missed, context.span(missed), words)
            .end(),
    )
}

/// Whether the timer is there to end the wait: it settles the promise around it, or aborts what is waited for. What
/// closes the thing that has failed anyway does no harm.
fn cuts_short(case: &Case<'_>) -> bool {
    let context = case.context;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let settles = || callback.is_some_and(|callback| settles(case, case.site.function, callback));
    promise_of(case, case.site.function).is_some() && settles()
        || case.callback().is_some_and(|callback| {
            context.sites_in(callback).any(|site| site.shape.method.as_deref().is_some_and(words::cuts_short))
        })
}

/// Whether a promise may be rejected by anything but the timer: not one whose executor has no way to reject it.
fn may_reject(case: &Case<'_>, promise: ExprId, depth: u8) -> bool {
    let context = case.context;
    let module = context.module;
    let Some(depth) = depth.checked_sub(1) else { return true };
    let promise = context.definition(promise);
    let ExprKind::Call { callee, arguments, constructs, .. } = module.kind(promise) else { return true };
    let first = arguments.first().map(|argument| context.definition(argument.value));
    match first.map(|first| module.kind(first)) {
        Some(ExprKind::Function(executor)) if *constructs => {
            *executor != case.site.function && module.functions[*executor].parameters.len() > 1
        }
        Some(ExprKind::List { items, .. })
            if matches!(module.kind(*callee), ExprKind::Member { object, .. }
                if matches!(module.kind(*object), ExprKind::Global(name) if name == "Promise")) =>
        {
            items.iter().any(|item| may_reject(case, *item, depth))
        }
        _ => module.local_function(*callee).is_none_or(|function| {
            let given = owners::returned_values(context, function);
            module.functions[function].is_async
                || given.is_empty()
                || given.iter().any(|value| may_reject(case, *value, depth))
        }),
    }
}

/// What starts the timer in a function: its call, or the promise whose executor starts it.
fn begun_in(case: &Case<'_>, home: FunctionId) -> Option<ExprId> {
    if case.site.function == home {
        return Some(case.site.expr);
    }
    promise_of(case, case.site.function).filter(|promise| case.context.function_of(*promise) == Some(home))
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
    (context.text(*callee) == "Promise").then_some(call)
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
            return toggle::leads(context, executor, case.site.block, site.block)
                || toggle::leads(context, executor, site.block, case.site.block);
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
