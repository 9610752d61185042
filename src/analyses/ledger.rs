//! What a file acquires, and what as much as a look at the handle says of its end: shows where recall is lost.
//!
//! Evidence for people who write tables; no finding hangs on it.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::{CallSite, Context};
use super::pairing::owner::{holding, is_handled};
use crate::catalogue::Acquire;
use crate::model::{FunctionId, Name};
use crate::project::{Acquisition, Fate};

/// Every acquisition that a table knows, in the order of the text.
#[must_use]
pub fn acquisitions(context: &Context<'_>) -> Vec<Acquisition> {
    let all: FxHashSet<FunctionId> = context.module.functions.iter().map(|(id, _)| id).collect();
    let mut released = FxHashMap::default();
    let mut found: Vec<Acquisition> = context
        .sites
        .iter()
        .filter_map(|site| {
            let acquire = site.acquires.first()?;
            let by_key = *released.entry(Arc::as_ptr(acquire)).or_insert_with(|| is_released_by_key(context, acquire));
            Some(Acquisition {
                api: api(site),
                span: context.span(site.expr),
                fate: fate(context, site, acquire, by_key, &all),
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

/// Whether the file has a call that releases by key what an entry acquires.
fn is_released_by_key(context: &Context<'_>, acquire: &Acquire) -> bool {
    context.may_release(acquire).flat_map(|other| &other.releases).any(|release| acquire.is_undone_by(release))
}

fn fate(context: &Context<'_>, site: &CallSite, acquire: &Acquire, by_key: bool, all: &FxHashSet<FunctionId>) -> Fate {
    let kept = holding(context, site.expr, acquire);
    if kept.settled || by_key || kept.fields().any(|place| is_handled(context, all, place, &acquire.closes)) {
        Fate::Released
    } else if kept.handed_on {
        Fate::Escaped
    } else {
        Fate::Undecided
    }
}
