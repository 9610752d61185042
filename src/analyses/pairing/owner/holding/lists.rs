//! Collections that keep handles.

use super::Holding;
use crate::analyses::context::{Context, Use};
use crate::catalogue::words::paths::inserts;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionKind, Place, Root, VariableKind};

/// A collection holds the handle, and what keeps or gives back the collection under another name.
pub fn kept(context: &Context<'_>, collection: Place, holding: &mut Holding) {
    if let Root::Variable(id) = collection.root
        && collection.path.is_empty()
        && context.family() == Family::JavaScript
    {
        for read in context.reads(id) {
            match context.uses(*read) {
                Use::Stored(target) => holding.collections.extend(context.place(target)),
                Use::Returned => holding.handed_on = true,
                _ => {}
            }
        }
    }
    holding.collections.push(collection);
}

/// Whether a collection was given to the function: who gave it ends what is put there.
pub fn is_of_caller(context: &Context<'_>, collection: &Place) -> bool {
    let module = context.module;
    let Root::Variable(id) = collection.root else { return false };
    let variable = &module.variables[id];
    context.family() == Family::JavaScript
        && collection.path.is_empty()
        && matches!(variable.kind, VariableKind::Parameter(_))
        && !matches!(module.functions[variable.function].kind, FunctionKind::Constructor)
}

/// The collection that a call puts its argument in, where it is one that can be named.
pub fn inserted_into(context: &Context<'_>, call: ExprId) -> Option<Place> {
    let ExprKind::Call { callee, arguments, constructs: false, .. } = context.module.kind(call) else { return None };
    let ExprKind::Member { object, name, .. } = context.module.kind(*callee) else { return None };
    // `list.splice(at, 0, part)`
    if !(inserts(name) || name == "splice" && arguments.len() > 2) {
        return None;
    }
    // A sink of the tables is better evidence than the name of its method.
    if context.site_of(call).is_some_and(|site| !site.sinks.is_empty()) {
        return own_list(context, call);
    }
    context.place(*object)
}

/// The plain list of its own in which a class puts something: nobody but its methods can take care of that.
#[must_use]
pub fn own_list(context: &Context<'_>, call: ExprId) -> Option<Place> {
    let ExprKind::Call { callee, constructs: false, .. } = context.module.kind(call) else { return None };
    let ExprKind::Member { object, name, .. } = context.module.kind(*callee) else { return None };
    let place = context.place(*object).filter(|_| inserts(name))?;
    let Root::This(class) = place.root else { return None };
    let field = context.module.field(class, place.only_field()?)?;
    let lists = field.values.iter().all(|value| matches!(context.module.kind(*value), ExprKind::List { .. }));
    (!field.values.is_empty() && lists).then_some(place)
}
