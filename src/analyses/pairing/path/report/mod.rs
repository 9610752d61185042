//! The finding of an obligation that is lost on some way.

mod attached;
mod doubts;
mod lent;
mod lost;
mod pools;
pub mod quiet;
mod spared;
mod told;

use self::lost::Lost;
use super::acquire::{Acquisition, gives};
use super::raises::Level;
use super::track::Tracker;
use super::ways::{End, Leak, Ways};
use crate::analyses::callers;
use crate::analyses::context::{Context, Use};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::Story;
use crate::catalogue::Analysis;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{Argument, ExprId, ExprKind, Literal};
use crate::project::{Candidate, Question};
use crate::source::Span;

/// The finding, if the way is one to report.
#[must_use]
pub fn candidate(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, ways: &Ways) -> Option<Candidate> {
    judge(tracker, acquisition, ways, None)
}

/// The finding for the case that functions of other files leave open what they were lent.
#[must_use]
pub fn if_left_open(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, ways: &Ways) -> Option<Candidate> {
    let mut asked = Vec::new();
    let mut candidate = judge(tracker, acquisition, ways, Some(&mut asked))?;
    let shown = !asked.is_empty() && candidate.finding.confidence >= Confidence::Medium;
    candidate.only_if.extend(asked);
    shown.then_some(candidate)
}

fn judge(
    tracker: &Tracker<'_>,
    acquisition: &Acquisition<'_>,
    ways: &Ways,
    mut left: Option<&mut Vec<Question>>,
) -> Option<Candidate> {
    let context = tracker.context;
    let leak = ways.leak.as_ref().filter(|_| !ways.given_up)?;
    let runs = runs(context, acquisition.site.function);
    let lost = Lost { tracker, acquisition, ways, leak, runs };
    if is_answered_for(&lost) {
        return None;
    }
    let (mut confidence, mut reason) = lost.confidence();
    if let Some(why) = doubts::doubt(&lost) {
        (confidence, reason) = (Confidence::Low, why);
    }
    let mut questions = Vec::new();
    // Where it is given back on another way, those who were lent it do not close it.
    let gap = lost.passed() && leak.raised.is_some();
    if !lost.released() && !gap {
        let unknown = lent::may_end(tracker, &mut questions, left.as_deref_mut());
        let asks = !questions.is_empty() || left.is_some_and(|asked| !asked.is_empty());
        if unknown && confidence > Confidence::Low {
            (confidence, reason) =
                (Confidence::Low, "a function that the file does not show was given it, and may close it");
        } else if asks && confidence > Confidence::Medium {
            (confidence, reason) =
                (Confidence::Medium, "it is never released here; the functions that get it do not release it either");
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
        questions.extend(attached::question(&lost));
    }
    // What the whole program does once ends with its process.
    if confidence >= Confidence::Medium && !acquisition.acquire.persists {
        questions.extend(callers::question(context, acquisition.site.function));
    }
    // What may be nothing at all is not worth the reading of other files unless a finding would show.
    if acquisition.only_if.is_some() && (confidence < Confidence::Medium || leak.raised.is_some()) {
        return None;
    }
    let words = told::wording(&lost);
    let story =
        Story::new(context, acquisition.site.expr, acquisition.site.function, &acquisition.acquire, Analysis::Pairing)?
            .message(told::message(&lost, &words))
            .confidence(confidence, reason);
    let story = questions.into_iter().fold(story, Story::unless);
    let story = acquisition.only_if.iter().cloned().fold(story, Story::only_if);
    let story = match &lost.runs {
        Runs::Repeatedly(per) => {
            let holder = &context.module.functions[acquisition.site.function];
            let called = per == "in a loop" && acquisition.site.loops == 0;
            let says = if called { "is called in a loop".to_owned() } else { format!("runs {per}") };
            story.step(StepKind::Runs, context.source.first_line(holder.name_span), says)
        }
        _ => story,
    };
    Some(told::steps(story, &lost, &words).end())
}

/// Whether somebody else has it, or may well have it.
fn is_answered_for(lost: &Lost<'_, '_>) -> bool {
    let (context, leak) = (lost.context(), lost.leak);
    // An object of a class that the file does not show may answer for it.
    // Where the function gives that object to its caller, nobody has it when an exception is thrown on purpose.
    let caught = |at| context.site_of(at).is_some_and(|site| site.catches > 0);
    let thrown_away =
        lost.passed() && leak.raised.is_some_and(|raise| raise.level == Level::Explicit || caught(raise.at));
    let kept = leak.kept && !lost.released() && !thrown_away && !is_nameless(lost);
    let by_use = lost.acquisition.by_use && !leaves_before_close(context, leak, lost.ways);
    // Clients are kept on purpose; what a failed constructor leaves of one goes with it.
    let client = leak.field && lost.kind() == "client";
    // The process needs what it makes once all the time.
    let needed = lost.runs == Runs::Once && matches!(lost.kind(), "executor" | "client");
    kept || by_use || client || needed
}

/// Whether a `return` leaves in front of a close that the function would have come to: what is closed only where
/// something failed may well be handed on where nothing did.
fn leaves_before_close(context: &Context<'_>, leak: &Leak, ways: &Ways) -> bool {
    let closes_after = |exit: Span| ways.released.iter().any(|call| context.span(*call).start > exit.start);
    leak.end == End::Function && leak.raised.is_none() && leak.returned.is_some_and(closes_after)
}

/// `Reader(open(path)).read()`: no name ever stands for the file or for what was made of it.
fn is_nameless(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let Use::Argument(outer, _) = context.uses(acquisition.site.expr) else { return false };
    let constructed = context.site_of(outer).is_some_and(|site| site.shape.constructs);
    constructed
        && lost.raised().is_none()
        && lost.kind() == "resource"
        && matches!(context.uses(outer), Use::Receiver(call) if !matches!(context.uses(call), Use::Returned | Use::Stored(_)))
}

fn is_told_yes(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return false };
    let yes = |given: &Argument| matches!(context.module.kind(given.value), ExprKind::Literal(Literal::Bool(true)));
    arguments.iter().any(yes)
}
