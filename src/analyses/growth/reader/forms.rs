//! Small forms of code that say what a mention of a collection means.

use super::usage::{descendants, last_name};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::words;
use crate::model::{ExprId, ExprKind, Literal, Place, Root, UnaryOp};

/// The value assigned to a target.
#[must_use]
pub fn assigned_value(context: &Context<'_>, target: ExprId) -> Option<ExprId> {
    match context.module.kind(context.parent(target)?) {
        ExprKind::Assign { value, .. } => Some(*value),
        _ => None,
    }
}

/// Whether a size is compared with something other than nothing.
#[must_use]
pub fn compares(context: &Context<'_>, size: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match context.uses(size) {
        Use::Operand(outer) => match context.module.kind(outer) {
            ExprKind::Binary { operator, left, right } => {
                let other = if context.module.peel(*left) == size { *right } else { *left };
                match operator.as_str() {
                    ">" | "<" | ">=" | "<=" | "==" | "===" | "!=" | "!==" => !is_small(context, other),
                    "+" | "-" => compares(context, outer, depth),
                    _ => false,
                }
            }
            ExprKind::Conditional { .. } | ExprKind::Unary { .. } => false,
            _ => false,
        },
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) => context.reads(*id).iter().any(|read| compares(context, *read, depth)),
            _ => false,
        },
        Use::Argument(call, _) => {
            matches!(context.module.kind(call), ExprKind::Call { callee, .. } if last_name(context, *callee) == "min")
        }
        _ => false,
    }
}

fn is_small(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(context.module.kind(context.module.peel(expr)), ExprKind::Literal(Literal::Number(number)) if matches!(number.as_str(), "0" | "1"))
}

#[must_use]
pub fn is_zero(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(context.module.kind(expr), ExprKind::Literal(Literal::Number(number)) if number == "0")
}

#[must_use]
pub fn is_delete(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(context.module.kind(expr), ExprKind::Unary { operator: UnaryOp::Delete, .. })
}

#[must_use]
pub fn returns_null(context: &Context<'_>, argument: ExprId) -> bool {
    context.module.function_of(argument).is_some_and(|function| {
        crate::analyses::owners::returned_values(context, function)
            .iter()
            .any(|value| descendants(context, *value).iter().any(|part| context.module.is_null(*part)))
    })
}

/// An assignment in code that only ever runs before the collection is used.
#[must_use]
pub fn is_initial(context: &Context<'_>, assign: ExprId, place: &Place) -> bool {
    use crate::model::FunctionKind;
    let Some(function) = context.function_of(assign) else { return true };
    let kind = context.module.functions[function].kind;
    match &place.root {
        Root::This(_) | Root::Static(_) => {
            matches!(
                kind,
                FunctionKind::Constructor
                    | FunctionKind::FieldInitializer
                    | FunctionKind::StaticInitializer
                    | FunctionKind::Module
            )
        }
        Root::Variable(id) => {
            let home = context.module.variables[*id].function;
            function == home
                && context.module.variables[*id].values.first().is_some_and(
                    |first| matches!(context.module.kind(assign), ExprKind::Assign { value, .. } if value == first),
                )
                || kind == FunctionKind::Module
        }
        _ => false,
    }
}

/// `if (!C) C = new Map()`
#[must_use]
pub fn is_lazy(context: &Context<'_>, assign: ExprId, place: &Place) -> bool {
    use crate::model::{Step, Terminator};
    if matches!(context.module.kind(assign), ExprKind::Assign { value, .. } if context.module.is_null(*value)) {
        return false;
    }
    let Some(function) = context.function_of(assign) else { return false };
    let cfg = &context.module.functions[function].cfg;
    let Some((home, _)) = cfg
        .blocks
        .iter()
        .find(|(_, block)| block.steps.iter().any(|step| matches!(step, Step::Eval(expr) if *expr == assign)))
    else {
        return false;
    };
    cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Branch { condition, then, otherwise } if *then == home || *otherwise == home => {
            let tests = |part: ExprId| context.place(part).as_ref() == Some(place);
            // Where it is known to be there, a new value takes the place of the old one.
            let there = match context.module.kind(*condition) {
                ExprKind::Binary { left, right, operator }
                    if context.module.is_null(*right) && tests(*left)
                        || context.module.is_null(*left) && tests(*right) =>
                {
                    matches!(operator.as_str(), "!=" | "!==" | "is not")
                }
                _ if tests(*condition) => true,
                _ => return mentions_name(context, *condition, place),
            };
            let missing = if there { *otherwise } else { *then };
            missing == home
        }
        _ => false,
    })
}

/// `hasattr(self, 'x')`, `'x' in obj`, `typeof C === 'undefined'`
fn mentions_name(context: &Context<'_>, condition: ExprId, place: &Place) -> bool {
    let field = place.only_field();
    descendants(context, condition).iter().any(|part| match context.module.kind(*part) {
        ExprKind::Literal(Literal::String(text)) => Some(text.as_str()) == field,
        ExprKind::Unary { operand, .. } => context.place(*operand).as_ref() == Some(place),
        _ => false,
    })
}

/// `C[k] = withoutOld(C[k], now)`: an element is given what a call has left of it.
#[must_use]
pub fn thins_out(context: &Context<'_>, assign: ExprId, value: ExprId) -> bool {
    let module = context.module;
    let (ExprKind::Call { callee, arguments, .. }, ExprKind::Assign { target, .. }) =
        (module.kind(module.peel(value)), module.kind(assign))
    else {
        return false;
    };
    let text = context.text(*target);
    let is_it = |part: ExprId| matches!(module.kind(part), ExprKind::Index { .. }) && context.text(part) == text;
    words::leaves_fewer(&last_name(context, *callee))
        && arguments.iter().any(|argument| is_it(context.definition(argument.value)))
}

/// `list.length = 0`, `list.length -= 1`, `list.length--`
#[must_use]
pub fn is_written(context: &Context<'_>, part: ExprId) -> bool {
    let writes = |parent| match context.module.kind(parent) {
        ExprKind::Assign { target, .. } => *target == part,
        ExprKind::Unary { operator, .. } => *operator == UnaryOp::Step,
        _ => false,
    };
    context.is_target(part) || context.parent(part).is_some_and(writes)
}
