//! Acquisitions that no owner answers for: code that runs again and again on something that outlives it.

pub mod alternatives;
pub mod awaited;
pub mod broken;
mod excuses;
pub mod finalizer;
mod page;
pub mod partner;
pub mod temporary;

use self::excuses::{
    adorns, begins_service, is_about_the_process, is_followed, is_injected, is_local, is_of_element, is_of_program,
    is_of_service, is_of_the_loop, is_of_view, is_plug_in, joins, offers, passes_on, sets_up, wires_up,
};
pub use self::excuses::{ends_with_process, is_on_element};
use super::instance::is_of_nothing;
use super::source::many::{is_for_each, is_for_one_of_many, tells_apart};
use super::threads::tasks;
use super::{Case, Life};
use crate::analyses::callers;
use crate::analyses::growth::{is_done_once, is_first_time};
use crate::analyses::loops::goes_over_literal;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, VariableKind};
use crate::project::Candidate;

/// The verdict on what a function acquires that belongs to no owner.
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if case.is_terminal() {
        return None;
    }
    if !case.releases.is_empty() {
        return super::releases::ineffective::judge(case);
    }
    if ends_in_view(case) {
        return None;
    }
    let mut runs = runs(context, case.site.function);
    let script = context.family() == Family::JavaScript;
    if runs == Runs::Once || runs == Runs::Unknown && is_done_once(context, case.site.expr) {
        return None;
    }
    // A name that the listener is put on under is the place of one: `dispatch.on('zoom.map', f)`.
    if script && (is_first_time(context, case.site.expr) || case.site.acquires.iter().any(|known| known.replaces)) {
        return None;
    }
    let looped = case.site.loops > 0 && runs == Runs::Unknown && script;
    if looped && !goes_over_literal(context, case.site) && !is_of_the_loop(case) {
        runs = Runs::Repeatedly("in a loop".to_owned());
    }
    let (confidence, reason) = confidence(case, &runs)?;
    let once = callers::question(context, case.site.function).filter(|_| runs == Runs::Unknown);
    let per = match &runs {
        Runs::Repeatedly(per) if per == "in a loop" && case.site.loops == 0 => "whenever a loop calls it".to_owned(),
        Runs::Repeatedly(per) => per.clone(),
        _ => "at every call".to_owned(),
    };
    let thing = what(case.acquire);
    let source = case.source_text();
    let subject = if source.is_empty() { format!("the {thing}") } else { format!("the {thing} on `{source}`") };
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let function = &context.module.functions[case.site.function];
    let mut candidate = story
        .message(format!("{subject} is acquired {per} and never released"))
        .confidence(confidence, reason)
        .step(StepKind::Runs, context.source.first_line(function.name_span), format!("runs {per}"))
        .end();
    candidate.unless.extend(once);
    if tasks::is_given_nothing(case) {
        tasks::temper(case, &mut candidate);
    }
    Some(candidate)
}

/// Whether the same code also waits for the end of the source: a stream or connection that runs dry.
fn ends_in_view(case: &Case<'_>) -> bool {
    let context = case.context;
    if case.acquire.kind != "listener" || case.life == Life::Process {
        return false;
    }
    let place = |site: &crate::analyses::context::CallSite| {
        case.acquire.source.as_ref().and_then(|part| context.part(site.expr, part)).and_then(|expr| context.place(expr))
    };
    let source = place(case.site);
    let event = |site: &crate::analyses::context::CallSite| match context.part(site.expr, &Part::Argument(0)) {
        Some(expr) => match context.module.kind(expr) {
            ExprKind::Literal(Literal::String(name)) => Some(name.clone()),
            _ => None,
        },
        None => None,
    };
    source.is_some()
        && context.sites.iter().any(|site| {
            site.function == case.site.function
                && !site.acquires.is_empty()
                && place(site) == source
                && event(site).is_some_and(|event| matches!(event.as_str(), "end" | "close" | "finish" | "exit"))
        })
}

/// Whether each object begins the chain: its constructor calls the method that goes on with it.
fn is_begun_by_constructor(case: &Case<'_>) -> bool {
    let module = case.context.module;
    case.context
        .calls_of(module.outermost(case.site.function))
        .any(|site| module.functions[site.function].kind == FunctionKind::Constructor)
}

