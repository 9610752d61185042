//! Listeners, timers, object URLs and the like that a function releases itself, on some ways and not on others.
//!
//! What is never released, or released by another function, is a matter of its owner.

use super::acquire::{self, Acquisition, Held};
use super::state::Holder;
use super::track::{Identity, Tracker};
use super::{Level, Paths, report, walk};
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::growth;
use crate::analyses::pairing::identity::{self, KeyMatch};
use crate::analyses::pairing::owner::{self, Life};
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, QualifiedName, VariableId};
use crate::project::{Candidate, Facts};
use std::sync::Arc;

/// The kinds that owners answer for, unless the function that acquires releases.
const KINDS: [&str; 5] = ["listener", "timer", "subscription", "observer", "object-url"];

/// Adds what is released on some ways only.
pub fn collect(paths: &Paths<'_>, facts: &mut Facts) {
    let context = paths.context;
    for site in &context.sites {
        for acquire in &site.acquires {
            if !context.budget.allows() {
                return;
            }
            let own = KINDS.contains(&acquire.kind.as_str()) && !acquire.thread && !site.cleanup;
            let own = own && (!acquire.once || acquire.kind == "timer");
            if own
                && !acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted))
                && outlives(context, site, acquire)
            {
                facts.candidates.extend(if acquire.key.is_empty() {
                    by_handle(paths, site, acquire)
                } else {
                    by_key(paths, site, acquire)
                });
            }
        }
    }
}

/// Whether what keeps it goes on after the function.
fn outlives(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
    source.is_none_or(|source| owner::life(context, source, site.function) != Life::Own)
}

fn by_key(paths: &Paths<'_>, site: &CallSite, acquire: &Arc<Acquire>) -> Option<Candidate> {
    let context = paths.context;
    let releases = |other: &CallSite| {
        other.expr != site.expr
            && identity::releases_of(other, acquire).any(|release| {
                identity::same_star(acquire, site, release, other)
                    && identity::match_key(context, other, release, acquire, site.expr) == Some(KeyMatch::Full)
            })
    };
    let possible: Vec<&CallSite> = context.may_release(acquire).collect();
    context.budget.spend(possible.len());
    let mut found = possible.into_iter().filter(|other| releases(other)).peekable();
    found.peek()?;
    let found: Vec<&CallSite> = found.filter(|other| !is_other_choice(context, site, other)).collect();
    if found.is_empty() {
        return None;
    }
    // What is taken off before it is put on makes sure that there is one, and is no release of it.
    let behind = |other: &&CallSite| context.span(other.expr).start > context.span(site.expr).start;
    let script = context.family() == Family::JavaScript;
    if found.iter().any(|other| other.function != site.function) || script && !found.iter().any(behind) {
        return None;
    }
    let gone = |other: &CallSite| releases(other) || ends_source(context, site, acquire, other);
    paths.missed(site, acquire, &gone)
}

/// Whether two calls run for different values of the same thing: `if (verb === 'add') …` and `if (verb === 'remove') …`.
fn is_other_choice(context: &Context<'_>, site: &CallSite, other: &CallSite) -> bool {
    let module = context.module;
    let chosen = |expr: ExprId| -> Vec<(crate::model::Place, String)> {
        let equal = growth::tests(context, expr).into_iter().filter(|test| test.holds);
        let value = |test: growth::Test| {
            let ExprKind::Binary { operator, left, right } = module.kind(test.condition) else { return None };
            let literal = matches!(module.kind(module.peel(*right)), ExprKind::Literal(_));
            let place = context.place(*left).filter(|_| literal && matches!(operator.as_str(), "===" | "=="))?;
            Some((place, context.text(*right)))
        };
        equal.filter_map(value).collect()
    };
    let (one, another) = (chosen(site.expr), chosen(other.expr));
    one.iter().any(|(place, value)| another.iter().any(|(other, taken)| place == other && value != taken))
}

/// Whether a call ends the source, with all that hangs on it.
fn ends_source(context: &Context<'_>, site: &CallSite, acquire: &Acquire, other: &CallSite) -> bool {
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
    let Some(place) = source.and_then(|source| context.place(source)) else { return false };
    let method = other.shape.method.as_deref().or(other.shape.path.as_ref().map(QualifiedName::last));
    // `destroyer(stream, error)`
    let given = context.part(other.expr, &Part::Argument(0)).and_then(|first| context.place(first));
    if given.as_ref() == Some(&place) && method.is_some_and(|name| name.starts_with("destroy")) {
        return true;
    }
    let ends = matches!(method, Some("close" | "destroy" | "terminate" | "end" | "dispose"));
    ends && context.part(other.expr, &Part::Receiver).and_then(|object| context.place(object)) == Some(place)
}

fn by_handle(paths: &Paths<'_>, site: &CallSite, acquire: &Arc<Acquire>) -> Option<Candidate> {
    let context = paths.context;
    let acquisition = acquire::of(context, site, acquire)?;
    let variable = named(context, &acquisition)?;
    let elsewhere = |read: &ExprId| context.function_of(*read) != Some(site.function);
    if context.reads(variable).iter().any(elsewhere) || owner::holding(context, site.expr, acquire).settled {
        return None;
    }
    let guards = paths.guards(site.function);
    let tracker = Tracker::new(context, &paths.summaries, &guards, acquire, site.function, Identity::Handle(site));
    let ways = walk::walk(&tracker, acquire::start(context, &guards, &acquisition)?);
    if ways.released.is_empty() {
        return None;
    }
    // What fires once is gone soon after an accident; a way out that forgets it is a mistake of its own.
    let way = ways.leak.as_ref().map(|leak| leak.level);
    if acquire.once && !matches!(way, Some(None | Some(Level::Explicit))) {
        return None;
    }
    report::candidate(&tracker, &acquisition, &ways)
}

/// The local variable that the handle is kept in.
fn named(context: &Context<'_>, acquisition: &Acquisition<'_>) -> Option<VariableId> {
    let Held::From { holders, .. } = &acquisition.how else { return None };
    let stored = match context.uses(acquisition.site.expr) {
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) => Some(*id),
            _ => None,
        },
        _ => holders.iter().find_map(|holder| match holder {
            Holder::Variable(id) => Some(*id),
            _ => None,
        }),
    };
    stored.filter(|id| context.module.variables[*id].function == acquisition.function)
}
