//! What an object does when a property of its own changes: `this.setTarget(null)` runs the method that it has given
//! itself as a listener of that change.

use super::context::{CallSite, Context};
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Name};

/// The methods of an object that a call of one of its setters runs by the event of the change.
pub fn by_setter(context: &Context<'_>, function: FunctionId, site: &CallSite) -> Vec<FunctionId> {
    let class = context.module.functions[function].this.filter(|_| context.family() == Family::JavaScript);
    let property = own_method(context, site.expr).and_then(|name| name.strip_prefix("set").map(str::to_lowercase));
    let (Some(class), Some(property)) = (class, property.filter(|property| !property.is_empty())) else {
        return Vec::new();
    };
    let handlers = context.sites_of(class).filter_map(|other| {
        let listens = own_method(context, other.expr)?;
        let ExprKind::Call { arguments, .. } = context.module.kind(other.expr) else { return None };
        let [event, handler, ..] = arguments.as_slice() else { return None };
        let of_property = context.text(event.value).to_lowercase().contains(&property);
        (of_property && words::hears(&listens)).then(|| context.module.function_of(handler.value))?
    });
    handlers.collect()
}

/// The name of the method that an object calls on itself.
fn own_method(context: &Context<'_>, call: ExprId) -> Option<Name> {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return None };
    let ExprKind::Member { object, name, .. } = context.module.kind(*callee) else { return None };
    matches!(context.module.kind(*object), ExprKind::This(_)).then(|| name.clone())
}
