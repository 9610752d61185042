//! Pairs of functions, of which the one puts several listeners on an object and the other takes off all but a few:
//! `bind(player)` and `unbind(player)`.

use super::excuses::is_on_element;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::{Case, How, Life};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprKind, FunctionId, Place, Root, VariableKind};
use crate::project::Candidate;

/// The verdict on a listener that stays on an object when another function takes off those that were put on with it.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript
        || case.acquire.kind != "listener"
        || case.acquire.once
        || case.life == Life::Own
        || case.acquire.key.len() < 3
        || context.uses(case.site.expr) != Use::Dropped
        || case.releases.iter().any(|found| !matches!(found.how, How::Differs(_)))
        || case.is_terminal()
        // Who takes off the others still wants no error that nobody hears of.
        || case.event().as_deref() == Some("error")
        || is_on_element(case)
    {
        return None;
    }
    let source = source(context, case.site, case.acquire)?;
    if context.sites.iter().any(|release| undoes(context, release, case.acquire, case.site)) {
        return None;
    }
    let (mut partner, mut taken, mut left) = (None, 0_u8, 0_u8);
    for site in context.sites_in(case.site.function) {
        let Some(acquire) = alike(case, site, &source) else { continue };
        match context.sites.iter().find(|release| undoes(context, release, acquire, site)) {
            Some(release) if context.uses(release.expr) == Use::Dropped => {
                if partner.is_some_and(|partner: &CallSite| partner.function != release.function) {
                    return None;
                }
                partner = Some(release);
                taken += 1;
            }
            Some(_) => return None,
            None => left += 1,
        }
    }
    let partner = partner.filter(|partner| taken >= left.max(2) && is_apart(case, partner.function))?;
    let thing = what(case.acquire);
    let name = context.module.functions[partner.function].name.clone()?;
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!(
                "the {thing} on `{}` stays: `{name}` takes off those that were added with it",
                case.source_text()
            ))
            .confidence(Confidence::Medium, "what takes the others off the same object leaves this one")
            .step(StepKind::Released, context.span(partner.expr), "another one is taken off here, and not this one")
            .end(),
    )
}

/// The same kind of registration on the same object, in the same function.
fn alike<'a>(case: &Case<'a>, site: &'a CallSite, source: &Place) -> Option<&'a Acquire> {
    let context = case.context;
    let acquire =
        site.acquires.iter().map(AsRef::as_ref).find(|acquire: &&Acquire| acquire.call == case.acquire.call)?;
    let same = site.shape.method == case.site.shape.method
        && self::source(context, site, acquire).as_ref() == Some(source)
        && site.block == case.site.block;
    same.then_some(acquire)
}

fn source(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<Place> {
    context.part(site.expr, acquire.source.as_ref()?).and_then(|source| context.place(source))
}

/// Whether a call undoes a registration; what two functions are given under the same name is the same.
fn undoes(context: &Context<'_>, release: &CallSite, acquire: &Acquire, site: &CallSite) -> bool {
    let given = |place: &Place| match place.root {
        Root::Variable(id) => {
            let variable = &context.module.variables[id];
            (matches!(variable.kind, VariableKind::Parameter(_) | VariableKind::Local))
                .then(|| (variable.name.clone(), place.path.clone()))
        }
        _ => None,
    };
    release.expr != site.expr
        && identity::releases_of(release, acquire).any(|table| {
            let alike = |wanted, other| {
                let (Some(wanted), Some(other)) = (context.place(wanted), context.place(other)) else { return false };
                given(&wanted).is_some_and(|wanted| given(&other) == Some(wanted))
            };
            let found = identity::match_key_by(context, release, table, acquire, site.expr, alike);
            found == Some(identity::KeyMatch::Full)
        })
}

/// Whether two functions are no parts of each other, and the one that releases neither ends the source nor names the
/// event in another way.
fn is_apart(case: &Case<'_>, partner: FunctionId) -> bool {
    let context = case.context;
    let (module, function) = (context.module, case.site.function);
    let event = |site: &CallSite| context.part(site.expr, case.acquire.key.get(1)?).map(|event| context.text(event));
    let names = |site: &CallSite| !site.acquires.is_empty() && event(site) == event(case.site);
    !module.encloses(function, partner)
        && !module.encloses(partner, function)
        && !ends_source(case, partner)
        && !context.sites_in(partner).any(names)
}

/// Whether a function ends what the listener is on, or takes everything off it, under the same name.
#[must_use]
pub fn ends_source(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let source = case.source_text();
    context.sites_in(function).any(|site| {
        // What is stopped may be started again, with its listeners.
        let ends = |method: &str| method != "stop" && words::ends_whole(method) || words::takes_all(method);
        let whole = site.shape.method.as_deref().is_some_and(ends);
        let alone = matches!(context.module.kind(site.expr), ExprKind::Call { arguments, .. } if arguments.len() < 2);
        let receiver = context.part(site.expr, &Part::Receiver).map(|receiver| context.text(receiver));
        whole && alone && receiver.is_some_and(|receiver| receiver == source)
    })
}
