//! Listeners that settle a wait and stay after it: `await new Promise((resolve) => bus.on('done', resolve))`.

use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::owner::{Case, How, Life};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Root, VariableId};
use crate::project::Candidate;

/// The verdict on a listener that settles a promise, on something that goes on when the wait is over.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript
        || case.acquire.kind != "listener"
        || case.acquire.once
        || !case.holding.is_dropped()
        || case.releases.iter().any(|found| !matches!(found.how, How::Differs(_)))
        || case.is_terminal()
    {
        return None;
    }
    let (executor, promise) = executor(context, case.site.function)?;
    let callback = context.part(case.site.expr, case.acquire.callback.as_ref()?)?;
    if !settles(context, callback, executor) || runs(context, context.function_of(promise)?) == Runs::Once {
        return None;
    }
    let outlives = match case.life {
        Life::Process => {
            let got = is_got_here(case, context.function_of(promise)?);
            !case.is_of_start() && !case.source_text().starts_with("process") && !got
        }
        Life::Injected | Life::Parameter | Life::CallbackParameter | Life::Unknown => false,
        Life::Own => return None,
    };
    if !outlives && !tells_answers_apart(context, callback) {
        return None;
    }
    let source = case.source_text();
    let reason = if outlives {
        "what keeps it lives as long as the process, and each wait adds one"
    } else {
        "it looks for the answer to one question among others, and each wait adds one"
    };
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {} on `{source}` settles a wait, and stays when that is over", what(case.acquire)))
            .confidence(Confidence::Medium, reason)
            .step(
                StepKind::Missed,
                context.source.first_line(context.span(promise)),
                "nothing takes it off after the wait",
            )
            .end(),
    )
}

impl Case<'_> {
    /// Whether what is waited for comes once, when something has begun.
    fn is_of_start(&self) -> bool {
        self.event().is_some_and(|event| words::is_start(&event))
    }
}

/// Whether the function that waits has just got what it waits for by a call: `child = fork(path)`.
fn is_got_here(case: &Case<'_>, waiting: FunctionId) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(ExprKind::Variable(id)) = source.map(|source| context.module.kind(source)) else { return false };
    context.module.variables[*id].values.iter().any(|value| {
        context.function_of(*value) == Some(waiting)
            && matches!(context.module.kind(context.module.peel(*value)), ExprKind::Call { .. })
    })
}

/// The function given to `new Promise` around a function, and that call.
fn executor(context: &Context<'_>, function: FunctionId) -> Option<(FunctionId, ExprId)> {
    let module = context.module;
    std::iter::successors(Some(function), |function| module.functions[*function].parent).find_map(|function| {
        let Use::Argument(call, 0) = context.uses(context.function_expr(function)?) else { return None };
        let ExprKind::Call { callee, constructs: true, .. } = module.kind(call) else { return None };
        let promise = matches!(module.kind(*callee), ExprKind::Global(name) if name == "Promise");
        let outer = module.functions[context.function_of(call)?].kind;
        let again =
            !matches!(outer, FunctionKind::Module | FunctionKind::StaticInitializer | FunctionKind::Constructor);
        (promise && again).then_some((function, call))
    })
}

/// Whether a callback is, or calls, what settles the promise.
fn settles(context: &Context<'_>, callback: ExprId, executor: FunctionId) -> bool {
    let within = context.module.function_of(context.definition(callback));
    let given = context.span(callback);
    context.module.functions[executor].parameters.iter().flat_map(|parameter| context.reads(*parameter)).any(|read| {
        let inside = |at| within.is_some_and(|within| context.module.encloses(within, at));
        context.span(*read) == given || context.function_of(*read).is_some_and(inside)
    })
}

/// Whether a callback compares what comes with a value of the code that waits: other answers come to the same source.
fn tells_answers_apart(context: &Context<'_>, callback: ExprId) -> bool {
    let module = context.module;
    let Some(callback) = module.function_of(context.definition(callback)) else { return false };
    let of_wait = |id: &VariableId| {
        let home = module.variables[*id].function;
        home != module.root && home != callback && module.encloses(home, callback)
    };
    let of_event = |side: ExprId| match context.place(side).map(|place| place.root) {
        Some(Root::Variable(id)) => module.variables[id].function == callback,
        _ => false,
    };
    let compared = |read: &ExprId| {
        let compares = |parent| match module.kind(parent) {
            ExprKind::Binary { operator, left, right } => {
                matches!(operator.as_str(), "==" | "===" | "!=" | "!==") && (of_event(*left) || of_event(*right))
            }
            _ => false,
        };
        context.parent(*read).is_some_and(compares)
    };
    module.variables.iter().map(|(id, _)| id).filter(of_wait).any(|id| context.reads(id).iter().any(compared))
}
