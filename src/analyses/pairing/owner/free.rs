//! Acquisitions that no owner answers for: code that runs again and again on something that outlives it.

use super::instance::is_of_nothing;
use super::many::{is_for_each, is_for_one_of_many, tells_apart, works_on};
use super::{Case, Life};
use crate::analyses::callers;
use crate::analyses::context::{CallSite, Context};
use crate::analyses::growth::{is_done_once, is_first_time};
use crate::analyses::loops::goes_over_literal;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, VariableKind};
use crate::project::Candidate;

/// The verdict on what a function acquires that belongs to no owner.
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if case.is_terminal() {
        return None;
    }
    if !case.releases.is_empty() {
        return super::ineffective::judge(case);
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

fn confidence(case: &Case<'_>, runs: &Runs) -> Option<(Confidence, String)> {
    let context = case.context;
    let repeated = matches!(runs, Runs::Repeatedly(_));
    if case.acquire.once {
        let lost = case.holding.is_dropped() || is_timer(case) && is_local(case);
        let confidence = match super::renewal::renewal(case)? {
            _ if super::settled::is_loop_of_program(case) => Confidence::Low,
            // A program of Python starts such a chain once, for as long as it runs.
            super::renewal::Renewal::Endless if lost && is_of_program(case) && !repeated => Confidence::Low,
            super::renewal::Renewal::Endless if lost => Confidence::Medium,
            // A wait for something is short; what comes again after so long is a refresh.
            super::renewal::Renewal::Guarded if lost && super::renewal::is_far(case) => Confidence::Medium,
            _ => Confidence::Low,
        };
        return Some((confidence, "its callback starts the next one, and nothing can stop it".to_owned()));
    }
    if case.life == Life::Own && context.family() == Family::JavaScript {
        return None;
    }
    if !case.holding.is_dropped() {
        // The handle is kept somewhere, and nothing here ever releases it.
        let local = |place: &Place| match place.root {
            Root::Variable(id) => {
                case.acquire.kind == "object-url" || context.module.variables[id].kind == VariableKind::Local
            }
            _ => false,
        };
        let own = case.holding.collections.is_empty() && case.holding.places.iter().all(local);
        let plain = case.acquire.kind == "object-url"
            || case.acquire.kind == "observer" && is_for_one_of_many(case)
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
            if case.context.family() != Family::JavaScript
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
        (Life::Process, false) if is_about_the_process(case) || super::outlives::is_exit_handler(case) => {
            (Confidence::Low, "a handler for the end of the process is mostly installed once".to_owned())
        }
        (Life::Parameter, false) if passes_on(case) => {
            (Confidence::Low, "the function registers what it is given".to_owned())
        }
        (Life::Parameter, false) if wires_up(case) || adorns(case) => {
            (Confidence::Low, "the function wires up what it is given, as for a new connection".to_owned())
        }
        (Life::Process | Life::Parameter | Life::Injected, false)
            if context.family() == Family::JavaScript && !is_for_one_of_many(case) && !joins(case) =>
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
            if !is_of_service(case) && (is_of_element(case) || !joins(case))
                || case.context.family() != Family::JavaScript =>
        {
            (Confidence::Low, "each call adds one to an object made elsewhere, which may end with it".to_owned())
        }
        (Life::Parameter | Life::Injected, false) => {
            (Confidence::Medium, "each call adds one to an object that it did not make".to_owned())
        }
        (Life::Unknown | Life::CallbackParameter, _) => {
            (Confidence::Low, "the lifetime of what keeps it is not known".to_owned())
        }
    })
}

/// Whether a function of a Python module does it, for no object.
fn is_of_program(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    case.context.family() == Family::Python && around.all(|function| module.functions[function].this.is_none())
}

