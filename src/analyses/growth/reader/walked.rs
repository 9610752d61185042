//! Loops over a collection: what stands for its keys and what for its elements.

use crate::analyses::context::Context;
use crate::model::{ExprId, ExprKind, Place, Step, VariableId};

use super::usage::{descendants, last_name};

/// A loop over a collection.
struct Walk {
    target: ExprId,
    over: Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Keys,
    Elements,
    Pairs,
}

fn walks(context: &Context<'_>, place: &Place) -> Vec<Walk> {
    let module = context.module;
    let steps = module.functions.iter().flat_map(|(_, function)| function.cfg.blocks.iter());
    steps
        .flat_map(|(_, block)| &block.steps)
        .filter_map(|step| {
            let Step::Element { target, iterable, .. } = step else { return None };
            let iterable = context.definition(*iterable);
            let own = descendants(context, iterable).iter().any(|part| {
                matches!(module.kind(*part), ExprKind::Variable(_) | ExprKind::Member { .. })
                    && context.place(*part).as_ref() == Some(place)
            });
            own.then(|| Walk { target: *target, over: over(context, iterable, *target) })
        })
        .collect()
}

/// `C.values()`, `Object.entries(C)`, `list(C.items())`
fn over(context: &Context<'_>, iterable: ExprId, target: ExprId) -> Over {
    let module = context.module;
    let names: Vec<_> = descendants(context, iterable)
        .into_iter()
        .filter_map(|part| match module.kind(part) {
            ExprKind::Call { callee, .. } => Some(last_name(context, *callee)),
            _ => None,
        })
        .collect();
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    if has(&["entries", "items", "entrySet"]) {
        Over::Pairs
    } else if has(&["values"]) {
        Over::Elements
    } else if matches!(module.kind(target), ExprKind::List { items, .. } if items.len() == 2) {
        Over::Pairs
    } else {
        Over::Keys
    }
}

/// The variables that are keys of the collection, each in its loop.
#[must_use]
pub fn keys(context: &Context<'_>, place: &Place) -> Vec<VariableId> {
    variables(context, place, |over, position| over == Over::Keys || over == Over::Pairs && position == Some(0))
}

/// The variables that are elements of the collection, each in its loop; those that are whole entries come second.
#[must_use]
pub fn elements(context: &Context<'_>, place: &Place) -> (Vec<VariableId>, Vec<VariableId>) {
    let values = variables(context, place, |over, position| {
        over == Over::Elements || over == Over::Pairs && position == Some(1)
    });
    let entries = variables(context, place, |over, position| over == Over::Pairs && position.is_none());
    (values, entries)
}

fn variables(context: &Context<'_>, place: &Place, wanted: impl Fn(Over, Option<usize>) -> bool) -> Vec<VariableId> {
    let module = context.module;
    let named = |expr: ExprId| match module.kind(expr) {
        ExprKind::Variable(id) => Some(*id),
        _ => None,
    };
    walks(context, place)
        .iter()
        .flat_map(|walk| match module.kind(walk.target) {
            ExprKind::List { items, .. } => items
                .iter()
                .enumerate()
                .filter(|(index, _)| wanted(walk.over, Some(*index)))
                .filter_map(|(_, item)| named(*item))
                .collect::<Vec<_>>(),
            _ if wanted(walk.over, None) => named(walk.target).into_iter().collect(),
            _ => Vec::new(),
        })
        .collect()
}
