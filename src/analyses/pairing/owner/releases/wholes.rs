//! Calls that take off all there is on a source, or end the object that has it.

use super::Elements;
use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner;
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal};

/// `this.removeAll()`: a method of the class itself, and no teardown, releases what its code releases. The end of an
/// object does not end what lives as long as the process: `this.node.ownerDocument`.
pub fn ends_object_alone(
    context: &Context<'_>,
    call: &CallSite,
    acquire: &Acquire,
    object: ExprId,
    method: &str,
) -> bool {
    let ExprKind::This(Some(class)) = context.module.kind(context.module.peel(object)) else { return false };
    let source = acquire.source.as_ref().and_then(|part| context.part(call.expr, part));
    let Some(source) = source.filter(|_| context.family() == Family::JavaScript) else { return false };
    let other = !matches!(context.module.kind(context.module.peel(source)), ExprKind::This(_));
    let local = context.module.class_function(*class, method);
    let part = local.is_some_and(|local| !owners::lifecycle(context, *class).teardowns.contains(&local));
    other && (part || owner::life(context, source, call.function) == owner::Life::Process)
}

/// `for handler in list(logger.handlers): logger.removeHandler(handler)`: all that the source has.
pub fn drains_source(context: &Context<'_>, site: &CallSite, elements: &Elements) -> bool {
    let ExprKind::Call { callee, arguments, .. } = context.module.kind(site.expr) else { return false };
    let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return false };
    let Some(source) = context.place(*object) else { return false };
    // `with closing(handler) as one`
    let inner = |value: ExprId| {
        let ExprKind::Variable(id) = context.module.kind(value) else { return value };
        let [entered] = context.module.variables[*id].values.as_slice() else { return value };
        let site = context.site_of(*entered).filter(|site| !site.wrappers.is_empty());
        site.and_then(|site| context.part(site.expr, &Part::Argument(0))).unwrap_or(value)
    };
    let all = arguments.iter().filter_map(|argument| context.place(inner(argument.value)));
    all.filter_map(|element| elements.collection(&element).cloned()).any(|all| all != source && all.within(&source))
}

/// `selection.on('click', null)`: nothing in the place of the listener takes it off.
pub fn puts_nothing(context: &Context<'_>, site: &CallSite) -> bool {
    let callback = || context.part(site.expr, &Part::Argument(1));
    site.shape.method.as_deref() == Some("on")
        && callback().is_some_and(|callback| matches!(context.module.kind(callback), ExprKind::Literal(Literal::Null)))
}

/// What a chain of calls of one method is called on: `dispatch` of `dispatch.on('end', null).on('start', null)`.
pub fn chained_on(context: &Context<'_>, call: ExprId) -> ExprId {
    let mut at = call;
    while let Some(site) = context.site_of(at).filter(|site| site.shape.method.as_deref() == Some("on"))
        && let Some(receiver) = context.part(site.expr, &crate::catalogue::Part::Receiver)
    {
        at = context.module.peel(receiver);
    }
    at
}

/// `ctx.removeListeners()` in a method that is given the same `ctx`.
pub fn removes_all(context: &Context<'_>, site: &CallSite, call: &CallSite, acquire: &Acquire) -> bool {
    if !site.shape.method.as_deref().is_some_and(words::takes_all) {
        return false;
    }
    let name = |site: &CallSite| {
        let part = acquire.source.as_ref().or(acquire.key.first())?;
        let object = if site.expr == call.expr {
            context.part(site.expr, part)?
        } else {
            context.part(site.expr, &crate::catalogue::Part::Receiver)?
        };
        match context.module.kind(context.module.peel(object)) {
            ExprKind::Variable(id) => Some(context.module.variables[*id].name.clone()),
            ExprKind::Member { name, .. } => Some(name.clone()),
            _ => None,
        }
    };
    name(call).is_some_and(|source| name(site) == Some(source))
}
