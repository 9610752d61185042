//! Parameters that stand for fields.

use rustc_hash::FxHashMap;

use crate::model::{AssignOp, ExprKind, Module, Name, Place, Root, VariableId, VariableKind};

/// Parameters that are assigned to one field, which nothing else is assigned to.
pub fn fields(module: &Module) -> FxHashMap<VariableId, Place> {
    let mut aliases = FxHashMap::default();
    for (_, expr) in module.exprs.iter() {
        let ExprKind::Assign { target, value, operator: AssignOp::Set, .. } = &expr.kind else { continue };
        let ExprKind::Variable(id) = module.kind(module.peel(*value)) else { continue };
        let variable = &module.variables[*id];
        if !matches!(variable.kind, VariableKind::Parameter(_)) || variable.rewritten || !variable.values.is_empty() {
            continue;
        }
        let Some(place) = module.place(*target) else { continue };
        let Root::This(class) = place.root else { continue };
        let values = place.only_field().and_then(|field| module.field(class, field)).map(|field| &field.values);
        if values.is_some_and(|values| values.iter().filter(|value| !module.is_null(**value)).count() == 1) {
            aliases.entry(*id).or_insert(place);
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