/// Whether the function goes on after the last word about a timer that only it knows; what is begun at its very end is
/// begun for the rest of the program.
fn is_followed(case: &Case<'_>) -> bool {
    let context = case.context;
    let variables = case.holding.places.iter().filter_map(|place| match place.root {
        Root::Variable(id) => Some(id),
        _ => None,
    });
    let ExprKind::Call { arguments, .. } = context.module.kind(case.site.expr) else { return false };
    // `PeriodicCallback(job.check)`: one for each job that is given.
    let given = |value: ExprId| match context.place(value).map(|place| place.root) {
        Some(Root::Variable(id)) => matches!(context.module.variables[id].kind, VariableKind::Parameter(_)),
        _ => false,
    };
    if arguments.first().is_some_and(|callback| given(callback.value)) {
        return true;
    }
    let uses = variables.flat_map(|id| context.reads(id)).map(|read| context.span(*read).end);
    let last = uses.max().unwrap_or(context.span(case.site.expr).end);
    context.sites_in(case.site.function).any(|site| context.span(site.expr).start > last)
}

/// Whether only variables of the function had the handle: `timer = Timer(5, self.tick); timer.start()`.
fn is_local(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let local = |place: &Place| match place.root {
        Root::Variable(id) => {
            let variable = &module.variables[id];
            variable.kind == VariableKind::Local && variable.function != module.root
        }
        _ => false,
    };
    !case.holding.handed_on && case.holding.collections.is_empty() && case.holding.places.iter().all(local)
}

/// Whether each round of the loop has a source of its own.
fn is_of_the_loop(case: &Case<'_>) -> bool {
    let source = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    match source.and_then(|source| case.context.place(source)).map(|place| place.root) {
        Some(Root::Variable(id)) => {
            let variable = &case.context.module.variables[id];
            variable.kind == VariableKind::Local && variable.function != case.context.module.root
        }
        _ => false,
    }
}

/// Whether the callback is the function's own parameter: a wrapper, of which the callers decide.
fn passes_on(case: &Case<'_>) -> bool {
    let context = case.context;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let given = |value: ExprId| match context.module.kind(context.module.peel(value)) {
        ExprKind::Variable(id) => matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)),
        _ => false,
    };
    // `register(call_safely, func)` hands a function on as well.
    let ExprKind::Call { arguments, .. } = context.module.kind(case.site.expr) else { return false };
    let first = || {
        let rest = context.family() == Family::Python && case.life == Life::Process && case.acquire.source.is_none();
        arguments.get(1).is_some_and(|argument| rest && given(argument.value))
    };
    callback.is_some_and(given) || first()
}

/// Whether the function puts two things together that it is given: a source, and what its callback works on.
fn joins(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let function = &module.functions[case.site.function];
    let source = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    let root = source.and_then(|source| case.context.place(source)).map(|place| place.root);
    case.life == Life::Parameter
        && function.parameters.len() == 2
        && function.parameters.iter().any(|parameter| root == Some(Root::Variable(*parameter)))
        && function
            .parameters
            .iter()
            .any(|parameter| root != Some(Root::Variable(*parameter)) && works_on(case, *parameter))
}

/// Whether the function's name says that it prepares the process.
fn sets_up(case: &Case<'_>) -> bool {
    let name = case.context.module.functions[case.site.function].name.as_deref().unwrap_or_default();
    words::sets_up(name)
}

/// Whether what keeps it is commonly an element, which goes with its listeners: by the table, or by its event.
fn is_of_element(case: &Case<'_>) -> bool {
    case.acquire.element || is_event_of_element(case.context, case.site)
}

/// Whether the source is an element: this listener, or another one on it, is for an event that only elements send.
#[must_use]
pub fn is_on_element(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(part) = case.acquire.source.as_ref() else { return false };
    let source = context.part(case.site.expr, part).map(|source| context.text(source));
    let alike = context.sites.iter().filter(|site| site.shape.method == case.site.shape.method);
    alike
        .filter(|site| is_event_of_element(context, site))
        .any(|site| context.part(site.expr, part).map(|source| context.text(source)) == source)
}

/// Whether what keeps it is one for the whole program by its name: `settings.changed`, `registry.commandAdded`.
fn is_of_service(case: &Case<'_>) -> bool {
    let text = case.source_text();
    text.split('.').next().is_some_and(words::is_one_for_all)
}

