//! Entries that a removal reads, empties or passes by, and leaves where they are.

use super::found::{BoundFound, Gap};
use super::holds_collections;
use super::misfits::asks_for_emptiness;
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::collection::lives::{inverses, is_end_only};
use crate::analyses::growth::collection::made;
use crate::analyses::growth::flow::{at, conditions, everywhere, follows_in_round};
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::reader::usage::{self, Usage, What, descendants, method_name};
use crate::analyses::growth::words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Name, Step};

/// A method that removes reads the entry under its key, and leaves it.
#[must_use]
pub fn read_for_removal(case: &Case<'_>) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    // The entry at a place of a list is not the one that goes.
    if !case.usages.iter().any(|usage| matches!(&usage.what, What::Grow(growth) if growth.key.is_some())) {
        return None;
    }
    if case.mentions.iter().any(|mention| is_blanked(context, *mention)) {
        return None;
    }
    case.mentions.iter().find_map(|mention| {
        let function = context.function_of(*mention)?;
        let remover = remover(context, function).or_else(|| undoing(case, function))?;
        let (read, keys) = read_by_key(context, *mention)?;
        let by_parameter = keys.iter().flat_map(|key| descendants(context, *key)).any(
            |part| matches!(module.kind(part), ExprKind::Variable(id) if module.variables[*id].function == function),
        );
        let few = keys.first().is_some_and(|key| is_of_kind(context, *key));
        let leaves = by_parameter
            && !few
            && is_of_adder(case, &remover)
            && !takes_out(case, function)
            && !tells_the_element(case, function, &remover, read);
        leaves.then(|| BoundFound::misfit(Gap::Read, format!("`{remover}` reads the entry and leaves it"), read))
    })
}

/// A function looks an entry up under its key and ends it for good: an entry of no more use, which stays.
#[must_use]
pub fn ended(case: &Case<'_>) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    let grown = |function: FunctionId| {
        case.usages.iter().any(|usage| {
            matches!(usage.what, What::Grow(_)) && module.outermost(usage.function) == module.outermost(function)
        })
    };
    let keyed = |usage: &Usage| matches!(&usage.what, What::Grow(growth) if growth.key.is_some() && !growth.inner);
    if !case.usages.iter().any(keyed) || case.mentions.iter().any(|mention| is_blanked(context, *mention)) {
        return None;
    }
    case.mentions.iter().find_map(|mention| {
        let function = context.function_of(*mention)?;
        let (read, keys) = looked_up(context, *mention)?;
        let own = |part: &ExprId| matches!(module.kind(*part), ExprKind::Variable(id) if module.variables[*id].function == function);
        let given = keys.iter().flat_map(|key| descendants(context, *key)).any(|part| own(&part));
        if !given || grown(function) || is_end_only(context, case.collection.home, function) {
            return None;
        }
        let reads = match context.uses(read) {
            Use::Stored(target) => match module.kind(target) {
                ExprKind::Variable(id) if module.variables[*id].values.len() == 1 => context.reads(*id).to_vec(),
                _ => Vec::new(),
            },
            _ => vec![read],
        };
        let end = reads.into_iter().find_map(|read| match context.uses(read) {
            Use::Receiver(call) if words::ends_forever(&method_name(context, call)) => Some(call),
            _ => None,
        })?;
        let words = format!("`{}` ends the entry and leaves it", context.text(end));
        Some(BoundFound::misfit(Gap::Read, words, end))
    })
}

/// `C[k] = null`
fn is_blanked(context: &Context<'_>, mention: ExprId) -> bool {
    let write = context.parent(mention).and_then(|index| context.parent(index));
    write.is_some_and(
        |write| matches!(context.module.kind(write), ExprKind::Assign { value, .. } if context.module.is_null(*value)),
    )
}

