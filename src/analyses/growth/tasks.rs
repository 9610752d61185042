//! Tasks that pile up: started again and again beside a wait that lets the unfinished ones be.

use rustc_hash::FxHashSet;

use super::reader::usage::{descendants, method_name};
use super::words;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::Analysis;
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, VariableId};
use crate::project::Candidate;

/// Calls that start a task.
const STARTS: [&str; 3] = ["create_task", "ensure_future", "create_future"];

/// The loops and contexts of a file that leave tasks behind.
#[must_use]
pub fn collect(context: &Context<'_>) -> Vec<Candidate> {
    match context.family() {
        Family::Python => {
            let mut found: Vec<Candidate> =
                context.sites.iter().filter_map(|site| first_completed(context, site)).collect();
            found.extend(context.sites.iter().filter_map(|site| before_yield(context, site)));
            found
        }
        Family::JavaScript => {
            let mut found: Vec<Candidate> = context.sites.iter().filter_map(|site| race(context, site)).collect();
            found.extend(context.sites.iter().filter_map(|site| chained(context, site)));
            found
        }
        Family::Java => Vec::new(),
    }
}

/// `done, _ = await asyncio.wait([create_task(a()), create_task(b())], return_when=FIRST_COMPLETED)` in a loop: who did not
/// finish goes on, and the next round starts another.
fn first_completed(context: &Context<'_>, wait: &CallSite) -> Option<Candidate> {
    let module = context.module;
    let path = wait.shape.path.as_ref()?;
    if path.last() != "wait" || wait.loops == 0 || cancels(context, wait.function) {
        return None;
    }
    let ExprKind::Call { arguments, .. } = module.kind(wait.expr) else { return None };
    let partial = arguments.iter().any(|argument| match argument.name.as_deref() {
        Some("return_when") => descendants(context, argument.value)
            .iter()
            .any(|part| matches!(module.kind(*part), ExprKind::Member { name, .. } if name == "FIRST_COMPLETED" || name == "FIRST_EXCEPTION") || module.path(*part).is_some_and(|path| path.last() == "FIRST_COMPLETED")),
        Some("timeout") => true,
        _ => false,
    });
    if !partial {
        return None;
    }
    let waited = started(context, wait, arguments.first()?.value);
    let task = *waited.first()?;
    let rule = context.catalogue.rule_for("tasks", Analysis::Growth)?;
    let steps = vec![
        (
            StepKind::Acquired,
            context.span(task),
            format!("`{}` starts a task in each round of the loop", context.text(task)),
        ),
        (StepKind::Runs, context.span(wait.expr), "the wait returns before all of them are done".to_owned()),
        (
            StepKind::Missed,
            context.span(wait.expr),
            "what is still pending is neither awaited nor cancelled".to_owned(),
        ),
    ];
    Some(finding(
        context,
        rule.id.clone(),
        wait.function,
        task,
        steps,
        "a task is started in each round and the pending ones are left behind".to_owned(),
        "started in a loop, and nothing in this function cancels the pending ones",
        "start the long one once before the loop, or cancel what `wait` gives back as pending",
    ))
}

/// The tasks among what is waited for: made in the call, or in a variable assigned in the loop.
fn started(context: &Context<'_>, wait: &CallSite, waited: ExprId) -> Vec<ExprId> {
    let module = context.module;
    let mut variables: FxHashSet<VariableId> = FxHashSet::default();
    let mut found = Vec::new();
    for part in descendants(context, waited) {
        match module.kind(part) {
            ExprKind::Variable(id) => {
                variables.insert(*id);
            }
            ExprKind::Call { .. } if STARTS.contains(&method_name(context, part).as_str()) => found.push(part),
            _ => {}
        }
    }
    let mut later: Vec<ExprId> = variables
        .iter()
        .filter(|id| module.variables[**id].function == wait.function)
        .flat_map(|id| &module.variables[*id].values)
        .filter(|value| {
            let value = module.peel(**value);
            STARTS.contains(&method_name(context, value).as_str())
                && context
                    .site_of(value)
                    .is_some_and(|site| site.function == wait.function && site.loops > 0 && !is_guarded(context, site))
        })
        .copied()
        .collect();
    later.sort_by_key(|value| context.span(*value));
    // Where one of several is made anew and always the one that ends, nothing is left; two are needed to leave one behind.
    found.extend(later);
    if found.len() < 2 { Vec::new() } else { found }
}

/// `if task is None: task = create_task(…)`, `if one == task: task = create_task(…)`: one at a time.
fn is_guarded(context: &Context<'_>, site: &CallSite) -> bool {
    let Use::Stored(target) = context.uses(site.expr) else { return false };
    let Some(place) = context.place(target) else { return false };
    super::flow::conditions(context, site.expr)
        .iter()
        .any(|test| descendants(context, *test).iter().any(|part| context.place(*part).as_ref() == Some(&place)))
}

/// Whether a function cancels anything, or awaits what is pending.
fn cancels(context: &Context<'_>, function: FunctionId) -> bool {
    context.sites.iter().any(|site| {
        context.module.encloses(function, site.function)
            && site.shape.method.as_deref().is_some_and(words::settles_tasks)
    })
}

