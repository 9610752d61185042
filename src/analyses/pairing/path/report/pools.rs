//! What a pool of threads or a client leaves behind where it is lost: often nothing.

use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::path::acquire::Acquisition;
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::ways::{End, Leak};
use crate::analyses::pairing::path::words;
use crate::analyses::runs::{Runs, runs};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Root, Step};

/// Why little is left of a pool or client that is lost so, if it is.
#[must_use]
pub fn doubt(
    tracker: &Tracker<'_>,
    acquisition: &Acquisition<'_>,
    leak: &Leak,
    released: bool,
) -> Option<&'static str> {
    let kind = acquisition.acquire.kind.as_str();
    if kind == "client" && leak.raised.is_none() && !released && !runs_again(tracker.context, acquisition) {
        return Some("nothing says that it is made again and again");
    }
    if matches!(kind, "executor" | "timer") && leak.raised.is_some_and(|raise| is_interrupt(tracker, raise.at)) {
        return Some("only an interrupt, which mostly comes at the end of the program, skips the release");
    }
    if kind != "executor" {
        return None;
    }
    if acquisition.acquire.finalized {
        return Some("its threads end by themselves when nothing holds it any more");
    }
    if acquisition.site.shape.method.as_deref().is_some_and(words::is_getter) {
        return Some("by its name the call gives what others have too");
    }
    is_idle(tracker, acquisition, leak).then_some("it starts its threads with the first task, and has had none yet")
}

/// Whether a call fails only when its thread is interrupted: `latch.await()`.
fn is_interrupt(tracker: &Tracker<'_>, at: ExprId) -> bool {
    let context = tracker.context;
    context.family() == Family::Java
        && context.site_of(at).and_then(|site| site.shape.method.as_deref()).is_some_and(words::fails_by_interrupt)
}

/// Whether nothing has asked anything of the pool before it is lost.
fn is_idle(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, leak: &Leak) -> bool {
    let context = tracker.context;
    let starts_late = acquisition.acquire.closes.iter().any(|close| close == "shutdownNow");
    let lost = match (leak.raised, leak.end) {
        (Some(raise), _) => raise.at,
        (None, End::Overwritten(at)) => at,
        _ => return false,
    };
    let Use::Stored(target) = context.uses(acquisition.site.expr) else { return false };
    let named: Vec<ExprId> = match (context.module.kind(target), context.place(target).map(|place| place.root)) {
        (ExprKind::Variable(id), _) => context.reads(*id).to_vec(),
        (ExprKind::Member { name, .. }, Some(Root::This(class) | Root::Static(class))) => {
            context.field_uses(class, name).to_vec()
        }
        _ => return false,
    };
    // In a loop, what stands behind may have run before.
    let begin = context.span(acquisition.site.expr).end;
    let deeper = context.site_of(lost).is_some_and(|site| site.loops > acquisition.site.loops);
    let looped = deeper || context.span(lost).start < begin;
    let end = if looped { u32::MAX } else { context.span(lost).end };
    let asks_nothing = |used: ExprId| match context.uses(used) {
        Use::Receiver(call) => {
            context.site_of(call).and_then(|site| site.shape.method.as_deref()).is_some_and(words::is_harmless)
        }
        _ => context.is_target(used),
    };
    starts_late
        && context.family() == Family::Java
        && named
            .into_iter()
            .filter(|used| context.function_of(*used).is_some_and(|at| context.module.encloses(tracker.function, at)))
            .filter(|used| (begin..end).contains(&context.span(*used).start))
            .all(asks_nothing)
}

/// Whether the function runs for one thing after another: it is given something, answers, or something repeats it.
fn runs_again(context: &Context<'_>, acquisition: &Acquisition<'_>) -> bool {
    let functions = &context.module.functions;
    let mut around = std::iter::successors(Some(acquisition.function), |function| functions[*function].parent);
    matches!(runs(context, acquisition.site.function), Runs::Repeatedly(_))
        || acquisition.site.loops > 0
        || around.any(|function| {
            let answers = |step: &Step| matches!(step, Step::Return(Some(_), _));
            let mut blocks = functions[function].cfg.blocks.iter();
            !functions[function].parameters.is_empty() || blocks.any(|(_, block)| block.steps.iter().any(answers))
        })
}
