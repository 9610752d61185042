//! Growth: something long-lived that only grows.
//!
//! `collection` finds what lives longer than a call, `reader` reads every mention of it, `bound` looks for what takes
//! entries out or keeps them few, `keys` says where they come from, and `judge` weighs it all. The other files tell
//! growth of forms of their own: memos, tasks, weak maps, registries of the platform.

mod bound;
mod collection;
mod decorators;
mod flow;
mod judge;
mod keys;
mod lookups;
mod memo;
mod reader;
mod registered;
mod registry;
mod tasks;
mod weak;
mod words;

use rustc_hash::FxHashMap;

use self::bound::twins::Siblings;
use self::collection::Collection;
use self::collection::made::{self, is_element_collection};
pub use self::flow::{
    Test, at, branches_on, conditions, everywhere, fails, in_handler, is_done_once, is_first_time, is_once_for_all,
    lost_by_exception, tested, tests, works_on,
};
use self::judge::Case;
pub use self::judge::quiet::quiet;
pub use self::reader::usage::descendants;
use self::reader::usage::{Growth, Usage, What, Words};
use self::reader::{Reader, evidence};
use super::context::Context;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Place};
use crate::project::Facts;

/// Adds the growth candidates of a file, and what it takes from the collections of others.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    each(context, |case| {
        facts.candidates.extend(case.judge());
        facts.collections.extend(case.published());
    });
    facts.candidates.extend(memo::collect(context));
    facts.candidates.extend(lookups::collect(context));
    facts.candidates.extend(tasks::collect(context));
    facts.candidates.extend(weak::collect(context));
    let words = Words::of(context);
    facts.candidates.extend(registered::collect(context, &words));
    facts.candidates.extend(registry::collect(context));
    evidence::collect(context, &words, facts);
    facts.collections.sort();
}

/// Reads every collection of a file that may outlive a call.
fn each(context: &Context<'_>, mut look: impl FnMut(&Case<'_>)) {
    let words = Words::of(context);
    let collections = collection::collections(context);
    let mentions = mentions(context, &collections);
    let all: Vec<Vec<Usage>> = collections
        .iter()
        .enumerate()
        .map(|(index, collection)| usages(context, &words, collection, &mentions[index]))
        .collect();
    let siblings = Siblings::new(context, &collections, &all);
    for (index, collection) in collections.iter().enumerate() {
        look(&Case { context, collection, usages: &all[index], mentions: &mentions[index], siblings: &siblings });
    }
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
        reader.plain_object = context.family() == Family::JavaScript && collection.ty == "Object";
        reader.fills_on_read = collection.ty == "defaultdict";
        mentions.iter().for_each(|mention| reader.mention(*mention));
        if nested {
            reader.loops();
        }
        reader.found
    };
    let flat = read(false);
    let nested = collection.ty == "defaultdict" && !made::holds_objects(context, &collection.made)
        || flat.iter().any(|usage| {
            matches!(&usage.what, What::Grow(Growth { key: Some(_), value: Some(value), .. }) if is_element_collection(context, *value))
        });
    if nested { read(true) } else { flat }
}
