//! What a life-cycle hook acquires and its cleanup does not release.

pub mod component;
pub mod late;

use rustc_hash::FxHashSet;

use super::releases::How;
use super::{Case, Life};
use crate::analyses::owners;
use crate::analyses::story::{Story, what};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::model::{ExprId, ExprKind, FunctionId, Root};
use crate::project::Candidate;

/// The verdict on what the setup of a hook acquires.
pub fn judge(case: &Case<'_>, setup: FunctionId, hook: ExprId, word: &str, holder: FunctionId) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let cleanups = cleanups(case, setup, hook);
    let ignored = ignored(case, setup, &cleanups);
    let mut all = owners::hook_teardowns(context, module.outermost(holder));
    if holder == module.root {
        all = owners::hook_teardowns(context, holder);
    }
    all.extend(&cleanups);
    let reached = owners::reach(context, &all);
    if reached.contains(&case.site.function) {
        return super::teardown::reversed::judge(case, &reached, &format!("the {word}"), Analysis::Hook);
    }
    let released = case.released_in(&reached).any(|found| !matches!(found.how, How::Differs(_)));
    if released || mentions(case, &reached) {
        return self::late::judge(case, setup, hook, word, released);
    }
    if returns_unknown(case, setup, hook) || aborts(case, &reached) {
        return None;
    }
    let pending = case.acquire.kind == "timer" && case.acquire.once;
    if pending && case.releases.iter().any(|found| found.how == How::Full && runs_finally(case, found.function)) {
        return None;
    }
    let (mut confidence, mut reason) = confidence(case, &reached)?;
    // A listener that takes itself off is no leak once it ran; one that another run of the hook takes off is. An
    // observer that waits for something may never see it.
    let own = |found: &super::Found| {
        let (span, at) = (context.span(case.site.expr), context.span(found.call));
        case.acquire.kind == "observer" && span.start <= at.start && at.end <= span.end
    };
    if case.releases.iter().any(|found| {
        !pending
            && found.how == How::Full
            && found.function != setup
            && module.encloses(setup, found.function)
            && !ignored.iter().any(|function| module.encloses(*function, found.function))
            && !own(found)
    }) {
        confidence = Confidence::Low;
        "a callback of the hook releases it".clone_into(&mut reason);
    }
    let start = context.span(case.site.expr).start;
    if case
        .releases
        .iter()
        .any(|found| found.how == How::Full && found.function == case.site.function && found.taken.end <= start)
    {
        confidence = Confidence::Low;
        "each run takes off the one before".clone_into(&mut reason);
    }
    let thing = what(case.acquire);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Hook)?;
    let miss = module.functions[setup].name_span;
    let (message, missed) = if cleanups.is_empty() {
        (
            format!("the {thing} acquired in {word} is never released: no cleanup"),
            "no cleanup is returned or registered",
        )
    } else if case.released_in(&reached).next().is_some() {
        (
            format!("the {thing} acquired in {word} is never released: the cleanup releases another one"),
            "the cleanup names another one",
        )
    } else {
        (format!("the {thing} acquired in {word} is not released by its cleanup"), "the cleanup does not release it")
    };
    let mut story = story.message(message).confidence(confidence, reason).step(
        StepKind::Runs,
        context.source.first_line(context.span(hook)),
        format!("runs at each run of the {word}"),
    );
    let span = cleanups.first().map_or(miss, |cleanup| module.functions[*cleanup].name_span);
    if let Some(found) = case.releases.first() {
        story = story.step(StepKind::Released, context.span(found.call), "released only here");
    }
    Some(story.step(StepKind::Missed, context.source.first_line(span), missed).end())
}

/// Whether a function runs when a promise is settled, whichever way: `request.finally(() => clearTimeout(deadline))`.
fn runs_finally(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let value = context.function_expr(function);
    value.is_some_and(|value| match context.uses(value) {
        crate::analyses::context::Use::Argument(call, 0) => {
            context.site_of(call).and_then(|site| site.shape.method.as_deref()) == Some("finally")
        }
        _ => false,
    })
}

/// The functions that clean up after a setup.
fn cleanups(case: &Case<'_>, setup: FunctionId, hook: ExprId) -> Vec<FunctionId> {
    let context = case.context;
    let Some(site) = context.site_of(hook) else { return Vec::new() };
    let mut found = Vec::new();
    for table in &site.hooks {
        // The promise that an async function gives is no cleanup.
        if table.teardown == Some(Part::Returned) && !context.module.functions[setup].is_async {
            found.extend(owners::returned_functions(context, setup));
        }
        if let Some(Part::CallbackParameter(_, index)) = &table.registers
            && let Some(parameter) = context.module.functions[setup].parameters.get(usize::from(*index))
        {
            found.extend(registered(case, *parameter));
        }
    }
    found
}

/// The functions that a setup gives back and nobody calls.
fn ignored(case: &Case<'_>, setup: FunctionId, cleanups: &[FunctionId]) -> Vec<FunctionId> {
    let mut returned = owners::returned_functions(case.context, setup);
    returned.retain(|function| !cleanups.contains(function));
    returned
}

/// The functions given to `onCleanup(…)`.
fn registered(case: &Case<'_>, parameter: crate::model::VariableId) -> Vec<FunctionId> {
    let context = case.context;
    context
        .reads(parameter)
        .iter()
        .filter_map(|read| match context.uses(*read) {
            crate::analyses::context::Use::Called(call) => context.function_part(call, &Part::Argument(0)),
            _ => None,
        })
        .collect()
}

