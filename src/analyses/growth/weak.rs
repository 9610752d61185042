//! Weak maps whose values hold their keys: such a key stays reachable for as long as the map.

use super::reader::usage::{last_name, method_name};
use super::words;
use crate::analyses::context::{Context, Use};
use crate::catalogue::Analysis;
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, VariableId};
use crate::project::Candidate;

/// The entries of weak maps that hold themselves. JavaScript's maps see through that.
#[must_use]
pub fn collect(context: &Context<'_>) -> Vec<Candidate> {
    let module = context.module;
    if context.family() == Family::JavaScript {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, expr) in module.exprs.iter() {
        let entry = match &expr.kind {
            ExprKind::Call { callee, arguments, constructs: false, .. } if arguments.len() == 2 => {
                match module.kind(*callee) {
                    ExprKind::Member { object, name, .. } if matches!(name.as_str(), "put" | "putIfAbsent") => {
                        Some((*object, arguments[0].value, arguments[1].value))
                    }
                    _ => None,
                }
            }
            ExprKind::Assign { target, value, .. } => match module.kind(*target) {
                ExprKind::Index { object, key, .. } => Some((*object, *key, *value)),
                _ => None,
            },
            _ => None,
        };
        let Some((map, key, value)) = entry else { continue };
        if is_weak(context, map) && holds(context, value, key) && !is_emptied(context, map) {
            found.extend(candidate(context, id, map, key));
        }
    }
    found
}

/// Whether a place is given nothing but maps with weak keys.
fn is_weak(context: &Context<'_>, map: ExprId) -> bool {
    let module = context.module;
    let Some(place) = context.place(map) else { return false };
    let values: Vec<ExprId> = match &place.root {
        crate::model::Root::Variable(id) if place.path.is_empty() => module.variables[*id].values.clone(),
        crate::model::Root::This(class) | crate::model::Root::Static(class) => place
            .only_field()
            .and_then(|field| module.field(*class, field))
            .map(|field| field.values.clone())
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    !values.is_empty() && values.iter().all(|value| makes_weak(context, *value))
}

fn makes_weak(context: &Context<'_>, value: ExprId) -> bool {
    match context.module.kind(context.module.peel(value)) {
        ExprKind::Call { callee, arguments, .. } => {
            words::has_weak_keys(&last_name(context, *callee))
                || arguments.len() == 1 && makes_weak(context, arguments[0].value)
        }
        _ => false,
    }
}

/// Whether a value is made from the key and keeps it: `new Info(key, …)`, a function over it.
fn holds(context: &Context<'_>, value: ExprId, key: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Variable(key) = module.kind(module.peel(key)) else { return false };
    match module.kind(context.definition(value)) {
        ExprKind::Function(function) => module.functions[*function].captures.contains(key),
        ExprKind::Call { constructs: true, .. } => is_given(context, context.definition(value), *key),
        _ => match module.kind(module.peel(value)) {
            // A variable with a first value and then the real one.
            ExprKind::Variable(id) => module.variables[*id].values.iter().any(|made| {
                matches!(module.kind(module.peel(*made)), ExprKind::Call { constructs: true, .. })
                    && is_given(context, module.peel(*made), *key)
            }),
            _ => false,
        },
    }
}

/// Whether a constructor gets the key itself; a reference object does not hold what it is given.
fn is_given(context: &Context<'_>, made: ExprId, key: VariableId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(made) else { return false };
    !words::is_reference(&last_name(context, *callee))
        && arguments
            .iter()
            .any(|argument| matches!(module.kind(module.peel(argument.value)), ExprKind::Variable(id) if *id == key))
}

fn is_emptied(context: &Context<'_>, map: ExprId) -> bool {
    let Some(place) = context.place(map) else { return true };
    context.module.exprs.iter().any(|(id, expr)| {
        matches!(expr.kind, ExprKind::Variable(_) | ExprKind::Member { .. })
            && context.place(id).as_ref() == Some(&place)
            && matches!(context.uses(id), Use::Receiver(call)
                if takes_out(context, call) || is_view(context, call))
    })
}

fn takes_out(context: &Context<'_>, call: ExprId) -> bool {
    matches!(method_name(context, call).as_str(), "remove" | "removeIf" | "retainAll" | "clear" | "pop" | "popitem")
}

/// `map.keySet().removeIf(…)`: what a view of the map loses, the map loses.
fn is_view(context: &Context<'_>, call: ExprId) -> bool {
    matches!(method_name(context, call).as_str(), "keySet" | "values" | "entrySet")
        && matches!(context.uses(call), Use::Receiver(outer) if takes_out(context, outer))
}

fn candidate(context: &Context<'_>, at: ExprId, map: ExprId, key: ExprId) -> Option<Candidate> {
    let rule = context.catalogue.rule_for("collection", Analysis::Growth)?;
    let path = context.source.display_path();
    let step = |kind, at, message| Step { kind, path: path.clone(), span: context.span(at), message };
    let (name, of) = (context.text(map), context.text(key));
    let function = context.function_of(at)?;
    let finding = Finding {
        rule: rule.id.clone(),
        span: context.span(at),
        message: format!("`{name}` has weak keys, and each value holds its key `{of}`: no entry ever goes"),
        confidence: Confidence::Medium,
        reason: "the map holds the value, and the value holds the key".to_owned(),
        steps: vec![
            step(StepKind::Acquired, at, format!("the value that is kept under `{of}` was given `{of}`")),
            step(StepKind::Missed, map, "nothing removes the entry, which the garbage collector cannot".to_owned()),
        ],
        fix: Some("remove the entry when the key ends, or let the value hold the key weakly".to_owned()),
        symbol: context.symbol(function),
        path,
    };
    Some(Candidate { finding, unless: Vec::new(), only_if: Vec::new() })
}
