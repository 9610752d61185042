//! What a file takes out of the collections of others.

use std::collections::BTreeMap;

use super::Reader;
use super::usage::{What, Words, method_name};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::words;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Name, Place, Root, UNRESOLVED, UnaryOp, VariableKind};
use crate::project::{ClassFact, Facts, Symbol, Taken};
use crate::source::Span;

/// Adds the removals, clears, resets and size checks that reach out of the file.
pub fn collect(context: &Context<'_>, words: &Words, facts: &mut Facts) {
    let mut symbols: BTreeMap<Symbol, Span> = BTreeMap::new();
    let mut members: BTreeMap<Name, Span> = BTreeMap::new();
    let mut own: Vec<(crate::model::ClassId, Name)> = Vec::new();
    for (id, expr) in context.module.exprs.iter() {
        let name = match &expr.kind {
            ExprKind::Variable(_) => None,
            ExprKind::Member { name, .. } => Some(name.clone()),
            // `x.getSessions().remove(k)`
            ExprKind::Call { callee, .. } => match context.module.kind(*callee) {
                ExprKind::Member { name, .. } => Some(name.clone()),
                _ => None,
            },
            _ => continue,
        };
        if !may_shrink(context, words, id) {
            continue;
        }
        let (place, span) = (context.place(id), context.span(id));
        let symbol = place.as_ref().and_then(|place| foreign(context, place));
        // A variable of the file itself matters to no other file.
        if symbol.is_none() && name.is_none() || !takes_next(context, id) && !shrinks(context, words, id) {
            continue;
        }
        if let Some(symbol) = symbol {
            symbols.entry(symbol).and_modify(|first| *first = span.min(*first)).or_insert(span);
        }
        let Some(name) = name else { continue };
        if let Some(Root::This(class) | Root::Static(class)) = place.as_ref().map(|place| &place.root) {
            // Who gives a field another value does not end the old one.
            if !context.is_target(id) {
                own.push((*class, name.clone()));
            }
            // Inherited, or given by whoever makes the object.
            let lent = context
                .module
                .field(*class, &name)
                .is_none_or(|field| field.values.iter().all(|value| is_parameter(context, *value)));
            if !lent {
                continue;
            }
        }
        members.entry(name).and_modify(|first| *first = span.min(*first)).or_insert(span);
    }
    facts.shrinks = symbols.into_iter().map(|(from, span)| Taken { from, span }).collect();
    facts.member_shrinks = members.into_iter().map(|(from, span)| Taken { from, span }).collect();
    for (class, name) in own {
        note(context, facts, class, name);
    }
}

fn note(context: &Context<'_>, facts: &mut Facts, class: crate::model::ClassId, member: Name) {
    let name = context.module.class_name(class).name;
    let fact = match facts.classes.iter_mut().position(|fact| fact.name == name) {
        Some(index) => &mut facts.classes[index],
        None => {
            let bases = context.module.classes[class].bases.iter().map(|base| base.name.clone().into()).collect();
            facts.classes.push(ClassFact { name, bases, ..ClassFact::default() });
            let last = facts.classes.len() - 1;
            &mut facts.classes[last]
        }
    };
    if !fact.shrinks.contains(&member) {
        fact.shrinks.push(member);
        fact.shrinks.sort();
    }
}

fn is_parameter(context: &Context<'_>, value: ExprId) -> bool {
    context.family() == Family::Java
        && matches!(context.module.kind(value), ExprKind::Variable(id)
            if matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)))
}

/// A quick look, before the full reading: is it the receiver of a method that takes out, deleted, assigned or measured?
fn may_shrink(context: &Context<'_>, words: &Words, expr: ExprId) -> bool {
    let Some(parent) = context.parent(expr) else { return false };
    match context.module.kind(parent) {
        ExprKind::Member { name, .. } => words.shrinks(name) || words::may_lead_to_removal(name),
        ExprKind::Index { object, .. } => *object == expr,
        ExprKind::Assign { target, .. } => *target == expr,
        ExprKind::Unary { operator, .. } => *operator == UnaryOp::Delete,
        ExprKind::Call { callee, .. } => *callee != expr,
        _ => false,
    }
}

/// `jobs.get()`: who gives no key takes the next of a queue.
fn takes_next(context: &Context<'_>, expr: ExprId) -> bool {
    let Use::Receiver(call) = context.uses(expr) else { return false };
    let next = match method_name(context, call).as_str() {
        "get" => context.part(call, &Part::Argument(0)).is_none(),
        name => name == "get_nowait",
    };
    next && context.family() == Family::Python
}

/// Whether an expression is a collection from which something is taken.
pub fn shrinks(context: &Context<'_>, words: &Words, expr: ExprId) -> bool {
    let place = context
        .place(expr)
        .unwrap_or(Place { root: Root::Path(crate::model::QualifiedName::global("?")), path: Name::default() });
    let mut reader = Reader::new(context, words, &place, false);
    reader.mention(expr);
    reader.found.iter().any(|usage| {
        matches!(&usage.what, What::Shrink(shrink) if !shrink.inner) || matches!(usage.what, What::Guard | What::Reset)
    })
}

/// A collection of another file, by the name under which this one knows it.
pub fn foreign(context: &Context<'_>, place: &Place) -> Option<Symbol> {
    let Root::Path(path) = &place.root else { return None };
    let mut path = path.clone();
    if path.module.is_empty() {
        if context.family() != Family::Java {
            return None;
        }
        // A class of the same package, or of one whose names are all in scope.
        path.module = Name::new_static(UNRESOLVED);
    }
    let members = place.path.strip_prefix('.').unwrap_or(&place.path);
    if members.contains(['[', '(']) {
        return None;
    }
    let path = if members.is_empty() { path } else { path.member(members) };
    Some(path.into())
}
