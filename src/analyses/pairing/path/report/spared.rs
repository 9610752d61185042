//! Python: ways that the code around a handle answers for.

use super::lost::Lost;
use crate::analyses::pairing::owner::threads;
use crate::lang::Family;
use crate::model::{BlockId, ExprId, ExprKind, Step, Terminator};

/// How many handlers around a call are looked at.
const DEPTH: usize = 6;

/// Whether the function is all that a thread does, and it reads in a loop from what it has opened before: that is open
/// as long as the thread runs, and Python closes it then.
#[must_use]
pub fn serves_thread(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let counted = acquisition.acquire.counted && context.family() == Family::Python;
    if !counted || lost.raised().is_some() || lost.released() || acquisition.site.loops > 0 {
        return false;
    }
    let works = context.sites_in(lost.tracker.function).any(|site| {
        site.loops > 0 && (acquisition.is_receiver_of(context, site.expr) || lost.tracker.was_handed(site.expr))
    });
    works && context.sites.iter().any(|site| threads::body(context, site) == Some(lost.tracker.function))
}

/// Whether the way leads through a `finally` that releases it where a condition holds: the author says when it is open.
#[must_use]
pub fn is_guarded_in_finally(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let Some(raise) = lost.raised().filter(|_| context.family() == Family::Python) else { return false };
    let cfg = &context.module.functions[lost.tracker.function].cfg;
    // Each way through a `finally` has its own blocks.
    let holding = |expr: ExprId| {
        let holds = move |step: &Step| matches!(step, Step::Eval(other) if *other == expr);
        cfg.blocks.iter().filter(move |(_, block)| block.steps.iter().any(holds))
    };
    let released: Vec<BlockId> = lost
        .ways
        .released
        .iter()
        .filter(|call| context.site_of(**call).is_some_and(|site| site.cleanup))
        .flat_map(|call| holding(*call).map(|(id, _)| id))
        .collect();
    let mut handlers = holding(raise.at).flat_map(|(_, block)| {
        std::iter::successors(Some(block.handler), |at| Some(cfg.blocks[*at].handler)).take(DEPTH)
    });
    // What is asked of the thing itself, the walk through the ways has answered.
    let asks = |to: BlockId| {
        cfg.blocks.iter().any(|(_, block)| match block.terminator {
            Terminator::Branch { condition, then, otherwise } => {
                (then == to || otherwise == to) && matches!(context.module.kind(condition), ExprKind::Call { .. })
            }
            _ => false,
        })
    };
    handlers.any(|handler| released.iter().any(|end| asks(*end) && cfg.leads(handler, *end)))
}
