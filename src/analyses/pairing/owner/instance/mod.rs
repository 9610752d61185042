//! What an instance acquires and no teardown releases.

pub mod again;
pub mod ends;
pub mod lasting;
mod names;
pub mod opened;
pub mod uncared;
pub mod unended;

use rustc_hash::FxHashSet;

pub use self::names::class_name;
use self::names::{teardown_names, teardown_span};
use super::holding::{settled, wrapped};
use super::releases::{How, differing, is_handled, member_name, mention};
use super::source::{attached, given, outlives};
use super::{Case, Life};
use crate::analyses::callers;
use crate::analyses::growth::is_done_once;
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprKind, FunctionId, FunctionKind};
use crate::project::{Candidate, Question};
use crate::source::Span;

/// The verdict on what a method of a class acquires.
pub fn judge(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Option<Candidate> {
    // What lives as long as the process needs no end of what is kept as long.
    let lasting = case.acquire.kind == "listener" && case.life == Life::Process && !cycle.deployed;
    // What an object of the program's top level registers for good lives as long as the object.
    let lasting_object = settled::is_of_program(case, class) && case.life == Life::Process && cycle.framework.is_none();
    if lasting_object && !is_certain_end(case, &owners::reach(case.context, &cycle.teardowns)) {
        return None;
    }
    if cycle.root && case.context.family() == Family::JavaScript {
        return None;
    }
    let view = self::uncared::is_view(case, class);
    if cycle.singleton && (cycle.teardowns.is_empty() && !view || lasting && case.context.family() == Family::Java) {
        return None;
    }
    if cycle.teardowns.is_empty() {
        return self::uncared::judge(case, class, cycle);
    }
    let reached = owners::reach(case.context, &cycle.teardowns);
    if settled::ends_process(case, &reached)
        || attached::ends_by_base(case, class)
        || attached::ends_with_field(case, class, &reached)
        || attached::is_left_to_base(case, class, &cycle.teardowns)
        || super::threads::tasks::is_of_the_class(case)
    {
        return None;
    }
    let settled = settled::ends_behind_hooks(case, cycle)
        || settled::is_constant(case)
        || self::lasting::is_daemon_of_class(case);
    if settled || super::threads::tasks::ends(case, class, cycle) || super::releases::toggle::is_reference(case) {
        return None;
    }
    let name = class_name(case, class);
    let analysis = analysis(case, class, cycle);
    if reached.contains(&case.site.function) {
        if let Some(candidate) = super::teardown::reversed::judge(case, &reached, &name, analysis) {
            return Some(candidate);
        }
        if !runs_outside(case, &cycle.teardowns) || super::timers::waits::is_step_of_end(case, &cycle.teardowns) {
            return None;
        }
    }
    let teardowns = teardown_names(case, &cycle.teardowns);
    let span = teardown_span(case, &cycle.teardowns);
    let mut candidate = unreleased(case, &reached, &name, (&teardowns, span), analysis)?;
    super::threads::tasks::temper(case, &mut candidate);
    super::releases::toggle::temper(case, class, &cycle.teardowns, &mut candidate);
    self::opened::temper(case, class, cycle, &mut candidate);
    self::lasting::temper(case, class, cycle, &mut candidate);
    let module = case.context.module;
    let source = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    let alone = cycle.singleton || settled::is_of_program(case, class);
    let given = case.context.family() == Family::JavaScript || case.acquire.kind == "listener";
    if alone && cycle.framework.is_none() && given {
        candidate.finding.confidence = Confidence::Low;
        "there is one instance, which may well live as long as the process".clone_into(&mut candidate.finding.reason);
    }
    candidate.unless.extend(source.and_then(|source| callers::question_of_owner(case.context, class, source)));
    candidate.unless.extend(outlives::question(case, class));
    for base in &module.classes[class].bases {
        for member in case.holding.fields().filter_map(member_name) {
            candidate.unless.push(Question::HierarchyReleases { class: base.name.clone().into(), member });
        }
    }
    Some(candidate)
}

/// The verdict on what a factory or composable acquires.
pub fn judge_factory(case: &Case<'_>, holder: FunctionId, teardowns: &[FunctionId]) -> Option<Candidate> {
    let reached = owners::reach(case.context, teardowns);
    let name = case.context.module.functions[holder]
        .name
        .clone()
        .map_or_else(|| "the factory".to_owned(), |name| format!("`{name}`"));
    if reached.contains(&case.site.function) {
        return super::teardown::reversed::judge(case, &reached, &name, Analysis::Pairing);
    }
    if case.context.family() == Family::JavaScript && is_done_once(case.context, case.site.expr) {
        return None;
    }
    // `const editor = (() => { … return { init, dispose } })()`
    let alone = case.context.family() == Family::JavaScript && runs(case.context, holder) == Runs::Once;
    let names = teardown_names(case, teardowns);
    let mut candidate = unreleased(case, &reached, &name, (&names, teardown_span(case, teardowns)), Analysis::Pairing)?;
    if alone {
        candidate.finding.confidence = Confidence::Low;
        "there is one of it, which may well live as long as the process".clone_into(&mut candidate.finding.reason);
    }
    Some(candidate)
}

/// What a method acquires that the framework calls as a hook is reported as such.
pub fn analysis(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Analysis {
    let module = case.context.module;
    let methods = &module.classes[class].methods;
    let method = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent)
        .find(|function| methods.contains(function));
    let pins = cycle.deployed && case.life == Life::Process;
    if pins && case.context.catalogue.rule_for(&case.acquire.kind, Analysis::Loader).is_some() {
        return Analysis::Loader;
    }
    let name = method.and_then(|method| module.functions[method].name.as_ref());
    let hook = case.context.family() == Family::JavaScript
        && name.is_some_and(|name| cycle.setups.iter().any(|setup| setup == name));
    if hook { Analysis::Hook } else { Analysis::Pairing }
}

fn unreleased(
    case: &Case<'_>,
    reached: &FxHashSet<FunctionId>,
    owner: &str,
    (teardowns, ends): (&str, Span),
    analysis: Analysis,
) -> Option<Candidate> {
    let (context, acquire) = (case.context, case.acquire);
    if case.released_in(reached).any(|found| !matches!(found.how, How::Differs(_))) {
        return None;
    }
    if case.holding.fields().any(|place| is_handled(context, reached, place, &acquire.closes)) {
        return None;
    }
    if analysis != Analysis::Loader && wrapped::is_shared(case) || wrapped::ends_with_wrapper(case, reached) {
        return None;
    }
    if mention::names_registration(case, reached)
        || mention::undoes_source(case, reached)
        || mention::ends_by_override(case, reached)
    {
        return None;
    }
    let twin = registered_again(case, reached);
    let (confidence, reason) = match twin {
        Some(_) => (Confidence::High, "the same call stands in the teardown, and nothing removes it".to_owned()),
        None => confidence(case, reached, analysis == Analysis::Loader)?,
    };
    let story = Story::new(context, case.site.expr, case.site.function, acquire, analysis)?;
    let thing = what(acquire);
    let place = case.holding.fields().next().and_then(member_name);
    let subject = match (&place, case.source_text()) {
        (Some(field), _) => format!("the {thing} kept in `{field}`"),
        (None, source) if !source.is_empty() => format!("the {thing} on `{source}`"),
        (None, _) => format!("the {thing}"),
    };
    let mut story = story
        .message(format!("{subject} is not released when {owner} ends: {teardowns} does not release it"))
        .confidence(confidence, reason);
    if let Some(twin) = twin {
        story = story
            .message(format!("{subject} outlives {owner}: {teardowns} registers it again instead of removing it"))
            .step(StepKind::Released, context.span(twin), "registered a second time where a removal was meant");
    } else if let Some(found) = case.released_in(reached).next() {
        let span = context.span(found.call);
        story = story.message(format!("{subject} outlives {owner}: {teardowns} releases another one")).step(
            StepKind::Released,
            span,
            format!("`{}` names another {}", context.text(found.call), differing(case, &found.how)),
        );
    } else if let Some(found) = case.releases.iter().find(|found| !super::releases::runs_own_end(case, found)) {
        let span = context.span(found.call);
        story = story.step(StepKind::Released, span, "released only here, which no teardown calls");
    }
    Some(story.step(StepKind::Missed, ends, format!("{teardowns} ends without releasing it")).end())
}

/// How sure it is, by the lifetime of the source and where else it is released.
fn confidence(case: &Case<'_>, reached: &FxHashSet<FunctionId>, deployed: bool) -> Option<(Confidence, String)> {
    if case.is_terminal() || case.life == Life::Own || super::releases::gesture::is_over_by_itself(case) {
        return None;
    }
    let rare = matches!(case.acquire.kind.as_str(), "listener" | "registration") && case.life == Life::Process;
    if case.acquire.once && !rare {
        return once(case, reached);
    }
    let constructed = case.context.module.functions[case.site.function].kind == FunctionKind::Constructor;
    if case.acquire.kind == "registration" && case.acquire.callback.is_some() && !deployed && !constructed {
        return Some((
            Confidence::Low,
            "it runs at the end of the process, and may be the end of its owner".to_owned(),
        ));
    }
    if case.acquire.weak_methods
        && given::is_own_method(case)
        && case.context.may_release(case.acquire).next().is_none()
    {
        return Some((Confidence::Low, "the source holds the method weakly: it goes with its object".to_owned()));
    }
    if mention::closed_by_helper(case) {
        return Some((Confidence::Low, "a helper closes it in another method, which no teardown calls".to_owned()));
    }
    if super::free::ends_with_process(case) {
        return Some((Confidence::Low, "a handler for the end of the process is mostly installed once".to_owned()));
    }
    if case.acquire.kind == "observer" && super::timers::renewal::observes_own(case) {
        return Some((Confidence::Low, "all that it watches is the owner's, and goes with it".to_owned()));
    }
    if case.acquire.kind == "observer" && super::timers::renewal::ends_in_own_callback(case) {
        return Some((Confidence::Low, "its own callback ends it when it has seen what it waits for".to_owned()));
    }
    let elsewhere: Vec<_> = case.releases.iter().filter(|found| !matches!(found.how, How::Differs(_))).collect();
    if !elsewhere.is_empty() {
        return released_elsewhere(case, &elsewhere, reached);
    }
    // What an object enters itself in for good grows: that is told of the collection.
    let entry = given::is_entry(case);
    if entry && case.life == Life::Process {
        return None;
    }
    let kept = case.holding.fields().next().is_some();
    let script = case.context.family() == Family::JavaScript;
    let doubtful = !kept && case.life != Life::Process && script;
    if doubtful && !is_certain_end(case, reached) {
        let reason = "what keeps it may well end together with the owner";
        return Some((Confidence::Low, reason.to_owned()));
    }
    if let Some(reason) = given::doubt(case).filter(|_| !kept) {
        return Some((Confidence::Low, reason.to_owned()));
    }
    // The author knows that the source lives on: something else is taken off it.
    let sibling = outlives::takes_another_off(case, reached);
    let shared = matches!(case.acquire.kind.as_str(), "listener" | "subscription" | "registration") && !kept;
    let shown = || !shared || outlives::is_shown(case, reached);
    Some(match case.life {
        Life::Own => return None,
        Life::Parameter | Life::Unknown if sibling => {
            (Confidence::Medium, "the teardown takes another one off the same object, and not this one".to_owned())
        }
        Life::Process if is_of_nothing(case) => {
            (Confidence::High, "the owner ends, and nothing ever releases it".to_owned())
        }
        Life::Process
            if !deployed && shared && case.acquire.kind != "subscription" && !outlives::come_and_go(case, reached) =>
        {
            (Confidence::Low, "nothing says that instances of the owner come and go".to_owned())
        }
        Life::Process => {
            (Confidence::High, "never released, and what keeps it lives as long as the process".to_owned())
        }
        Life::Injected if !shown() => {
            (Confidence::Low, "what keeps it was given to the owner, and may well end with it".to_owned())
        }
        Life::Injected => (Confidence::Medium, "what keeps it was given to the owner and may outlive it".to_owned()),
        Life::Unknown
            if !kept && script && (case.acquire.kind == "listener" || outlives::is_of_object(case) && !shown()) =>
        {
            (Confidence::Low, "nothing says that what keeps it lives longer than the owner".to_owned())
        }
        Life::Unknown if case.acquire.kind == "listener" && !shown() => {
            (Confidence::Low, "nothing says that what keeps it lives longer than the owner".to_owned())
        }
        Life::Unknown => (
            Confidence::Medium,
            "the owner ends and never releases it; the lifetime of what keeps it is not known".to_owned(),
        ),
        Life::Parameter if (case.acquire.kind == "subscription" || entry) && !kept && script => {
            (Confidence::Low, "what keeps it was given by a caller, and may be its child".to_owned())
        }
        Life::Parameter if !outlives::is_given_element(case) && !shown() => {
            (Confidence::Low, "what keeps it was given by a caller, and may well end with the owner".to_owned())
        }
        Life::Parameter => {
            // Hooks of Python are mostly put up once, by who makes the program.
            let once = case.context.family() == Family::Python && case.acquire.kind == "listener";
            let confidence = if once { Confidence::Low } else { Confidence::Medium };
            (confidence, "what keeps it was given by a caller and may outlive the owner".to_owned())
        }
        Life::CallbackParameter => {
            (Confidence::Low, "what keeps it was given to a callback and may be short-lived".to_owned())
        }
    })
}

/// Whether the callback, or code after the acquisition, takes it off again. An observer that waits for something may
/// never see it.
pub fn released_by_itself(case: &Case<'_>) -> bool {
    let context = case.context;
    let start = context.span(case.site.expr).start;
    let span = context.span(case.site.expr);
    case.releases.iter().filter(|found| !matches!(found.how, How::Differs(_))).any(|found| {
        let at = context.span(found.call);
        let inside = span.start <= at.start && at.end <= span.end;
        context.module.encloses(case.site.function, found.function)
            && (found.function != case.site.function
                || at.start > start && found.taken.start > start && follows(case, found))
            && !(case.acquire.kind == "observer" && inside)
    })
}

/// Whether nothing that lives as long as the process has to keep it: an observer is kept by what it watches.
pub fn is_of_nothing(case: &Case<'_>) -> bool {
    case.acquire.source.is_none()
        && matches!(case.acquire.kind.as_str(), "observer" | "widget" | "resource" | "object-url")
}

/// Whether the teardown is one of an object that goes while others stay: by its name, by its framework, or because
/// it releases another thing of the kind. What is closed or stopped often goes together with what it listens to.
fn is_certain_end(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let named = reached.iter().any(|function| match &context.module.functions[*function].name {
        Some(name) => words::ends_one_of_many(name),
        // A function handed to whoever ends the instance.
        None => true,
    });
    let own = reached.iter().any(|function| {
        let class = context.module.functions[*function].this;
        class.is_some_and(|class| owners::lifecycle(context, class).framework.is_some())
    });
    let alike = context.sites.iter().filter(|site| reached.contains(&site.function)).any(|site| {
        site.releases.iter().any(|release| !release.key.is_empty() && release.kind.contains(&case.acquire.kind))
    });
    named || own || alike
}

/// Whether a release in the function that acquires can run after the acquisition: not in the other branch of a toggle.
fn follows(case: &Case<'_>, found: &super::Found) -> bool {
    let release = case.context.site_of(found.call);
    release.is_none_or(|release| {
        super::releases::toggle::leads(case.context, case.site.function, case.site.block, release.block)
    })
}

/// Some method releases it, and no teardown calls that one.
fn released_elsewhere(
    case: &Case<'_>,
    found: &[&super::Found],
    reached: &FxHashSet<FunctionId>,
) -> Option<(Confidence, String)> {
    if released_by_itself(case) {
        return None;
    }
    if given::is_of_peer(case) {
        return Some((Confidence::Low, "what keeps it is a part of the same view, and ends with it".to_owned()));
    }
    if super::releases::toggle::is_told_by_others(case, found) {
        return Some((Confidence::Low, "who calls the one method of the object calls the other".to_owned()));
    }
    if stops_itself(case, found) {
        return Some((Confidence::Low, "its own callback stops it when there is nothing left to do".to_owned()));
    }
    if found.iter().any(|found| {
        super::source::terminal::runs_at_end(case, found.function)
            || super::releases::attached::is_taken_apart(case, found.function)
    }) {
        return Some((Confidence::Low, "the end of what it belongs to releases it".to_owned()));
    }
    if super::releases::gesture::takes_itself_off(case) {
        return Some((Confidence::Low, "the next event takes it off".to_owned()));
    }
    // An element that was given goes with its listeners.
    if matches!(case.life, Life::Injected | Life::Parameter) && super::free::is_on_element(case) {
        return Some((Confidence::Low, "another method takes it off the element, which may end with it".to_owned()));
    }
    let start = case.context.span(case.site.expr).start;
    // What is released just before it is acquired anew is alive most of the time.
    let replaced = found.iter().any(|found| found.function == case.site.function && found.taken.start < start);
    // Of a handle that code ends on its own way, the end that is not seen here is mostly there.
    let handle = super::ON_PATHS.contains(&case.acquire.kind.as_str()) || case.acquire.kind == "task";
    let ended = handle && case.context.family() != Family::JavaScript;
    // What nothing keeps and nothing calls back goes with its owner: a focus trap.
    let kept = case.acquire.kind != "subscription" || case.acquire.source.is_some() || case.acquire.callback.is_some();
    let lasts = case.life == Life::Process && kept || case.life == Life::Injected && outlives::is_shown(case, reached);
    let passing = case.acquire.kind == "listener" && case.holding.fields().next().is_none();
    let replaced = replaced && !(passing && matches!(case.life, Life::Unknown | Life::CallbackParameter));
    let certain = !ended && (replaced || lasts);
    let confidence = if certain { Confidence::Medium } else { Confidence::Low };
    Some((confidence, "another method releases it, and no teardown calls that one".to_owned()))
}

/// `def _ping(self): if self.connection is None: self.timer.stop()`: the callback looks whether its owner goes on.
fn stops_itself(case: &Case<'_>, found: &[&super::Found]) -> bool {
    let context = case.context;
    let interval = context.family() == Family::JavaScript && !case.acquire.once;
    if !(interval || context.family() == Family::Python) || case.acquire.kind != "timer" {
        return false;
    }
    let ExprKind::Call { arguments, .. } = context.module.kind(case.site.expr) else { return false };
    let callbacks: Vec<FunctionId> =
        arguments.iter().filter_map(|argument| context.module.function_of(argument.value)).collect();
    let reached = owners::reach_at_once(context, &callbacks);
    found.iter().any(|found| reached.contains(&found.function) && found.function != case.site.function)
}

/// A one-shot acquisition ends by itself; until then it holds its owner.
fn once(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> Option<(Confidence, String)> {
    if case.acquire.kind != "timer" {
        return None;
    }
    if let Some(renewal) = super::timers::renewal::renewal(case) {
        if super::timers::renewal::is_stopped_by(case, reached) {
            return None;
        }
        // What goes on from frame to frame under a condition is a movement, and over with it.
        let kept = case.holding.fields().next().is_some() && !super::timers::renewal::ends_in_time(case);
        let endless = renewal == super::timers::renewal::Renewal::Endless || kept;
        let confidence = if endless { Confidence::Medium } else { Confidence::Low };
        return Some((confidence, "its callback starts the next one, so that it never ends".to_owned()));
    }
    let kept = case.holding.fields().next().is_some();
    if kept
        && !super::timers::renewal::is_next_frame(case)
        && super::timers::renewal::delay(case).is_none_or(|delay| delay >= super::timers::renewal::SEEN)
        && let Some(field) = super::timers::waits::emptied(case, reached)
    {
        return Some((Confidence::Medium, format!("it uses `{field}` when it fires, which the teardown empties")));
    }
    if super::timers::renewal::delay(case).is_some_and(|delay| delay <= super::timers::renewal::SHORT) {
        return Some((Confidence::Low, "it fires within a second, and then it is gone".to_owned()));
    }
    let script = case.context.family() == Family::JavaScript;
    let far = match case.context.family() {
        Family::JavaScript if kept => super::timers::renewal::is_long(case),
        Family::JavaScript | Family::Python => super::timers::renewal::is_very_far(case),
        Family::Java => super::timers::renewal::is_far(case) || kept || super::timers::renewal::keeps_owner(case),
    };
    let known = super::timers::renewal::delay(case).is_some() || super::timers::renewal::is_next_frame(case);
    if !kept && !case.holding.is_dropped() {
        return Some((Confidence::Low, "it fires once; until then it holds its owner".to_owned()));
    }
    if super::timers::waits::is_harmless(case) {
        return Some((Confidence::Low, "it fires once, and only sets what goes with its owner".to_owned()));
    }
    if super::timers::waits::ends_process(case) {
        return Some((Confidence::Low, "it fires once, and ends the process".to_owned()));
    }
    if super::timers::waits::asks_first(case) {
        return Some((Confidence::Low, "it fires once, and asks first whether its owner is still there".to_owned()));
    }
    Some(if far {
        (Confidence::Medium, "it fires once, after a time that the owner may well not live".to_owned())
    } else if !known && super::timers::waits::ends_owner(case, reached) {
        (Confidence::Medium, "it ends something of the owner, which may be over by then".to_owned())
    } else if !known && !kept && script && super::timers::waits::tries_again(case) {
        (Confidence::Medium, "it tries again when the owner may be over, and its handle is dropped".to_owned())
    } else {
        (Confidence::Low, "it fires once and soon; until then it holds its owner".to_owned())
    })
}

/// The call of a teardown that registers the very thing again: `on` written for `off`.
fn registered_again(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> Option<crate::model::ExprId> {
    super::teardown::reversed::twin(case, |function| reached.contains(&function))
}

/// Whether a function that a teardown reaches also runs at other times: another method calls it or hands it on.
fn runs_outside(case: &Case<'_>, teardowns: &[FunctionId]) -> bool {
    let context = case.context;
    let module = context.module;
    let reached = owners::reach(context, teardowns);
    let method = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent).find(
        |function| {
            module.functions[*function].this.is_some_and(|class| module.classes[class].methods.contains(function))
        },
    );
    let Some(method) = method.filter(|method| !teardowns.contains(method)) else { return false };
    let name = module.functions[method].name.clone().unwrap_or_default();
    let Some(class) = module.functions[method].this else { return false };
    context
        .field_uses(class, &name)
        .iter()
        .filter_map(|named| context.function_of(*named))
        .any(|function| !reached.contains(&function))
}
