//! Acquisitions inside a teardown: `on` where `off` was meant, setup and cleanup the wrong way round.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::releases::How;
use crate::analyses::pairing::owner::{Case, Life};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis};
use crate::finding::{Confidence, StepKind};
use crate::model::{ClassId, ExprId, ExprKind, FunctionId};
use crate::project::{Candidate, Facts};

/// Adds the registrations that a teardown makes once more, word for word, with methods that no table has to know.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    for (class, _) in context.module.classes.iter() {
        let teardowns = owners::lifecycle(context, class).teardowns;
        for teardown in &teardowns {
            let again = context.sites_in(*teardown).filter_map(|site| repeated(context, class, &teardowns, site));
            facts.candidates.extend(again);
        }
    }
}

fn repeated(context: &Context<'_>, class: ClassId, teardowns: &[FunctionId], site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    let method = site.shape.method.as_deref()?;
    let ExprKind::Call { arguments, .. } = module.kind(site.expr) else { return None };
    // A table that knows the call leads to the verdict below.
    if !words::registers(method) || arguments.len() < 2 || !site.acquires.is_empty() {
        return None;
    }
    let text = |site: &CallSite| context.source.slice(context.span(site.expr));
    let first = context.sites_of(class).find(|other| {
        !teardowns.contains(&other.function)
            && other.shape.method.as_deref() == Some(method)
            && text(other) == text(site)
    })?;
    let data = &module.functions[site.function];
    let acquire = Acquire::by_result("listener", "listener", "take it off here");
    let story = Story::new(context, site.expr, site.function, &acquire, Analysis::Pairing)?;
    let name = data.name.as_deref().unwrap_or("the cleanup");
    Some(
        story
            .message(format!("the listener is registered while `{name}` ends its object, and nothing removes it"))
            .confidence(Confidence::High, "it stands in the teardown, where a removal was meant")
            .step(StepKind::Acquired, context.span(first.expr), "the same is registered here")
            .end(),
    )
}

/// The verdict on what a teardown registers, where the same stands, or is removed, outside of the teardowns.
#[must_use]
pub fn judge(case: &Case<'_>, reached: &FxHashSet<FunctionId>, owner: &str, analysis: Analysis) -> Option<Candidate> {
    let context = case.context;
    if case.acquire.key.len() < 2 || case.acquire.once {
        return None;
    }
    let released_there = case.releases.iter().any(|found| found.how == How::Full && reached.contains(&found.function));
    if released_there {
        return None;
    }
    let twin = twin(case, |function| !reached.contains(&function));
    let removed = case
        .releases
        .iter()
        .find(|found| found.how == How::Full && !reached.contains(&found.function))
        .map(|found| found.call)
        .filter(|_| analysis == Analysis::Hook && case.life != Life::Own);
    let other = twin.or(removed)?;
    let thing = what(case.acquire);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, analysis)?;
    let said = if twin.is_some() { "the same is registered here" } else { "the same is removed here" };
    Some(
        story
            .message(format!("the {thing} is registered while {owner} ends, and nothing removes it afterwards"))
            .confidence(Confidence::High, "it stands in the teardown, where a removal was meant")
            .step(StepKind::Released, context.span(other), said)
            .end(),
    )
}

/// The verdict on a registration among removals: the same, and what those remove, is registered in another function.
#[must_use]
pub fn among_removals(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if case.acquire.key.len() < 2 || case.acquire.once || !case.releases.is_empty() {
        return None;
    }
    let twin = twin(case, |function| function != case.site.function)?;
    let there = context.function_of(twin)?;
    // What this function takes off, and the other one puts on.
    let undone = context.sites_in(case.site.function).filter(|site| {
        context.sites_in(there).any(|other| {
            other.acquires.iter().any(|acquire| {
                acquire.kind == case.acquire.kind && identity::released_by_key(context, site, acquire, other)
            })
        })
    });
    let added = context
        .sites_in(case.site.function)
        .filter(|site| site.acquires.iter().any(|acquire| acquire.kind == case.acquire.kind && !acquire.once));
    if undone.count() < 2 || added.count() > 1 {
        return None;
    }
    let thing = what(case.acquire);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    // An element takes the same listener once, and goes with those it belongs to.
    let (confidence, reason) = if case.acquire.idempotent && case.life != Life::Process {
        (Confidence::Low, "it stands where a removal was meant, and does nothing: the element has it already")
    } else {
        (Confidence::High, "it stands where a removal was meant")
    };
    Some(
        story
            .message(format!("the {thing} is registered a second time, among removals, and nothing removes it"))
            .confidence(confidence, reason)
            .step(StepKind::Released, context.span(twin), "the same is registered here")
            .end(),
    )
}

/// Another registration of the same, in a function that fits.
pub fn twin(case: &Case<'_>, fits: impl Fn(FunctionId) -> bool) -> Option<ExprId> {
    let context = case.context;
    let key = identity::key_of(context, case.site.expr, &case.acquire.key);
    if key.len() < 2 || key.iter().any(Option::is_none) {
        return None;
    }
    let twin = context.sites.iter().find(|site| {
        fits(site.function)
            && site.expr != case.site.expr
            && site.acquires.iter().any(|acquire| acquire.kind == case.acquire.kind)
            && identity::key_of(context, site.expr, &case.acquire.key) == key
    })?;
    Some(twin.expr)
}
