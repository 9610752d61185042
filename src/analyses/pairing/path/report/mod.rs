//! The finding of an obligation that is lost on some way.

mod lent;
pub mod pools;
pub mod quiet;

use super::acquire::{Acquisition, Held, gives};
use super::raises::{self, Level, Raise, counted, name_of};
use super::track::Tracker;
use super::ways::{End, Leak, Ways};
use super::words;
use crate::analyses::callers;
use crate::analyses::context::{Context, Use};
use crate::analyses::runs::{Runs, by_path, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{Argument, ExprId, ExprKind, FunctionKind, Literal, VariableKind};
use crate::project::{Candidate, Question};
use crate::source::Span;

/// The words of one finding.
struct Words {
    /// "`conn` (database connection)"
    subject: String,
    /// "closed"
    done: &'static str,
    raises: &'static str,
}

/// The finding, if the way is one to report.
#[must_use]
pub fn candidate(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, ways: &Ways) -> Option<Candidate> {
    let context = tracker.context;
    let leak = ways.leak.as_ref().filter(|_| !ways.given_up)?;
    let released = !ways.released.is_empty();
    let passed = ways.returned || ways.escaped;
    // An object of a class that the file does not show may answer for it.
    // Where the function gives that object to its caller, nobody has it when an exception is thrown on purpose.
    let caught = |at| context.site_of(at).is_some_and(|site| site.catches > 0);
    let thrown_away = passed && leak.raised.is_some_and(|raise| raise.level == Level::Explicit || caught(raise.at));
    if leak.kept && !released && !thrown_away && !is_nameless(tracker, acquisition, leak) {
        return None;
    }
    if acquisition.by_use && !leaves_before_close(context, leak, ways) {
        return None;
    }
    // Clients are kept on purpose; what a failed constructor leaves of one goes with it.
    if leak.field && acquisition.acquire.kind == "client" {
        return None;
    }
    let runs = runs(context, acquisition.site.function);
    let (mut confidence, mut reason) = confidence(leak, released, passed);
    let gap = leak.field || (!released && passed);
    if gap && leak.level == Some(Level::Likely) && !is_gap(tracker, acquisition, leak) {
        (confidence, reason) =
            (Confidence::Low, "only an exception between opening it and giving it on loses it".to_owned());
    }
    if let Some((at_most, why)) = once(context, acquisition, leak, &runs) {
        confidence = confidence.min(at_most?);
        why.clone_into(&mut reason);
    }
    if let Some(why) = collected(context, acquisition, leak, released, &runs) {
        confidence = confidence.min(Confidence::Low);
        why.clone_into(&mut reason);
    }
    if settles(context, acquisition, leak, &runs) {
        confidence = confidence.min(Confidence::Low);
        "what is left of it is little, or ends with what it was got from".clone_into(&mut reason);
    }
    if is_of_script(tracker, &runs) {
        confidence = confidence.min(Confidence::Low);
        "the file is a command, and ends with its process".clone_into(&mut reason);
    }
    if leak.raised.is_some() && is_of_program(tracker) {
        confidence = confidence.min(Confidence::Low);
        "the file is a program, which ends with its exception".clone_into(&mut reason);
    }
    if leak.raised.is_some() && is_start_up(context, acquisition) {
        confidence = Confidence::Low;
        "it is the connection of the program, which does not start without it".clone_into(&mut reason);
    }
    if acquisition.acquire.kind == "client" && leak.raised.is_some() && !released && context.family() == Family::Java {
        confidence = Confidence::Low;
        "a client that nobody has used yet has hardly opened anything".clone_into(&mut reason);
    }
    if acquisition.acquire.thread && leak.raised.is_some_and(|raise| is_before_try(tracker, ways, raise)) {
        confidence = Confidence::Low;
        "only an exception of an arbitrary call before the `try` skips the `finally`".clone_into(&mut reason);
    }
    if acquisition.acquire.finalized && leak.raised.is_some() {
        confidence = Confidence::Low;
        "its own finalizer ends it when the exception has gone".clone_into(&mut reason);
    }
    if counted::ends_with_function(tracker, acquisition, leak, ways) {
        confidence = confidence.min(Confidence::Low);
        "only an exception skips the release, and CPython closes it with the function".clone_into(&mut reason);
    }
    if let Some(why) = pools::doubt(tracker, acquisition, leak, released) {
        confidence = Confidence::Low;
        why.clone_into(&mut reason);
    }
    if leak.raised.is_some_and(|raise| waits_for_own(context, raise)) {
        confidence = Confidence::Low;
        "only a rejection of a promise that the function made itself skips the release".clone_into(&mut reason);
    }
    let mut questions = Vec::new();
    // Where it is given back on another way, those who were lent it do not close it.
    let gap = passed && leak.raised.is_some();
    if !released && !gap {
        let unknown = lent::may_end(tracker, &mut questions);
        if unknown && confidence > Confidence::Low {
            (confidence, reason) =
                (Confidence::Low, "a function that the file does not show was given it, and may close it".to_owned());
        } else if !questions.is_empty() && confidence > Confidence::Medium {
            (confidence, reason) = (
                Confidence::Medium,
                "it is never released here; the functions that get it do not release it either".to_owned(),
            );
        }
    }
    // Who fails with it in hand may have ended it.
    if context.family() == Family::Java
        && let Some(raise) = leak.raised
    {
        let handed = tracker.handed.borrow();
        let failing = handed.iter().filter(|(call, _)| *call == raise.at);
        questions.extend(failing.filter_map(|(call, argument)| {
            let callee = gives::callee(context, context.site_of(*call)?)?;
            Some(Question::Releases { callee, argument: *argument })
        }));
    }
    if context.family() == Family::Java && acquisition.site.acquires.is_empty() && !acquisition.site.shape.constructs {
        // `getConnection(settings, true)`: such a flag asks for a new one.
        let callee = gives::callee(context, acquisition.site).filter(|_| !is_told_yes(context, acquisition.site.expr));
        questions.extend(callee.map(|callee| Question::GivesIdle { callee }));
    }
    // What the whole program does once ends with its process.
    if confidence >= Confidence::Medium && !acquisition.acquire.persists {
        questions.extend(callers::question(context, acquisition.site.function));
    }
    // What may be nothing at all is not worth the reading of other files unless a finding would show.
    if acquisition.only_if.is_some() && (confidence < Confidence::Medium || leak.raised.is_some()) {
        return None;
    }
    let words = wording(tracker, acquisition);
    let story =
        Story::new(context, acquisition.site.expr, acquisition.site.function, &acquisition.acquire, Analysis::Pairing)?
            .message(message(context, &words, leak, released))
            .confidence(confidence, reason);
    let story = questions.into_iter().fold(story, Story::unless);
    let story = acquisition.only_if.iter().cloned().fold(story, Story::only_if);
    let story = match &runs {
        Runs::Repeatedly(per) => {
            let holder = &context.module.functions[acquisition.site.function];
            story.step(StepKind::Runs, context.source.first_line(holder.name_span), format!("runs {per}"))
        }
        _ => story,
    };
    Some(steps(story, tracker, &words, leak, ways).end())
}

/// Whether a `return` leaves in front of a close that the function would have come to: what is closed only where
/// something failed may well be handed on where nothing did.
fn leaves_before_close(context: &Context<'_>, leak: &Leak, ways: &Ways) -> bool {
    let closes_after = |exit: Span| ways.released.iter().any(|call| context.span(*call).start > exit.start);
    leak.end == End::Function && leak.raised.is_none() && leak.returned.is_some_and(closes_after)
}

/// Whether all that releases stands in a `finally`, and what raises is an arbitrary call in front of it.
fn is_before_try(tracker: &Tracker<'_>, ways: &Ways, raise: Raise) -> bool {
    let context = tracker.context;
    let Some(site) = context.site_of(raise.at).filter(|_| context.family() == Family::Java) else { return false };
    let ends = |call: &ExprId| context.site_of(*call).is_some_and(|site| site.cleanup);
    ways.released.iter().all(ends)
        && site.catches == 0
        && raises::site_level(tracker.summaries, context, site, tracker.callee(raise.at)) != Some(Level::Likely)
}

/// Whether a client is what a module or class connects the whole program with: `db.connect = async function () { … }`.
fn is_start_up(context: &Context<'_>, acquisition: &Acquisition<'_>) -> bool {
    let named = context.module.functions[context.module.outermost(acquisition.site.function)].name.as_deref();
    context.family() == Family::JavaScript
        && acquisition.acquire.kind == "client"
        && named.is_some_and(words::starts_program)
        && !matches!(runs(context, acquisition.site.function), Runs::Repeatedly(_))
}

/// Why the collector does all that a release would do.
fn collected(
    context: &Context<'_>,
    acquisition: &Acquisition<'_>,
    leak: &Leak,
    released: bool,
    runs: &Runs,
) -> Option<&'static str> {
    let site = acquisition.site;
    let meant = released || leak.level == Some(Level::Explicit);
    if acquisition.acquire.paired && acquisition.acquire.memory && !meant {
        return Some("it is memory of the heap, which the collector takes");
    }
    if acquisition.acquire.little && !matches!(runs, Runs::Repeatedly(_)) {
        return Some("what it holds is little, and nothing says that the code runs again and again");
    }
    let walks = context.family() == Family::Java && matches!(site.shape.method.as_deref(), Some("walk" | "find"));
    if walks && site.acquires.iter().any(|known| known.what == "directory stream") && is_drained(context, site.expr) {
        return Some("each directory is closed when it has been read to its end, and all of them are");
    }
    None
}