/// `C.get(k)`, `C[k]` where nothing is put there, whatever becomes of it.
fn looked_up(context: &Context<'_>, mention: ExprId) -> Option<(ExprId, Vec<ExprId>)> {
    let module = context.module;
    if let Use::Receiver(call) = context.uses(mention) {
        let ExprKind::Call { arguments, .. } = module.kind(call) else { return None };
        let reads = matches!(method_name(context, call).as_str(), "get" | "getOrDefault");
        return reads.then(|| (call, arguments.iter().map(|argument| argument.value).collect()));
    }
    let read = context.parent(mention)?;
    let ExprKind::Index { object, key, .. } = module.kind(read) else { return None };
    let written = context.parent(read).is_some_and(|outer| match module.kind(outer) {
        ExprKind::Assign { target, .. } => *target == read,
        ExprKind::Unary { .. } => true,
        _ => false,
    });
    (*object == mention && !written).then(|| (read, vec![*key]))
}

/// `C.get(k)`, `C[k]` where nothing is put there: what reads an entry, and the keys.
fn read_by_key(context: &Context<'_>, mention: ExprId) -> Option<(ExprId, Vec<ExprId>)> {
    let (read, keys) = looked_up(context, mention)?;
    let called = matches!(context.module.kind(read), ExprKind::Call { .. });
    (called || is_used_up(context, read)).then_some((read, keys))
}

/// `for (const handle of C[k]) source.off(handle)`, `C[k].close()`: an entry that is of no more use.
fn is_used_up(context: &Context<'_>, read: ExprId) -> bool {
    match context.uses(read) {
        Use::Receiver(call) => words::ends(&method_name(context, call)),
        Use::Argument(call, _) => words::removes(&method_name(context, call)),
        _ => context.function_of(read).is_some_and(|function| {
            let blocks = context.module.functions[function].cfg.blocks.iter();
            blocks
                .flat_map(|(_, block)| &block.steps)
                .any(|step| matches!(step, Step::Element { iterable, .. } if *iterable == read))
        }),
    }
}

/// The name of a method that undoes by its name what fills the collection: `disconnect_view` of `connect_view`.
fn undoing(case: &Case<'_>, function: FunctionId) -> Option<Name> {
    let module = case.context.module;
    let own = module.functions[function].name.clone()?;
    let undone = case.usages.iter().any(|usage| {
        let by = module.functions[module.outermost(usage.function)].name.as_deref().unwrap_or_default();
        // What starts and stops may be asked for afterwards.
        let keeps = ["start", "open", "make"].iter().any(|verb| by.trim_start_matches('_').starts_with(verb));
        matches!(&usage.what, What::Grow(growth) if !growth.inner)
            && !keeps
            && inverses(by).iter().any(|undo| *undo == own)
    });
    undone.then_some(own)
}

/// Whether what a method removes, by its name, is what another one adds here: `removeRelation` is not about the rooms
/// that `load` has put in.
fn is_of_adder(case: &Case<'_>, remover: &Name) -> bool {
    let module = case.context.module;
    let mut adders = case.usages.iter().filter(|usage| matches!(&usage.what, What::Grow(growth) if !growth.inner));
    case.context.family() != crate::lang::Family::JavaScript
        || adders.any(|usage| {
            let by = module.functions[module.outermost(usage.function)].name.as_deref().unwrap_or_default();
            inverses(by).iter().any(|undo| undo == remover)
        })
}

/// `C.get(item.getKind())`: what goes is of a kind, and the kinds stay.
fn is_of_kind(context: &Context<'_>, key: ExprId) -> bool {
    let named = match context.module.kind(context.module.peel(key)) {
        ExprKind::Call { callee, arguments, .. } if arguments.is_empty() => usage::last_name(context, *callee),
        ExprKind::Member { name, .. } => name.clone(),
        _ => return false,
    };
    context.family() == Family::Java && words::last_part(&named).is_some_and(words::is_one_of_few)
}

