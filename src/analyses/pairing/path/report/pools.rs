//! What a pool of threads or a client leaves behind where it is lost: often nothing.

use super::lost::Lost;
use crate::analyses::context::Use;
use crate::analyses::pairing::path::ways::End;
use crate::analyses::pairing::path::words;
use crate::model::{ExprId, ExprKind, Root, Step};

/// Whether nothing says that more than one client is made.
#[must_use]
pub fn is_made_once(lost: &Lost<'_, '_>) -> bool {
    lost.kind() == "client" && lost.raised().is_none() && !lost.released() && !runs_again(lost)
}

/// Whether a pool or timer is lost only when its thread is interrupted: `latch.await()`.
#[must_use]
pub fn is_interrupted(lost: &Lost<'_, '_>) -> bool {
    let Some(raise) = lost.raised().filter(|_| lost.is_java() && matches!(lost.kind(), "executor" | "timer")) else {
        return false;
    };
    let site = lost.context().site_of(raise.at);
    site.and_then(|site| site.shape.method.as_deref()).is_some_and(words::fails_by_interrupt)
}

/// Whether the threads of a pool end when nothing holds it.
#[must_use]
pub fn ends_itself(lost: &Lost<'_, '_>) -> bool {
    lost.kind() == "executor" && lost.acquisition.acquire.finalized
}

/// Whether the call that gives a pool is named like one that gives what others have too.
#[must_use]
pub fn is_got(lost: &Lost<'_, '_>) -> bool {
    lost.kind() == "executor" && lost.acquisition.site.shape.method.as_deref().is_some_and(words::is_getter)
}

/// Whether nothing has asked anything of the pool before it is lost, and it starts its threads with the first task.
#[must_use]
pub fn is_idle(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let starts_late = acquisition.acquire.closes.iter().any(|close| close == "shutdownNow");
    if lost.kind() != "executor" || !starts_late || !lost.is_java() {
        return false;
    }
    let lost_at = match (lost.raised(), lost.leak.end) {
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
    let deeper = context.site_of(lost_at).is_some_and(|site| site.loops > acquisition.site.loops);
    let looped = deeper || context.span(lost_at).start < begin;
    let end = if looped { u32::MAX } else { context.span(lost_at).end };
    let asks_nothing = |used: ExprId| match context.uses(used) {
        Use::Receiver(call) => {
            context.site_of(call).and_then(|site| site.shape.method.as_deref()).is_some_and(words::is_harmless)
        }
        _ => context.is_target(used),
    };
    let within = |used: &ExprId| {
        context.function_of(*used).is_some_and(|at| context.module.encloses(lost.tracker.function, at))
            && (begin..end).contains(&context.span(*used).start)
    };
    named.into_iter().filter(within).all(asks_nothing)
}

/// Whether the function runs for one thing after another: it is given something, answers, or something repeats it.
fn runs_again(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let functions = &context.module.functions;
    let mut around = std::iter::successors(Some(acquisition.function), |function| functions[*function].parent);
    lost.repeats()
        || acquisition.site.loops > 0
        || around.any(|function| {
            let answers = |step: &Step| matches!(step, Step::Return(Some(_), _));
            let mut blocks = functions[function].cfg.blocks.iter();
            !functions[function].parameters.is_empty() || blocks.any(|(_, block)| block.steps.iter().any(answers))
        })
}