/// `Files.walk(path).filter(…).forEach(…)`: the last method of the chain takes all elements.
fn is_drained(context: &Context<'_>, stream: ExprId) -> bool {
    let mut at = stream;
    while let Use::Receiver(call) = context.uses(at) {
        let Some(method) = context.site_of(call).and_then(|site| site.shape.method.as_deref()) else { return false };
        if words::takes_some(method) {
            return false;
        }
        if words::takes_all(method) {
            return true;
        }
        at = call;
    }
    false
}

/// Whether an exception, the next turn of a loop or the end of a start-up leaves something that goes by itself.
fn settles(context: &Context<'_>, acquisition: &Acquisition<'_>, leak: &Leak, runs: &Runs) -> bool {
    let passing = leak.raised.is_some()
        || matches!(leak.end, End::Overwritten(_))
        || *runs == Runs::Once
        || context.family() == Family::Python;
    acquisition.acquire.settles && (passing || matches!(leak.end, End::Dropped(_)) && is_of_given(context, acquisition))
}

/// Whether the file is what a shell runs, and nothing says that the function runs again and again.
fn is_of_script(tracker: &Tracker<'_>, runs: &Runs) -> bool {
    let context = tracker.context;
    context.family() == Family::JavaScript
        && context.source.text.starts_with("#!")
        && tracker.acquire.kind == "resource"
        && !matches!(runs, Runs::Repeatedly(_))
}