fn confidence(case: &Case<'_>, runs: &Runs) -> Option<(Confidence, String)> {
    let context = case.context;
    let repeated = matches!(runs, Runs::Repeatedly(_));
    if case.acquire.once {
        let lost = case.holding.is_dropped() || is_timer(case) && is_local(case);
        let confidence = match super::timers::renewal::renewal(case)? {
            _ if super::holding::settled::is_loop_of_program(case) => Confidence::Low,
            // A program of Python starts such a chain once, for as long as it runs.
            super::timers::renewal::Renewal::Endless
                if lost
                    && !repeated
                    && (is_of_program(case)
                        || context.family() == Family::Python && !is_begun_by_constructor(case)) =>
            {
                Confidence::Low
            }
            super::timers::renewal::Renewal::Endless if lost => Confidence::Medium,
            // A wait for something is short; what comes again after so long is a refresh.
            super::timers::renewal::Renewal::Guarded if lost && super::timers::renewal::is_very_far(case) => {
                Confidence::Medium
            }
            _ => Confidence::Low,
        };
        return Some((confidence, "its callback starts the next one, and nothing can stop it".to_owned()));
    }
    if case.life == Life::Own && context.family() == Family::JavaScript {
        return None;
    }
    // What `on` gives is its source, and no handle.
    let script = context.family() == Family::JavaScript;
    let chained = script && case.acquire.kind == "listener" && case.acquire.handle.is_none();
    if !chained && !case.holding.is_dropped() {
        // The handle is kept somewhere, and nothing here ever releases it.
        let local = |place: &Place| match place.root {
            Root::Variable(id) => {
                case.acquire.kind == "object-url" || context.module.variables[id].kind == VariableKind::Local
            }
            _ => false,
        };
        let own = case.holding.collections.is_empty() && case.holding.places.iter().all(local);
        let plain = case.acquire.kind == "object-url"
            || is_timer(case)
                && (context.family() == Family::Java || context.family() == Family::Python && is_followed(case));
        return (own && (repeated || plain))
            .then(|| (Confidence::Medium, "the handle is kept and never used to release it".to_owned()));
    }
    if case.acquire.idempotent && is_stable(case) {
        return None;
    }
    Some(match (&case.life, repeated) {
        (Life::Own, _) => return None,
        (Life::Process, true) if is_of_nothing(case) => {
            (Confidence::High, "made again and again, and nothing ever releases one".to_owned())
        }
        (Life::Process, true) => {
            (Confidence::High, "registered again and again on something that lives as long as the process".to_owned())
        }
        (Life::Process, false)
            if offers(case)
                || case.context.family() != Family::JavaScript
                    && (passes_on(case) || sets_up(case) || case.acquire.kind == "registration") =>
        {
            (Confidence::Low, "the function registers what it is given, or sets up the process".to_owned())
        }
        (Life::Process, false) if is_timer(case) && begins_service(case) => {
            (Confidence::Low, "what is set up so runs for the life of the program".to_owned())
        }
        (Life::Process, false)
            if is_timer(case)
                && (context.family() != Family::JavaScript || is_for_one_of_many(case) || is_for_each(case)) =>
        {
            (Confidence::Medium, "nothing can stop it: its handle is dropped".to_owned())
        }
        (Life::Process, false) if is_about_the_process(case) || super::source::outlives::is_exit_handler(case) => {
            (Confidence::Low, "a handler for the end of the process is mostly installed once".to_owned())
        }
        (Life::Parameter, false) if passes_on(case) => {
            (Confidence::Low, "the function registers what it is given".to_owned())
        }
        (Life::Parameter, false) if wires_up(case) || adorns(case) || is_plug_in(case) => {
            (Confidence::Low, "the function wires up what it is given, as for a new connection".to_owned())
        }
        (Life::Process | Life::Parameter | Life::Injected, false)
            if context.family() == Family::JavaScript
                && case.acquire.kind != "object-url"
                && !is_for_one_of_many(case)
                && !joins(case) =>
        {
            (Confidence::Low, "how often it is called is not known".to_owned())
        }
        (Life::Process, false) if is_of_nothing(case) => {
            (Confidence::Medium, "each call makes one, and nothing ever releases it".to_owned())
        }
        (Life::Process, false) if context.family() != Family::JavaScript && !tells_apart(case) => {
            (Confidence::Low, "what it registers is the same at each call, which may well come once".to_owned())
        }
        (Life::Process, false) => {
            (Confidence::Medium, "each call adds one to something that lives as long as the process".to_owned())
        }
        (Life::Parameter | Life::Injected, true) if is_of_element(case) || !is_of_service(case) => {
            (Confidence::Low, "added to what was made elsewhere, which may end with it".to_owned())
        }
        (Life::Parameter | Life::Injected, true) => {
            (Confidence::Medium, "added again and again to something made elsewhere".to_owned())
        }
        (Life::Parameter | Life::Injected, false)
            if !is_of_service(case) && (is_of_element(case) || is_of_view(case) || !joins(case))
                || is_injected(case)
                || case.context.family() != Family::JavaScript =>
        {
            (Confidence::Low, "each call adds one to an object made elsewhere, which may end with it".to_owned())
        }
        (Life::Parameter | Life::Injected, false) => {
            (Confidence::Medium, "each call adds one to an object that it did not make".to_owned())
        }
        (Life::Unknown, _) if page::adds_again(case, runs) => {
            (Confidence::Medium, "the element stays in the page, and each run adds one more to it".to_owned())
        }
        (Life::Unknown | Life::CallbackParameter, _) => {
            (Confidence::Low, "the lifetime of what keeps it is not known".to_owned())
        }
    })
}

fn is_timer(case: &Case<'_>) -> bool {
    case.acquire.kind == "timer"
}

