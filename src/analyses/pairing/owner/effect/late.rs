//! Hooks whose cleanup releases, and yet not what this run acquired: a way out before the cleanup is given back, an
//! acquisition after the component may be gone.

use rustc_hash::FxHashSet;

use crate::analyses::owners;
use crate::analyses::pairing::owner::Case;
use crate::analyses::story::{Story, what};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::model::{BlockId, EdgeKind, ExprId, ExprKind, FunctionId, Step, Terminator};
use crate::project::Candidate;
use crate::source::Span;

/// The verdict on an acquisition that the cleanup does release when it runs and knows of it.
#[must_use]
pub fn judge(case: &Case<'_>, setup: FunctionId, hook: ExprId, word: &str, released: bool) -> Option<Candidate> {
    let context = case.context;
    let returned =
        context.site_of(hook).is_some_and(|site| site.hooks.iter().any(|table| table.teardown == Some(Part::Returned)));
    let thing = what(case.acquire);
    let story = || Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Hook);
    if returned
        && released
        && case.site.function == setup
        && !case.acquire.once
        && !case.releases.iter().any(|found| found.function == setup)
        && let Some(span) = early_return(case, setup)
    {
        return Some(
            story()?
                .message(format!("the {thing} acquired in {word} stays where it returns before its cleanup"))
                .confidence(Confidence::Medium, "one way out of the hook gives back no cleanup")
                .step(StepKind::Missed, span, "this way out gives back no cleanup")
                .end(),
        );
    }
    let asynchronous = case.site.function != setup
        && context.module.functions[case.site.function].is_async
        && !case.acquire.once
        && context.module.encloses(setup, case.site.function);
    if asynchronous && let Some(await_span) = unchecked_await(case) {
        return Some(
            story()?
                .message(format!("the {thing} is acquired after an await in {word}, when the cleanup may have run"))
                .confidence(Confidence::Medium, "nothing checks after the await whether the component still lives")
                .step(StepKind::Runs, await_span, "the component may go while this is awaited")
                .end(),
        );
    }
    None
}

/// A bare `return` that the acquisition can reach, under a condition that has nothing to do with it.
fn early_return(case: &Case<'_>, setup: FunctionId) -> Option<Span> {
    let context = case.context;
    let module = context.module;
    let cfg = &module.functions[setup].cfg;
    let gives = owners::returned_functions(context, setup);
    if gives.is_empty() {
        return None;
    }
    if cfg.blocks.iter().any(|(id, block)| match &block.terminator {
        // Acquired under a condition of its own: the other conditions may well be correlated.
        Terminator::Branch { then, otherwise, .. } => {
            id != case.site.block && cfg.leads(*then, case.site.block) != cfg.leads(*otherwise, case.site.block)
        }
        _ => false,
    }) {
        return None;
    }
    let mut seen: FxHashSet<BlockId> = FxHashSet::default();
    let mut queue = vec![(case.site.block, case.site.step + 1)];
    while let Some((block, from)) = queue.pop() {
        if from == 0 && !seen.insert(block) {
            continue;
        }
        for step in cfg.blocks[block].steps.iter().skip(from) {
            if let Step::Return(value, span) = step {
                let nothing = match value {
                    None => true,
                    Some(value) => {
                        matches!(module.kind(*value), ExprKind::Global(name) if name == "undefined")
                    }
                };
                if nothing {
                    return Some(*span);
                }
            }
        }
        queue.extend(cfg.edges(block).iter().filter(|edge| edge.kind != EdgeKind::Exception).map(|edge| (edge.to, 0)));
    }
    None
}

/// The last `await` before the acquisition, where no condition stands between the two.
fn unchecked_await(case: &Case<'_>) -> Option<Span> {
    let context = case.context;
    let module = context.module;
    let cfg = &module.functions[case.site.function].cfg;
    let start = context.span(case.site.expr).start;
    let awaited = cfg
        .blocks
        .iter()
        .flat_map(|(_, block)| &block.steps)
        .filter_map(|step| match step {
            Step::Eval(expr) if matches!(module.kind(*expr), ExprKind::Await(_)) => Some(context.span(*expr)),
            _ => None,
        })
        .filter(|span| span.end <= start)
        .max_by_key(|span| span.start)?;
    let checked = cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Branch { condition, .. } => {
            let at = context.span(*condition);
            at.start >= awaited.end && at.start < start
        }
        _ => false,
    });
    (!checked).then_some(awaited)
}