/// Whether the function is a helper of the `main` beside it.
fn is_of_program(tracker: &Tracker<'_>) -> bool {
    let context = tracker.context;
    let function = &context.module.functions[context.module.outermost(tracker.function)];
    context.family() == Family::Java && function.is_static && is_program(context)
}

/// Whether it was got, for one call, from what the caller has, who ends that.
fn is_of_given(context: &Context<'_>, acquisition: &Acquisition<'_>) -> bool {
    let object = context.part(acquisition.site.expr, &Part::Receiver).map(|object| context.module.peel(object));
    acquisition.acquire.source == Some(Part::Receiver)
        && object.is_some_and(|object| {
            matches!(context.module.kind(object), ExprKind::Variable(id)
            if matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)))
        })
}

/// `Reader(open(path)).read()`: no name ever stands for the file or for what was made of it.
fn is_nameless(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, leak: &Leak) -> bool {
    let context = tracker.context;
    let Use::Argument(outer, _) = context.uses(acquisition.site.expr) else { return false };
    let constructed = context.site_of(outer).is_some_and(|site| site.shape.constructs);
    constructed
        && leak.raised.is_none()
        && acquisition.acquire.kind == "resource"
        && matches!(context.uses(outer), Use::Receiver(call) if !matches!(context.uses(call), Use::Returned | Use::Stored(_)))
}

