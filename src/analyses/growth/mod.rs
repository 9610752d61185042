//! Growth: something long-lived that only grows.
//!
//! [`collection`] finds what lives longer than a call, [`reader`] reads every mention of it, [`keys`] and [`lives`] say
//! how many entries there can be and for how long, and [`judge`] weighs them.

mod apart;
mod bound;
mod collection;
mod decorators;
mod doubt;
mod evidence;
mod fails;
mod few;
mod flow;
mod follow;
mod foreign;
mod forms;
mod found;
mod guards;
mod judge;
mod keys;
mod kinds;
mod left;
mod lives;
mod lookups;
mod made;
mod memo;
mod misfits;
mod often;
mod pace;
mod program;
mod queues;
mod quiet;
mod reader;
mod registered;
mod registry;
mod shown;
mod story;
mod tasks;
mod twins;
mod usage;
mod waits;
mod walked;
mod weak;
mod words;

use rustc_hash::FxHashMap;

pub use self::flow::{
    at, branches_on, everywhere, fails, in_handler, is_done_once, is_first_time, lost_by_exception, tested, tests,
};
pub use self::quiet::quiet;
use super::context::Context;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Place};
use crate::project::Facts;

use self::collection::Collection;
use self::judge::Case;
use self::made::is_element_collection;
use self::reader::Reader;
use self::twins::Siblings;
use self::usage::{Growth, Usage, What, Words};

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
