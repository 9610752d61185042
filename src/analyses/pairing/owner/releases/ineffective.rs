//! Releases that are there and release nothing: another function object is taken off.

use super::How;
use crate::analyses::context::CallSite;
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::{self, Case};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::finding::{Confidence, StepKind};
use crate::project::Candidate;

/// The verdict on a callback made on the spot, where the code that should take it off names another one.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let callback = case.acquire.key.iter().position(|part| Some(part) == case.acquire.callback.as_ref())?;
    let given = context.part(case.site.expr, &case.acquire.key[callback])?;
    if case.acquire.once || context.place(given).is_some() {
        return misnamed(case, callback);
    }
    let others = case.releases.iter().all(|found| found.how == How::Differs(vec![callback]));
    // What is taken off before in the same code is something else.
    let start = context.span(case.site.expr).start;
    let later = |found: &&owner::Found| found.function != case.site.function || found.taken.start > start;
    let found = case.releases.iter().filter(later).find(|found| !has_partner(case, found))?;
    if !others {
        return None;
    }
    let thing = what(case.acquire);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!("the {thing} is never released: what is removed is another function"))
            .confidence(Confidence::Medium, "a function made on the spot cannot be named when it is to be removed")
            .step(StepKind::Released, context.span(found.call), "names another function")
            .end(),
    )
}

/// The verdict on a callback with a name, where the only removal of its event names the function of another event.
fn misnamed(case: &Case<'_>, callback: usize) -> Option<Candidate> {
    let context = case.context;
    let [found] = case.releases.as_slice() else { return None };
    if found.how != How::Differs(vec![callback]) || case.life == owner::Life::Own {
        return None;
    }
    let release = context.site_of(found.call)?;
    let undoes = |site: &CallSite| {
        site.acquires.iter().any(|acquire| identity::released_by_key(context, release, acquire, site))
    };
    // The function that it names is a listener of the same source, of another event.
    let named = |site: &CallSite| {
        site.expr != case.site.expr
            && site.acquires.iter().any(|acquire| {
                let Some(part) = acquire.key.get(callback).filter(|_| acquire.kind == case.acquire.kind) else {
                    return false;
                };
                let place = context.part(site.expr, part).and_then(|expr| context.place(expr));
                let given = identity::releases_of(release, acquire)
                    .filter_map(|table| context.part(release.expr, table.key.get(callback)?))
                    .find_map(|expr| context.place(expr));
                place.is_some() && place == given && same_source(case, site)
            })
    };
    if context.sites.iter().any(undoes) || !context.sites.iter().any(named) {
        return None;
    }
    let thing = what(case.acquire);
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!("the {thing} is never released: what is removed is the function of another event"))
            .confidence(Confidence::Medium, "the function that the removal names was never added for this event")
            .step(StepKind::Released, context.span(found.call), "names the function of another event")
            .end(),
    )
}

/// Whether another registration is on the same source.
fn same_source(case: &Case<'_>, other: &CallSite) -> bool {
    let place = |site: &CallSite| {
        let part = case.acquire.source.as_ref()?;
        case.context.part(site.expr, part).and_then(|expr| case.context.place(expr))
    };
    let own = place(case.site);
    own.is_some() && own == place(other)
}

/// Whether a release undoes another acquisition of the file.
fn has_partner(case: &Case<'_>, found: &owner::Found) -> bool {
    let context = case.context;
    let Some(release) = context.site_of(found.call) else { return true };
    context.sites.iter().filter(|site| site.expr != case.site.expr).any(|site| {
        site.acquires.iter().any(|acquire| {
            let Some(part) = acquire.callback.as_ref() else { return false };
            let Some(place) = context.part(site.expr, part).and_then(|expr| context.place(expr)) else { return false };
            identity::releases_of(release, acquire).flat_map(|table| &table.key).any(|part| {
                context.part(release.expr, part).and_then(|expr| context.place(expr)).as_ref() == Some(&place)
            })
        })
    })
}