fn confidence(leak: &Leak, released: bool, passed: bool) -> (Confidence, String) {
    match leak.level {
        None if !released && !passed => (Confidence::High, "nothing releases it on any way out".to_owned()),
        None => (Confidence::Medium, "it is released on other ways, and not on this one".to_owned()),
        Some(Level::Explicit) => (Confidence::Medium, "the exception that skips the release is thrown here".to_owned()),
        Some(Level::Likely) => {
            (Confidence::Medium, "the call before the release fails for reasons outside the program".to_owned())
        }
        Some(Level::Unlikely) => {
            (Confidence::Low, "only an exception of an arbitrary call skips the release".to_owned())
        }
    }
}

/// Whether the call that may raise before the thing is handed on is one that does fail: the author catches it, it is
/// about something else, or it connects; not the writing of a header.
fn is_gap(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, leak: &Leak) -> bool {
    let context = tracker.context;
    let kind = context.module.functions[tracker.function].kind;
    let lambda = kind == FunctionKind::Lambda;
    // A method that begins something says itself that it failed.
    if leak.field && kind == FunctionKind::Method {
        return true;
    }
    let Some(raise) = leak.raised.filter(|_| !leak.field && !lambda) else { return false };
    // Checked exceptions: calls that the tables name, and those that get the thing, are declared to fail.
    if context.family() == Family::Java {
        return true;
    }
    let call = match context.module.kind(raise.at) {
        ExprKind::Await(inner) => *inner,
        _ => raise.at,
    };
    let Some(site) = context.site_of(call) else { return true };
    let name = name_of(context, site, tracker.callee(call));
    site.catches > 0
        || !is_own_method(context, acquisition, call)
        || (words::reaches_out(&name) && !words::is_file_method(&name))
}

/// Whether what raises is the wait for a promise that this very code makes and settles.
fn waits_for_own(context: &Context<'_>, raise: Raise) -> bool {
    let ExprKind::Await(inner) = context.module.kind(raise.at) else { return false };
    match context.module.kind(context.definition(*inner)) {
        ExprKind::Call { callee, constructs: true, .. } => {
            context.module.path(*callee).is_some_and(|path| path.last().ends_with("Promise"))
        }
        _ => false,
    }
}

/// Whether a call is of a method of the thing itself, by the name it was given first.
pub(super) fn is_own_method(context: &Context<'_>, acquisition: &Acquisition<'_>, call: ExprId) -> bool {
    let module = context.module;
    let Some(object) = context.part(call, &Part::Receiver).map(|object| module.peel(object)) else { return false };
    if object == acquisition.site.expr {
        return true;
    }
    match (context.uses(acquisition.site.expr), module.kind(object)) {
        (Use::Stored(target), ExprKind::Variable(id)) => {
            matches!(module.kind(target), ExprKind::Variable(named) if named == id)
        }
        _ => false,
    }
}

/// Code that runs once: how sure a finding can be there at most; none for what may well live as long as the process.
fn once(
    context: &Context<'_>,
    acquisition: &Acquisition<'_>,
    leak: &Leak,
    runs: &Runs,
) -> Option<(Option<Confidence>, &'static str)> {
    if *runs != Runs::Once {
        return None;
    }
    let kind = acquisition.acquire.kind.as_str();
    if matches!(kind, "executor" | "client") {
        return Some((None, ""));
    }
    // What a class or a container does when it starts is followed by all the rest of the process.
    if kind == "resource" && context.family() == Family::Java && !is_program(context) && leak.raised.is_none() {
        return Some((
            Some(Confidence::Medium),
            "it stays open until the collector finds it, though the code runs once",
        ));
    }
    Some((Some(Confidence::Low), "the code runs once, and the process ends soon or needs it all the time"))
}

/// Whether the file is a program that ends with its `main`.
fn is_program(context: &Context<'_>) -> bool {
    let shown = by_path(context) == Some(Runs::Once);
    shown
        || context
            .module
            .functions
            .iter()
            .any(|(_, function)| function.is_static && function.name.as_deref() == Some("main"))
}

fn is_told_yes(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return false };
    let yes = |given: &Argument| matches!(context.module.kind(given.value), ExprKind::Literal(Literal::Bool(true)));
    arguments.iter().any(yes)
}

