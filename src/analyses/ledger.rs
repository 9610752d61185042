//! What a file acquires, and what as much as a look at the handle says of its end: shows where recall is lost.
//!
//! Evidence for people who write tables; no finding hangs on it.

use rustc_hash::FxHashSet;

use super::context::{CallSite, Context};
use super::pairing::owner::{holding, is_handled};
use crate::catalogue::Acquire;
use crate::model::{FunctionId, Name};
use crate::project::{Acquisition, Fate};

/// Every acquisition that a table knows, in the order of the text.
#[must_use]
pub fn acquisitions(context: &Context<'_>) -> Vec<Acquisition> {
    let all: FxHashSet<FunctionId> = context.module.functions.iter().map(|(id, _)| id).collect();
    let mut found: Vec<Acquisition> = context
        .sites
        .iter()
        .filter_map(|site| {
            let acquire = site.acquires.first()?;
            Some(Acquisition {
                api: api(site),
                span: context.span(site.expr),
                fate: fate(context, site, acquire, &all),
            })
        })
        .collect();
    found.sort();
    found
}

/// The name of what is called, as a table would write it.
fn api(site: &CallSite) -> Name {
    let shape = &site.shape;
    let new = if shape.constructs { "new " } else { "" };
    match (&shape.path, &shape.receiver, &shape.method) {
        (Some(path), ..) if !path.is_here() => Name::from(format!("{new}{path}")),
        (_, Some(receiver), Some(method)) => Name::from(format!("{receiver}#{method}")),
        (_, _, Some(method)) => Name::from(format!(".{method}")),
        (Some(path), ..) => Name::from(format!("{new}{}", path.name)),
        _ => Name::new_static("?"),
    }
}

fn fate(context: &Context<'_>, site: &CallSite, acquire: &Acquire, all: &FxHashSet<FunctionId>) -> Fate {
    let kept = holding(context, site.expr, acquire);
    let by_key = || {
        let releases = context.sites.iter().flat_map(|other| &other.releases);
        releases
            .into_iter()
            .any(|release| acquire.release.iter().any(|own| own.handle.is_none() && own.call == release.call))
    };
    if kept.settled || by_key() || kept.fields().any(|place| is_handled(context, all, place, &acquire.closes)) {
        Fate::Released
    } else if kept.handed_on {
        Fate::Escaped
    } else {
        Fate::Undecided
    }
}
