//! Refs of components and composables: `graph.value` of a ref that the code around it made or was given.

use super::life_within;
use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::owner::{Case, Life};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, VariableId, VariableKind};

/// The lifetime of what a ref holds by all that it is ever given; none when the expression is no member of a ref.
#[must_use]
pub fn held(context: &Context<'_>, object: ExprId, name: &str, function: FunctionId, depth: u8) -> Option<Life> {
    let ref_of = |expr: ExprId| variable(context, expr, name).filter(|id| is_made(context, *id));
    let id = ref_of(object)?;
    let values: Vec<ExprId> = context.reads(id).iter().filter_map(|read| given(context, *read, name)).collect();
    let own = |value: &ExprId| life_within(context, *value, function, depth) == Life::Own;
    (!values.is_empty() && values.iter().all(own)).then_some(Life::Own)
}

/// Whether the source is in a ref that a composable was given: whose component fills it.
#[must_use]
pub fn is_given(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(source) = source.map(|source| context.module.peel(source)) else { return false };
    let ExprKind::Member { object, name, .. } = context.module.kind(source) else { return false };
    variable(context, *object, name).is_some_and(|id| name == "value" && is_parameter(context, id))
}

fn variable(context: &Context<'_>, object: ExprId, name: &str) -> Option<VariableId> {
    let wanted = context.family() == Family::JavaScript && matches!(name, "value" | "current");
    match context.module.kind(context.module.peel(object)) {
        ExprKind::Variable(id) if wanted => Some(*id),
        _ => None,
    }
}

/// `const graph = ref()`: made by a call, inside a function.
fn is_made(context: &Context<'_>, id: VariableId) -> bool {
    let variable = &context.module.variables[id];
    let called = |value: &ExprId| {
        matches!(context.module.kind(context.module.peel(*value)), ExprKind::Call { constructs: false, .. })
    };
    variable.function != context.module.root && !variable.values.is_empty() && variable.values.iter().all(called)
}

/// A parameter, or a part of one: `const { graph } = options`.
fn is_parameter(context: &Context<'_>, id: VariableId) -> bool {
    let module = context.module;
    let variable = &module.variables[id];
    let part_of = |value: &ExprId| {
        let mut at = module.peel(*value);
        while let ExprKind::Member { object, .. } = module.kind(at) {
            at = module.peel(*object);
        }
        matches!(module.kind(at), ExprKind::Variable(whole) if *whole != id
            && matches!(module.variables[*whole].kind, VariableKind::Parameter(_)))
    };
    matches!(variable.kind, VariableKind::Parameter(_))
        || !variable.values.is_empty() && variable.values.iter().all(part_of)
}

/// What a mention of a ref gives it: `graph.value = …`.
fn given(context: &Context<'_>, read: ExprId, name: &str) -> Option<ExprId> {
    let Use::Read(member) = context.uses(read) else { return None };
    let of_name = matches!(context.module.kind(member), ExprKind::Member { name: member, .. } if member == name);
    let assign = context.parent(member).filter(|_| of_name && context.is_target(member))?;
    match context.module.kind(assign) {
        ExprKind::Assign { value, .. } => Some(*value),
        _ => None,
    }
}