/// `create_task(forever())` before the `yield` of a context manager or generator, with the result dropped: nothing after
/// the `yield` can cancel it.
fn before_yield(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    let starts = site.shape.path.as_ref().is_some_and(|path| matches!(path.last(), "create_task" | "ensure_future"))
        || site.shape.method.as_deref() == Some("create_task");
    let data = &module.functions[site.function];
    if !starts || !data.is_generator || context.uses(site.expr) != Use::Dropped {
        return None;
    }
    if !is_endless(context, site) && !has_context_manager(data) {
        return None;
    }
    let rule = context.catalogue.rule_for("tasks", Analysis::Growth)?;
    let steps = vec![
        (StepKind::Acquired, context.span(site.expr), "a task is started and its handle is dropped".to_owned()),
        (StepKind::Missed, data.name_span, "after the `yield` nothing can cancel it".to_owned()),
    ];
    Some(finding(
        context,
        rule.id.clone(),
        site.function,
        site.expr,
        steps,
        "the task goes on after the context has ended: its handle is dropped".to_owned(),
        "the handle is dropped, so nothing can cancel it",
        "keep the task and cancel it in a `finally` after the `yield`",
    ))
}

fn has_context_manager(function: &crate::model::Function) -> bool {
    function.annotations.iter().any(|annotation| annotation.name.ends_with("contextmanager"))
}

/// Whether the coroutine is one of this file that loops for ever.
fn is_endless(context: &Context<'_>, site: &CallSite) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
    let Some(coroutine) = arguments.first() else { return false };
    let ExprKind::Call { callee, .. } = context.module.kind(coroutine.value) else { return false };
    context.module.local_function(*callee).is_some_and(|function| {
        let cfg = &context.module.functions[function].cfg;
        cfg.blocks.iter().any(|(_, block)| block.loops > 0)
    })
}

/// `await Promise.race([work(), this.closed])` in a loop: each round adds a reaction to the promise that does not settle.
fn race(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    let is_race = site.shape.path.as_ref().is_some_and(|path| path.module.is_empty() && path.name == "Promise.race");
    if !is_race || site.loops == 0 {
        return None;
    }
    let ExprKind::Call { arguments, .. } = module.kind(site.expr) else { return None };
    let ExprKind::List { items, .. } = module.kind(arguments.first()?.value) else { return None };
    let long = items.iter().copied().find(|item| is_older(context, site, *item))?;
    let rule = context.catalogue.rule_for("tasks", Analysis::Growth)?;
    let steps = vec![
        (
            StepKind::Acquired,
            context.span(site.expr),
            format!("each round adds a reaction to `{}`", context.text(long)),
        ),
        (
            StepKind::Kept,
            context.span(long),
            "it was there before the loop and keeps its reactions until it settles".to_owned(),
        ),
    ];
    let mut candidate = finding(
        context,
        rule.id.clone(),
        site.function,
        site.expr,
        steps,
        format!("`Promise.race` in a loop: `{}` keeps a reaction of each round", context.text(long)),
        "the promise outlives the loop's rounds; it may settle soon",
        "race against a fresh promise each round and take its listener off again",
    );
    candidate.finding.confidence = Confidence::Medium;
    Some(candidate)
}

/// `forever.then(run)` at every call, where nothing settles the promise: it keeps each reaction.
fn chained(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    if !matches!(site.shape.method.as_deref(), Some("then" | "catch" | "finally"))
        || runs(context, site.function) == Runs::Once
    {
        return None;
    }
    let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return None };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return None };
    let ExprKind::Variable(id) = module.kind(*object) else { return None };
    let made = context.definition(*object);
    let lasts = module.variables[*id].function == module.root;
    let ExprKind::Call { callee, arguments, constructs: true, .. } = module.kind(made) else { return None };
    let promise = module.path(*callee).is_some_and(|path| path.module.is_empty() && path.name == "Promise");
    let executor = module.function_of(arguments.first()?.value)?;
    if !lasts || !promise || !module.functions[executor].parameters.is_empty() {
        return None;
    }
    let rule = context.catalogue.rule_for("tasks", Analysis::Growth)?;
    let steps = vec![
        (
            StepKind::Acquired,
            context.span(site.expr),
            format!("each call adds a reaction to `{}`", context.text(*object)),
        ),
        (StepKind::Kept, context.span(made), "nothing settles it, so it keeps them all".to_owned()),
    ];
    Some(finding(
        context,
        rule.id.clone(),
        site.function,
        site.expr,
        steps,
        format!("`{}` never settles and keeps a reaction of each call", context.text(*object)),
        "its executor takes no `resolve`, so nothing can settle it",
        "wait for a promise that ends, or for an event whose listener is taken off",
    ))
}

/// A promise that was made before the loop: a field, or a variable of an outer function or of before the loop.
fn is_older(context: &Context<'_>, site: &CallSite, item: ExprId) -> bool {
    let module = context.module;
    match module.kind(module.peel(item)) {
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            if variable.rewritten
                || variable.values.len() != 1
                || !matches!(variable.kind, crate::model::VariableKind::Local)
            {
                return false;
            }
            let made = module.peel(variable.values[0]);
            matches!(module.kind(made), ExprKind::Call { .. })
                && context
                    .site_of(made)
                    .is_some_and(|maker| maker.function != site.function || maker.loops < site.loops)
        }
        ExprKind::Member { object, .. } => matches!(module.kind(*object), ExprKind::This(_)),
        _ => false,
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one finding")]
fn finding(
    context: &Context<'_>,
    rule: crate::model::Name,
    function: FunctionId,
    at: ExprId,
    steps: Vec<(StepKind, crate::source::Span, String)>,
    message: String,
    reason: &str,
    fix: &str,
) -> Candidate {
    let path = context.source.display_path();
    let steps =
        steps.into_iter().map(|(kind, span, message)| Step { kind, path: path.clone(), span, message }).collect();
    let finding = Finding {
        rule,
        span: context.span(at),
        path,
        message,
        confidence: Confidence::Medium,
        reason: reason.to_owned(),
        steps,
        fix: Some(fix.to_owned()),
        symbol: context.symbol(function),
    };
    Candidate { finding, unless: Vec::new(), only_if: Vec::new() }
}