fn wording(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>) -> Words {
    let context = tracker.context;
    let thing = what(&acquisition.acquire);
    let name = match &acquisition.how {
        Held::Parameter { variable, .. } => Some(context.module.variables[*variable].name.to_string()),
        Held::Named => context
            .part(acquisition.site.expr, acquisition.acquire.handle.as_ref().unwrap_or(&Part::Receiver))
            .map(|expr| context.text(expr)),
        Held::From { .. } => match context.uses(acquisition.site.expr) {
            Use::Stored(target) => Some(context.text(target)),
            _ => None,
        },
    };
    let subject = match name {
        Some(name) => format!("`{name}` ({thing})"),
        None => format!("the {thing} of `{}`", context.text(acquisition.site.expr)),
    };
    let closes = |wanted: &str| acquisition.acquire.closes.iter().any(|close| close == wanted);
    let done = match acquisition.acquire.kind.as_str() {
        "executor" if closes("shutdown") => "shut down",
        "executor" => "stopped",
        "lock" if closes("unlock") => "unlocked",
        "transaction" => "ended",
        "connection" if !closes("close") => "released",
        "thread-local" => "removed",
        _ if closes("close") || closes("end") => "closed",
        _ => "released",
    };
    let raises = if context.family() == Family::Python { "raises" } else { "throws" };
    Words { subject, done, raises }
}

fn message(context: &Context<'_>, words: &Words, leak: &Leak, released: bool) -> String {
    let Words { subject, done, raises } = words;
    match (leak.raised, leak.end) {
        (Some(raise), _) if raise.level == Level::Explicit => {
            format!("{subject} is not {done} when {} here", thrown(context, raise))
        }
        (Some(raise), _) => format!("{subject} is not {done} when `{}` {raises}", call_text(context, raise.at)),
        (None, End::Overwritten(_)) => format!("{subject} is overwritten before it is {done}"),
        (None, End::Dropped(at)) if at != ExprId::from_raw(0.into()) => {
            format!("{subject} is never {done}: nothing keeps it")
        }
        (None, _) if released && leak.returned.is_some() => format!("{subject} is not {done} on this return"),
        (None, _) if released => format!("{subject} is not {done} on every way out"),
        (None, _) => format!("{subject} is never {done}"),
    }
}

fn thrown(context: &Context<'_>, raise: Raise) -> String {
    let text = context.text(raise.at);
    format!("`{text}` is {}", if context.family() == Family::Python { "raised" } else { "thrown" })
}

/// `work()` of a call; arguments are left out.
fn call_text(context: &Context<'_>, expr: ExprId) -> String {
    let expr = match context.module.kind(expr) {
        ExprKind::Await(inner) => *inner,
        _ => expr,
    };
    match context.module.kind(expr) {
        ExprKind::Call { callee, arguments, constructs, .. } => {
            let name = match (context.site_of(expr), constructs) {
                (Some(site), true) => name_of(context, site, *callee),
                _ => context.text(*callee),
            };
            let new = if *constructs && context.family() != Family::Python { "new " } else { "" };
            format!("{new}{name}({})", if arguments.is_empty() { "" } else { "…" })
        }
        _ => context.text(expr),
    }
}

fn steps<'a>(mut story: Story<'a>, tracker: &Tracker<'a>, words: &Words, leak: &Leak, ways: &Ways) -> Story<'a> {
    let context = tracker.context;
    let Words { done, raises, .. } = words;
    if let Some(raise) = leak.raised {
        let message = if raise.level == Level::Explicit {
            format!("left here, before it is {done}")
        } else {
            format!("when `{}` {raises}, it is not {done}", call_text(context, raise.at))
        };
        story = story.step(StepKind::Missed, context.span(raise.at), message);
    }
    match leak.end {
        End::Overwritten(at) => {
            story = story.step(StepKind::Missed, context.span(at), "its last name gets another value here");
        }
        End::Dropped(at) if leak.raised.is_none() => {
            story = story.step(StepKind::Missed, context.span(at), "nothing can name it after this");
        }
        End::Function | End::Dropped(_) => {
            if let Some(span) = leak.returned {
                story = story.step(StepKind::Missed, span, format!("this return leaves before it is {done}"));
            } else if leak.raised.is_none() {
                let holder = &context.module.functions[tracker.function];
                story = story.step(
                    StepKind::Missed,
                    context.source.first_line(holder.name_span),
                    format!("the function ends and it is not {done}"),
                );
            }
        }
    }
    for released in ways.released.iter().take(2) {
        story = story.step(StepKind::Released, context.span(*released), format!("{done} only here"));
    }
    story
}
