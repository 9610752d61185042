//! Callback refs: React calls `ref={this.holder}` with the element, and with null when the element goes.

use rustc_hash::FxHashSet;

use crate::analyses::context::Context;
use crate::analyses::pairing::path::guards::{Test, read};
use crate::model::{BlockId, ClassId, ExprId, ExprKind, FunctionId, Module, Step, Terminator};

/// Methods of a component that are given to an element as its `ref` and do something when they are called with null.
#[must_use]
pub fn callback_refs(context: &Context<'_>, class: ClassId) -> Vec<FunctionId> {
    let module = context.module;
    let given = |method: &FunctionId| {
        let name = module.functions[*method].name.as_deref().unwrap_or_default();
        context.field_uses(class, name).iter().any(|read| is_ref(context, *read))
    };
    let methods = super::methods(module, class).into_iter();
    methods.filter(|method| ends_with_null(module, *method)).filter(given).collect()
}

/// `ref={this.holder}`, `ref={this.holder.bind(this)}`.
fn is_ref(context: &Context<'_>, named: ExprId) -> bool {
    let Some(parent) = context.parent(named) else { return false };
    match context.module.kind(parent) {
        ExprKind::Markup { attributes, .. } => attributes
            .iter()
            .any(|attribute| attribute.value == named && attribute.name.as_ref().is_some_and(|name| name == "ref")),
        ExprKind::Member { name, .. } if name == "bind" => {
            context.parent(parent).is_some_and(|call| is_ref(context, call))
        }
        _ => false,
    }
}

/// Whether a function calls something where its first parameter is null, and only there.
fn ends_with_null(module: &Module, function: FunctionId) -> bool {
    if module.functions[function].parameters.is_empty() {
        return false;
    }
    let present = reached(module, function, true);
    reached(module, function, false).difference(&present).any(|block| {
        let steps = &module.functions[function].cfg.blocks[*block].steps;
        steps.iter().any(|step| matches!(step, Step::Eval(expr) if matches!(module.kind(*expr), ExprKind::Call { .. })))
    })
}

/// The blocks that are reached without an exception when the first parameter is there, or null.
fn reached(module: &Module, function: FunctionId, there: bool) -> FxHashSet<BlockId> {
    let data = &module.functions[function];
    let asked = |condition: ExprId| match read(module, condition) {
        Some((Test::Exists(tested), holds)) => {
            let own = matches!(module.kind(tested), ExprKind::Variable(id) if data.parameters.first() == Some(id));
            own.then_some(holds == there)
        }
        _ => None,
    };
    let mut seen = FxHashSet::default();
    let mut open = vec![data.cfg.entry];
    while let Some(block) = open.pop() {
        if !seen.insert(block) {
            continue;
        }
        match &data.cfg.blocks[block].terminator {
            Terminator::Branch { condition, then, otherwise } => match asked(*condition) {
                Some(true) => open.push(*then),
                Some(false) => open.push(*otherwise),
                None => open.extend([*then, *otherwise]),
            },
            _ => open.extend(data.cfg.edges(block).into_iter().map(|edge| edge.to)),
        }
    }
    seen
}
