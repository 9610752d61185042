//! What speaks for an acquisition that is not reported: for `why`.

use super::identity;
use super::owner::{self, Elements, How, Life};
use super::path;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::story;
use crate::catalogue::Acquire;
use crate::finding::Quiet;
use crate::model::ExprKind;

/// Why what a call acquires is not reported; none when the call acquires nothing that a table knows.
#[must_use]
pub fn quiet(context: &Context<'_>, site: &CallSite) -> Option<Quiet> {
    let acquire = site.acquires.first()?;
    let by_owner = || site.acquires.iter().find_map(|acquire| settled(context, site, acquire));
    let nothing = || {
        let becomes = "is not reported: nothing shows that it outlives its use and is lost";
        story::quiet(context, site.expr, acquire, becomes, Vec::new())
    };
    let by_path = path::quiet(context, site.expr);
    Some(by_path.or_else(by_owner).unwrap_or_else(nothing))
}

fn settled(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<Quiet> {
    let told = |becomes: &str| Some(story::quiet(context, site.expr, acquire, becomes, Vec::new()));
    if acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted)) {
        return told("ends by itself, as the call says");
    }
    if !identity::is_meant_to_end(context, acquire) {
        return told("is not meant to end");
    }
    if context.uses(site.expr) == Use::Entered {
        return told("is released when the block ends that it is entered for");
    }
    let holding = owner::holding(context, site.expr, acquire);
    let found = owner::find(context, site, acquire, &holding, &Elements::new(context));
    let releases: Vec<_> = found.iter().filter(|found| !matches!(found.how, How::Differs(_))).collect();
    if !releases.is_empty() {
        let steps = releases.iter().map(|found| story::released(context, found.call)).collect();
        return Some(story::quiet(context, site.expr, acquire, "is released elsewhere in the file", steps));
    }
    if holding.settled {
        return told("is settled on the spot");
    }
    if holding.handed_on {
        return match context.uses(site.expr) {
            Use::Argument(taker, _) => {
                told(&format!("is handed to `{}`, which answers for it", callee(context, taker)))
            }
            Use::Returned => told("is given back to whoever calls, who answers for it"),
            _ => told("is handed on to somebody who answers for it"),
        };
    }
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part))?;
    match owner::life(context, source, site.function) {
        Life::Own => told("is on something of its owner's own, and goes with it"),
        _ => None,
    }
}

/// The words of what a call calls.
fn callee(context: &Context<'_>, call: crate::model::ExprId) -> String {
    match context.module.kind(call) {
        ExprKind::Call { callee, .. } => context.text(*callee),
        _ => context.text(call),
    }
}
