//! Growth: something long-lived that only grows.
//!
//! [`collection`] finds what lives longer than a call, [`usage`] reads every mention of it, [`keys`] and [`lives`] say
//! how many entries there can be and for how long, and [`judge`] weighs them.

mod collection;
mod evidence;
mod judge;
mod keys;
mod lives;
mod memo;
mod story;
mod tasks;
mod usage;

use rustc_hash::FxHashMap;

use super::context::Context;
use crate::model::{ExprId, ExprKind, Place};
use crate::project::Facts;

use self::collection::{Collection, is_element_collection};
use self::judge::Case;
use self::usage::{Growth, Reader, Usage, What, Words};

/// Adds the growth candidates of a file, and what it takes from the collections of others.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    let words = Words::of(context);
    let collections = collection::collections(context);
    let mentions = mentions(context, &collections);
    for (index, collection) in collections.iter().enumerate() {
        let usages = usages(context, &words, collection, &mentions[index]);
        let case = Case { context, collection, usages: &usages };
        facts.candidates.extend(case.judge());
    }
    facts.candidates.extend(memo::collect(context));
    facts.candidates.extend(tasks::collect(context));
    evidence::collect(context, &words, facts);
}

/// Every expression that names one of the collections.
fn mentions(context: &Context<'_>, collections: &[Collection<'_>]) -> Vec<Vec<ExprId>> {
    let mut found = vec![Vec::new(); collections.len()];
    if collections.is_empty() {
        return found;
    }
    let by_place: FxHashMap<&Place, usize> =
        collections.iter().enumerate().map(|(index, collection)| (&collection.place, index)).collect();
    for (id, expr) in context.module.exprs.iter() {
        if !matches!(expr.kind, ExprKind::Variable(_) | ExprKind::Member { .. } | ExprKind::Index { .. }) {
            continue;
        }
        if let Some(index) = context.place(id).as_ref().and_then(|place| by_place.get(place)) {
            found[*index].push(id);
        }
    }
    found
}

fn usages(context: &Context<'_>, words: &Words, collection: &Collection<'_>, mentions: &[ExprId]) -> Vec<Usage> {
    let words = words.with(collection.table);
    let read = |nested| {
        let mut reader = Reader::new(context, &words, &collection.place, nested);
        mentions.iter().for_each(|mention| reader.mention(*mention));
        reader.found
    };
    let flat = read(false);
    let nested = matches!(collection.ty.as_str(), "defaultdict")
        || flat.iter().any(|usage| {
            matches!(&usage.what, What::Grow(Growth { key: Some(_), value: Some(value), .. }) if is_element_collection(context, *value))
        });
    if nested { read(true) } else { flat }
}