/// The name of a function that removes something.
fn remover(context: &Context<'_>, function: FunctionId) -> Option<Name> {
    context.module.functions[function].name.clone().filter(|name| words::removes(name))
}

/// Whether a function takes something out: a whole entry, or a part of one.
fn takes_out(case: &Case<'_>, function: FunctionId) -> bool {
    let module = case.context.module;
    let home = module.outermost(function);
    case.usages.iter().any(|usage| {
        module.outermost(usage.function) == home
            && match &usage.what {
                What::Shrink(_) | What::Reset => true,
                What::Grow(growth) => growth.value.is_some_and(|value| is_copy(case.context, value)),
                _ => false,
            }
    })
}

/// The entry gets a copy without what goes.
fn is_copy(context: &Context<'_>, value: ExprId) -> bool {
    let made = context.definition(value);
    made::is_element_collection(context, made)
        || matches!(context.module.kind(made), ExprKind::Call { callee, .. }
            if words::is_neutral(&usage::last_name(context, *callee)))
}

/// `registry = C.get(k); registry.removeProvider(p)`: what is removed is of the element, which others use as well. Where
/// the inverse of the method makes the entry, it is there for what goes.
fn tells_the_element(case: &Case<'_>, function: FunctionId, remover: &Name, element: ExprId) -> bool {
    let context = case.context;
    let module = context.module;
    is_told(context, function, element, 4)
        && !case.usages.iter().any(|usage| {
            let by = module.functions[module.outermost(usage.function)].name.as_deref().unwrap_or_default();
            matches!(&usage.what, What::Grow(growth) if !growth.inner)
                && inverses(by).iter().any(|undo| undo == remover)
        })
}

/// Whether something is removed from a value, or from an element of it.
fn is_told(context: &Context<'_>, function: FunctionId, value: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match context.uses(value) {
        Use::Receiver(call) => {
            let name = method_name(context, call);
            words::removes(&name) || words::is_accessor(&name) && is_told(context, function, call, depth)
        }
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) => context
                .reads(*id)
                .iter()
                .any(|read| context.function_of(*read) == Some(function) && is_told(context, function, *read, depth)),
            _ => false,
        },
        _ => false,
    }
}

/// The key goes only when its collection was empty before; when the last element goes, it stays.
#[must_use]
pub fn after_the_last(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let context = case.context;
    let inner: Vec<&Usage> =
        case.usages.iter().filter(|usage| matches!(&usage.what, What::Shrink(shrink) if shrink.inner)).collect();
    // What takes whole entries out elsewhere takes out the empty ones as well.
    let elsewhere = removals.iter().any(|removal| {
        matches!(&removal.what, What::Shrink(shrink) if shrink.key.is_some())
            && !inner.iter().any(|usage| usage.function == removal.function)
    });
    if inner.is_empty() || elsewhere || !holds_collections(case) {
        return None;
    }
    let apart = inner.iter().find(|usage| {
        let near: Vec<&&Usage> = removals.iter().filter(|removal| removal.function == usage.function).collect();
        // Whatever this removal is about, a key goes at each call.
        if near.iter().any(|removal| conditions(context, removal.expr).is_empty()) {
            return false;
        }
        let beside: Vec<_> = near.iter().flat_map(|removal| everywhere(context, removal.expr)).collect();
        let Some(here) = at(context, usage.expr) else { return false };
        // `if (set.size() > 1) set.remove(x); else C.remove(k);`, `if (set.isEmpty()) C.remove(k);`
        let asked = near
            .iter()
            .any(|removal| conditions(context, removal.expr).iter().any(|test| asks_for_emptiness(context, *test)));
        !beside.is_empty()
            && !asked
            && beside
                .iter()
                .all(|there| !follows_in_round(context, here, *there) && !follows_in_round(context, *there, here))
    })?;
    let words = "when the last element goes, its key stays: it is removed on another way only";
    Some(BoundFound::misfit(Gap::EmptyKey, words, apart.expr))
}