fn is_event_of_element(context: &Context<'_>, site: &CallSite) -> bool {
    let event = context.part(site.expr, &Part::Argument(0));
    let literal = event.map(|event| context.module.kind(context.definition(event)));
    // `click.menu shown.bs.modal` of jQuery.
    match literal {
        Some(ExprKind::Literal(Literal::String(events))) => events
            .split_whitespace()
            .all(|event| words::is_element_event(event.split('.').next().unwrap_or(event)) || event.contains(".bs.")),
        _ => false,
    }
}

/// Whether the function's name says that it adds something to what it is given.
fn adorns(case: &Case<'_>) -> bool {
    let name = case.context.module.functions[case.site.function].name.as_deref().unwrap_or_default();
    // A server is set up once.
    let text = case.source_text();
    if text == "server" || text.ends_with("Server") {
        return true;
    }
    words::adorns(name)
}

/// Signals and the end of the process.
fn is_about_the_process(case: &Case<'_>) -> bool {
    let source = case.source_text();
    // The terminal of a command, also by another name.
    let part = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    if part.is_some_and(|part| case.context.text(case.context.definition(part)).starts_with("process.std")) {
        return true;
    }
    let Some(event) = case.context.part(case.site.expr, &Part::Argument(0)) else { return false };
    let ends = ["SIG", "uncaught", "unhandled", "beforeExit", "exit", "disconnect", "message", "warning"];
    source == "process"
        && match case.context.module.kind(case.context.definition(event)) {
            ExprKind::Literal(Literal::String(event)) => ends.iter().any(|word| event.starts_with(word)),
            // One of a list of signals.
            _ => true,
        }
}

/// Whether the function registers for several events of the same parameter, and for nothing else.
fn wires_up(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = |site: &crate::analyses::context::CallSite| {
        case.acquire.source.as_ref().and_then(|part| context.part(site.expr, part)).and_then(|expr| context.place(expr))
    };
    let own = source(case.site);
    let alike = context.sites.iter().filter(|site| site.function == case.site.function && !site.acquires.is_empty());
    own.is_some() && alike.filter(|site| source(site) == own).count() >= 3
}

/// Whether it is set going where a part of the program is set up, by a function that takes nothing: `initialise()`.
fn begins_service(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    let named = around.find(|function| module.functions[*function].name.is_some());
    case.context.family() == Family::JavaScript
        && named.map(|function| &module.functions[function]).is_some_and(|data| {
            let name = data.name.as_deref().unwrap_or_default();
            data.parameters.is_empty() && words::begins_service(name)
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
    if case.acquire.once && super::renewal::renewal(case) == Some(super::renewal::Renewal::Endless) {
        return judge(case);
    }
    if case.acquire.once && field && super::renewal::renewal(case).is_some() && super::renewal::is_far(case) {
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
    if case.acquire.kind == "observer" && super::renewal::observes_own(case) {
        return None;
    }
    // An instance without an end that registers itself: how many there are nobody says.
    let process = case.life == Life::Process && !case.acquire.once && !is_timer(case);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let name = module.classes[class].name.clone().unwrap_or_default();
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
            .message(format!("the {} is never released, and `{name}` has no teardown", what(case.acquire)))
            .confidence(confidence, "how many instances there are is not known")
            .step(StepKind::Missed, module.classes[class].name_span, format!("`{name}` has no teardown"))
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

/// A refresh that an instance without a teardown goes on with: its handle is kept, and nothing ever clears it.
fn kept_renewal(case: &Case<'_>, class: ClassId) -> Option<Candidate> {
    let module = case.context.module;
    let name = module.classes[class].name.clone()?;
    let story = Story::new(case.context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let mut candidate = story
        .message(format!(
            "the {} starts itself anew and is never released: `{name}` has no teardown",
            what(case.acquire)
        ))
        .confidence(Confidence::Medium, "its handle is kept and never used to release it")
        .step(StepKind::Missed, module.classes[class].name_span, format!("`{name}` has no teardown"))
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