/// The setup gives back something that this file does not define: it may well be the cleanup.
fn returns_unknown(case: &Case<'_>, setup: FunctionId, hook: ExprId) -> bool {
    let context = case.context;
    let module = context.module;
    let returned =
        context.site_of(hook).is_some_and(|site| site.hooks.iter().any(|hook| hook.teardown == Some(Part::Returned)));
    returned
        && !module.functions[setup].is_async
        && owners::returned_values(context, setup).into_iter().any(|value| {
            let value = module.peel(value);
            let nothing = match module.kind(value) {
                ExprKind::Literal(_) => true,
                ExprKind::Global(name) => name == "undefined",
                ExprKind::Unary { .. } => true,
                ExprKind::Assign { .. } | ExprKind::Object(_) => true,
                ExprKind::Call { .. } => {
                    value == case.site.expr
                        || context.module.functions[setup].cfg.blocks.len() <= 3 && {
                            // `() => run()` returns what run gives; only a function is a cleanup.
                            module
                                .local_function(callee(case, value))
                                .is_some_and(|function| owners::returned_values(context, function).is_empty())
                        }
                }
                _ => false,
            };
            !nothing && module.function_of(value).is_none() && !is_of_another(case, value)
        })
}

/// Whether the value is what another acquisition of the file gave.
fn is_of_another(case: &Case<'_>, value: ExprId) -> bool {
    let context = case.context;
    let Some(place) = context.place(value) else { return false };
    matches!(place.root, Root::Variable(_))
        && !case.holding.has(&place)
        && context.sites.iter().filter(|site| site.expr != case.site.expr).any(|site| {
            site.function == case.site.function
                && site.acquires.iter().any(|acquire| super::holding(context, site.expr, acquire).has(&place))
        })
}

fn callee(case: &Case<'_>, call: ExprId) -> ExprId {
    match case.context.module.kind(call) {
        ExprKind::Call { callee, .. } => *callee,
        _ => call,
    }
}

/// Whether a cleanup names the handle in a call, or in a way that may release it.
#[must_use]
pub fn mentions(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    case.holding.places.iter().chain(&case.holding.collections).any(|place| match place.root {
        Root::Variable(id) => context.reads(id).iter().any(|read| {
            context.function_of(*read).is_some_and(|function| reached.contains(&function))
                && !matches!(context.uses(*read), crate::analyses::context::Use::Operand(_))
                && related(case, *read, place)
        }),
        Root::This(_) | Root::Static(_) => super::releases::is_handled(context, reached, place, &case.acquire.closes),
        _ => false,
    })
}

/// A variable that holds refs for several things is only named with the same member: `timers.current`.
fn related(case: &Case<'_>, read: ExprId, place: &crate::model::Place) -> bool {
    if place.path.is_empty() {
        return true;
    }
    let mut at = read;
    while let Some(parent) = case.context.parent(at) {
        match case.context.module.kind(parent) {
            ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Cast { .. } => at = parent,
            _ => break,
        }
    }
    case.context.place(at).is_none_or(|named| named.within(place) || place.within(&named))
}

/// Whether a cleanup aborts the controller whose signal the acquisition was given.
fn aborts(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let given = context.source.slice(context.span(case.site.expr)).contains("signal");
    given
        && context
            .sites
            .iter()
            .any(|site| site.shape.method.as_deref() == Some("abort") && reached.contains(&site.function))
}

fn confidence(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> Option<(Confidence, String)> {
    if case.is_terminal() {
        return None;
    }
    if case.acquire.once {
        return timer_once(case, reached);
    }
    Some(match case.life {
        Life::Own => return None,
        Life::Process => (Confidence::High, "what keeps it lives as long as the page or the process".to_owned()),
        Life::Parameter | Life::Unknown if super::source::refs::is_given(case) => {
            (Confidence::Low, "the component that made the ref fills it, and may well end it with itself".to_owned())
        }
        Life::Parameter | Life::Injected | Life::Unknown => {
            (Confidence::Medium, "what keeps it was made elsewhere and may outlive the component".to_owned())
        }
        Life::CallbackParameter => {
            (Confidence::Low, "what keeps it was given to a callback and may be short-lived".to_owned())
        }
    })
}

/// Whether a place is a variable or ref outside of the function that acquires.
fn outlasts(case: &Case<'_>, place: &crate::model::Place) -> bool {
    match place.root {
        Root::Variable(id) => {
            let variable = &case.context.module.variables[id];
            variable.function != case.site.function && variable.function != case.context.module.root
        }
        _ => false,
    }
}

/// A timeout holds its component until it fires.
fn timer_once(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> Option<(Confidence, String)> {
    if case.acquire.kind != "timer" {
        return None;
    }
    if let Some(renewal) = super::timers::renewal::renewal(case) {
        if super::timers::renewal::is_stopped_by(case, reached) {
            return None;
        }
        let endless = renewal == super::timers::renewal::Renewal::Endless;
        let confidence = if endless { Confidence::High } else { Confidence::Low };
        return Some((confidence, "its callback starts the next one, so that it never ends".to_owned()));
    }
    if !case.releases.is_empty() {
        // Who keeps the handle and clears it elsewhere knows that it may be pending when the component goes.
        let kept = case.holding.places.iter().any(|place| outlasts(case, place));
        let harmless = super::timers::renewal::is_soon(case) || super::timers::waits::is_harmless(case);
        return (kept && !harmless)
            .then(|| (Confidence::Medium, "its handle is kept, and the cleanup does not clear it".to_owned()));
    }
    let long = super::timers::renewal::is_far(case) && !super::timers::waits::is_harmless(case);
    let confidence = if long { Confidence::Medium } else { Confidence::Low };
    Some((confidence, "it fires once; until then it holds the component".to_owned()))
}