/// Whether the callback is the same function at each call.
#[must_use]
pub fn is_stable(case: &Case<'_>) -> bool {
    let Some(callback) = case.acquire.callback.as_ref().and_then(|part| case.context.part(case.site.expr, part)) else {
        return false;
    };
    let module = case.context.module;
    match case.context.place(callback) {
        Some(place) => match place.root {
            Root::Function(function) => module.functions[function].parent == Some(module.root),
            Root::Variable(id) => module.variables[id].function == module.root,
            Root::Path(_) => true,
            _ => false,
        },
        None => false,
    }
}

/// Whether the callback starts the same one-shot acquisition again.
#[must_use]
pub fn rearms(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(function) = case.callback() else { return false };
    let reached = crate::analyses::owners::reach(context, &[function]);
    let again = reached.contains(&case.site.function) || encloses(case, &reached);
    if !again || context.family() != Family::JavaScript {
        return again;
    }
    // What waits for an event does not go on by itself.
    let reached = crate::analyses::owners::reach_at_once(context, &[function]);
    reached.contains(&case.site.function) || encloses(case, &reached)
}

fn encloses(case: &Case<'_>, reached: &rustc_hash::FxHashSet<FunctionId>) -> bool {
    let module = case.context.module;
    let holder = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent)
        .find(|function| module.functions[*function].name.is_some());
    holder.is_some_and(|holder| holder != module.root && reached.contains(&holder))
}

/// The verdict inside a class that has no teardown at all.
pub fn judge_in_class(case: &Case<'_>, class: ClassId) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    if !case.releases.is_empty() || case.is_terminal() || super::ON_PATHS.contains(&case.acquire.kind.as_str()) {
        return None;
    }
    let field = case.holding.fields().next().is_some();
    let runs = runs(context, case.site.function);
    if case.acquire.once && super::timers::renewal::renewal(case) == Some(super::timers::renewal::Renewal::Endless) {
        return judge(case);
    }
    if case.acquire.once
        && field
        && super::timers::renewal::renewal(case).is_some()
        && super::timers::renewal::is_far(case)
    {
        return kept_renewal(case, class);
    }
    // A timer thread that only a local variable knew.
    if is_timer(case) && !field && !case.holding.is_dropped() && context.family() != Family::JavaScript {
        return judge(case);
    }
    if runs == Runs::Once || (field && !matches!(runs, Runs::Repeatedly(_))) {
        return None;
    }
    if matches!(runs, Runs::Repeatedly(_)) {
        return judge(case);
    }
    if case.acquire.kind == "observer" && super::timers::renewal::observes_own(case) {
        return None;
    }
    // An instance without an end that registers itself: how many there are nobody says.
    let process = case.life == Life::Process && !case.acquire.once && !is_timer(case);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let name = module.classes[class].name.clone().unwrap_or_default();
    let own = of_its_own(module, class);
    // What only a local variable knew nobody can disconnect.
    let lost = case.acquire.kind == "observer" && !case.holding.is_dropped() && is_made_with(case, class);
    let confidence = if lost { Confidence::Medium } else { Confidence::Low };
    (process
        && case
            .context
            .part(case.site.expr, &Part::Callee)
            .is_some_and(|callee| !matches!(module.kind(callee), ExprKind::Super)))
    .then(|| {
        story
            .message(format!("the {} is never released, and `{name}` has no teardown{own}", what(case.acquire)))
            .confidence(confidence, "how many instances there are is not known")
            .step(StepKind::Missed, module.classes[class].name_span, format!("`{name}` has no teardown{own}"))
            .end()
    })
}

/// Whether the class's constructor is given something that tells one instance from another.
#[must_use]
pub fn is_made_with(case: &Case<'_>, class: ClassId) -> bool {
    let module = case.context.module;
    module.classes[class].methods.iter().any(|method| {
        let data = &module.functions[*method];
        data.kind == FunctionKind::Constructor && !data.parameters.is_empty()
    })
}

/// The words for a teardown that a class above may have.
#[must_use]
pub fn of_its_own(module: &crate::model::Module, class: ClassId) -> &'static str {
    if module.classes[class].superclasses > 0 { " of its own" } else { "" }
}

/// A refresh that an instance without a teardown goes on with: its handle is kept, and nothing ever clears it.
fn kept_renewal(case: &Case<'_>, class: ClassId) -> Option<Candidate> {
    let module = case.context.module;
    let name = module.classes[class].name.clone()?;
    let own = of_its_own(module, class);
    let story = Story::new(case.context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let mut candidate = story
        .message(format!(
            "the {} starts itself anew and is never released: `{name}` has no teardown{own}",
            what(case.acquire)
        ))
        .confidence(Confidence::Medium, "its handle is kept and never used to release it")
        .step(StepKind::Missed, module.classes[class].name_span, format!("`{name}` has no teardown{own}"))
        .end();
    for base in &module.classes[class].bases {
        for member in case.holding.fields().filter_map(super::releases::member_name) {
            candidate
                .unless
                .push(crate::project::Question::HierarchyReleases { class: base.name.clone().into(), member });
        }
    }
    Some(candidate)
}
