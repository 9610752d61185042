//! Parameters and locals that stand for fields.

use rustc_hash::FxHashMap;

use crate::model::{AssignOp, ExprId, ExprKind, Module, Name, Place, Root, VariableId, VariableKind};

/// Parameters that are assigned to one field, which nothing else is assigned to, and locals that got their value with it.
pub fn fields(module: &Module) -> FxHashMap<VariableId, Place> {
    let mut aliases = FxHashMap::default();
    for (_, expr) in module.exprs.iter() {
        let ExprKind::Assign { target, value, operator: AssignOp::Set, .. } = &expr.kind else { continue };
        let ExprKind::Variable(id) = module.kind(module.peel(*value)) else { continue };
        let variable = &module.variables[*id];
        if !matches!(variable.kind, VariableKind::Parameter(_)) || variable.rewritten || !variable.values.is_empty() {
            continue;
        }
        if let Some(place) = only(module, *target) {
            aliases.entry(*id).or_insert(place);
        }
    }
    // `const all = (this.subscriptions = new Subscription())`
    for (id, variable) in module.variables.iter().filter(|(_, variable)| variable.kind == VariableKind::Local) {
        let [value] = variable.values.as_slice() else { continue };
        if let ExprKind::Assign { target, operator: AssignOp::Set, .. } = module.kind(module.peel(*value))
            && !variable.rewritten
            && let Some(place) = only(module, *target)
        {
            aliases.insert(id, place);
        }
    }
    // `constructor(private readonly x: X)`
    for (class, data) in module.classes.iter() {
        for field in data.fields.iter().filter(|field| field.declared && !field.is_static) {
            let [value] = field.values.as_slice() else { continue };
            let ExprKind::Variable(id) = module.kind(*value) else { continue };
            let variable = &module.variables[*id];
            if variable.name == field.name && matches!(variable.kind, VariableKind::Parameter(_)) && !variable.rewritten
            {
                let path = Name::new(format!(".{}", field.name));
                aliases.entry(*id).or_insert(Place { root: Root::This(class), path });
            }
        }
    }
    aliases
}

/// The field that a value is assigned to, where it never gets another one.
fn only(module: &Module, target: ExprId) -> Option<Place> {
    let place = module.place(target)?;
    let Root::This(class) = place.root else { return None };
    let field = module.field(class, place.only_field()?)?;
    (field.values.iter().filter(|value| !module.is_null(**value)).count() == 1).then_some(place)
}
