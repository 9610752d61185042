//! Functions of Python that ask first whether they ran before, by a flag that lives as long as the process.

use crate::analyses::context::Context;
use crate::lang::Family;
use crate::model::{BlockId, Cfg, ExprId, ExprKind, FunctionId, Literal, Step, Terminator, UnaryOp, VariableKind};

/// How many blocks stand in front of the question, or in front of the `return`.
const STEPS: u8 = 6;

/// `if started: return`, `started = True`; or `hasattr(module, "started")`.
#[must_use]
pub fn asks_whether_it_ran(context: &Context<'_>, function: FunctionId) -> bool {
    if context.family() != Family::Python {
        return false;
    }
    let cfg = &context.module.functions[function].cfg;
    let Some((condition, then, otherwise)) = first_question(cfg) else { return false };
    let (flag, holds) = match context.module.kind(context.module.peel(condition)) {
        ExprKind::Unary { operator: UnaryOp::Not, operand } => (*operand, false),
        _ => (condition, true),
    };
    let Some(flag) = flag_of(context, flag) else { return false };
    leaves(cfg, if holds { then } else { otherwise })
        && cfg.blocks.iter().flat_map(|(_, block)| &block.steps).any(|step| {
            let Step::Eval(expr) = step else { return false };
            matches!(context.module.kind(*expr), ExprKind::Assign { target, value, .. }
                if flag_of(context, *target).as_ref() == Some(&flag) && is_set(context, *value))
        })
}

fn first_question(cfg: &Cfg) -> Option<(ExprId, BlockId, BlockId)> {
    let mut block = cfg.entry;
    for _ in 0..STEPS {
        match cfg.blocks[block].terminator {
            Terminator::Goto(to) => block = to,
            Terminator::Branch { condition, then, otherwise } => return Some((condition, then, otherwise)),
            _ => return None,
        }
    }
    None
}

/// The text of what is asked or set: a name of the module, or of something that the module imports.
fn flag_of(context: &Context<'_>, expr: ExprId) -> Option<String> {
    let module = context.module;
    let lasts = |object: ExprId| match module.kind(object) {
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            variable.function == module.root || matches!(variable.kind, VariableKind::Import(_))
        }
        _ => false,
    };
    match module.kind(module.peel(expr)) {
        ExprKind::Variable(_) if lasts(expr) => Some(context.text(expr)),
        ExprKind::Member { object, name, .. } if lasts(*object) => Some(format!("{}.{name}", context.text(*object))),
        ExprKind::Call { callee, arguments, .. } => {
            let asks = matches!(module.kind(*callee), ExprKind::Global(name) if matches!(name.as_str(), "hasattr" | "getattr"));
            let (object, name) = (arguments.first()?.value, arguments.get(1)?.value);
            let ExprKind::Literal(Literal::String(name)) = module.kind(name) else { return None };
            (asks && lasts(object)).then(|| format!("{}.{name}", context.text(object)))
        }
        _ => None,
    }
}

/// Whether a way leads out of the function with nothing done.
fn leaves(cfg: &Cfg, mut block: BlockId) -> bool {
    for _ in 0..STEPS {
        if block == cfg.exit || cfg.blocks[block].steps.iter().any(|step| matches!(step, Step::Return(..))) {
            return true;
        }
        match cfg.blocks[block].terminator {
            Terminator::Goto(to) if cfg.blocks[block].steps.is_empty() => block = to,
            _ => return false,
        }
    }
    false
}

fn is_set(context: &Context<'_>, value: ExprId) -> bool {
    !matches!(
        context.module.kind(context.module.peel(value)),
        ExprKind::Literal(Literal::Null | Literal::Bool(false)) | ExprKind::Variable(_)
    )
}
