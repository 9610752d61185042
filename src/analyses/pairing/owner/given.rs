//! Sources that somebody else gives, of whom the file does not tell how long they live.

use super::{Case, Life};
use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::path::words::is_getter;
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionKind, Place, Root, Visibility};

/// Whether the source is a local value that a call gave.
#[must_use]
pub fn is_made_by_call(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    if context.family() == Family::Java && source.is_some_and(|source| is_future(context, source)) {
        return true;
    }
    let mut at = source;
    while let Some(expr) = at {
        at = match context.module.kind(context.module.peel(expr)) {
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => Some(*object),
            ExprKind::Variable(id) => {
                let variable = &context.module.variables[*id];
                return variable.function != context.module.root
                    && variable.values.iter().any(|value| {
                        let value = context.module.peel(*value);
                        matches!(context.module.kind(value), ExprKind::Call { .. })
                    });
            }
            _ => None,
        };
    }
    false
}

/// Whether what is subscribed to is a field as it stands that a base class has, or that an input of the framework fills.
#[must_use]
pub fn is_given_stream(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    let place = source.and_then(|source| context.place(source));
    let Some(Place { root: Root::This(class), .. }) = place else { return false };
    let module = context.module;
    let field = place.as_ref().and_then(Place::only_field).map(|field| module.field(class, field));
    // A signal of the object itself names no event.
    let signal = case.acquire.callback == Some(Part::Argument(0)) && matches!(field, Some(None));
    (case.acquire.kind == "subscription" || signal)
        && case.context.family() == Family::JavaScript
        && match field {
            Some(Some(field)) => !field.annotations.is_empty() && field.values.is_empty(),
            Some(None) => module.classes[class].superclasses > 0,
            None => false,
        }
}

/// Whether what is subscribed to is the answer of a call to code that no table knows, which may complete by itself: of
/// a function, or of a method that was asked for something in particular. Chains of operators are looked through.
#[must_use]
pub fn is_answer(case: &Case<'_>) -> bool {
    let context = case.context;
    if case.acquire.kind != "subscription" || case.acquire.source != Some(Part::Receiver) {
        return false;
    }
    let mut at = context.part(case.site.expr, &Part::Receiver);
    while let Some(expr) = at {
        let ExprKind::Call { callee, arguments, constructs: false, .. } =
            context.module.kind(context.module.peel(expr))
        else {
            return false;
        };
        match context.module.kind(*callee) {
            ExprKind::Member { object, name, .. } if name == "pipe" => at = Some(*object),
            ExprKind::Member { object, .. } => {
                let of_library =
                    context.module.type_of(*object).is_some_and(|ty| context.is_of_known_library(&ty.name));
                return !arguments.is_empty() && !of_library;
            }
            _ => return context.module.path(*callee).is_none_or(|path| !context.is_of_known_library(&path)),
        }
    }
    false
}

/// Whether all that is subscribed to belongs to parts of the same view that the object was given: a parent, a sibling
/// or a control, which ends with it.
#[must_use]
pub fn is_of_peer(case: &Case<'_>) -> bool {
    let context = case.context;
    if context.family() != Family::JavaScript
        || case.life == Life::Process
        || case.acquire.kind != "subscription"
        || case.acquire.source != Some(Part::Receiver)
        || case.site.shape.method.as_deref() != Some("subscribe")
    {
        return false;
    }
    let mut queue: Vec<ExprId> = context.part(case.site.expr, &Part::Receiver).into_iter().collect();
    let mut seen = 0_u16;
    while let Some(expr) = queue.pop() {
        let expr = context.module.peel(expr);
        match context.module.kind(expr) {
            ExprKind::Call { callee, arguments, constructs: false, .. } => match context.module.kind(*callee) {
                ExprKind::Member { object, .. } => queue.push(*object),
                _ => queue.extend(arguments.iter().map(|argument| argument.value)),
            },
            ExprKind::Member { object, .. } if !matches!(context.module.kind(*object), ExprKind::This(_)) => {
                queue.push(*object);
            }
            ExprKind::This(_) => {}
            _ => {
                let named = context.module.type_of(expr).map(|ty| ty.name);
                if !named.is_some_and(|name| words::is_of_view(name.last())) {
                    return false;
                }
                seen += 1;
            }
        }
    }
    seen > 0
}

/// Whether the object enters itself in what another keeps: `registry.add(this)`.
#[must_use]
pub fn is_entry(case: &Case<'_>) -> bool {
    let context = case.context;
    let itself = |part: &Part| {
        context
            .part(case.site.expr, part)
            .is_some_and(|expr| matches!(context.module.kind(context.module.peel(expr)), ExprKind::This(_)))
    };
    context.family() == Family::JavaScript
        && case.acquire.callback.is_none()
        && case.acquire.key.iter().any(|part| matches!(part, Part::Argument(0)) && itself(part))
}

/// Whether the callback is a method of the object: `schedule(self.tick)`.
#[must_use]
pub fn is_own_method(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let callback = case.acquire.callback.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    callback.is_some_and(|callback| match module.kind(module.peel(callback)) {
        ExprKind::Member { object, .. } => matches!(module.kind(module.peel(*object)), ExprKind::This(_)),
        _ => false,
    })
}

/// `channel.write(packet).addListener(…)`: what a call that does something gives back is over with it.
fn is_future(context: &Context<'_>, source: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, arguments, constructs: false, .. } = module.kind(module.peel(source)) else {
        return false;
    };
    let ExprKind::Member { name, .. } = module.kind(*callee) else { return false };
    name.ends_with("Future") || name.ends_with("Promise") || !arguments.is_empty() && !words::is_getter(name)
}

/// Whether the source is what a call gave, or came to a method of no instance.
#[must_use]
pub fn is_given_by_call(case: &Case<'_>) -> bool {
    case.life == Life::Unknown && (is_made_by_call(case) || is_answer(case))
        || case.life != Life::Process && is_of_no_instance(case)
}

/// Whether a static method of Java registers it, which no instance does: it mostly puts parts together.
fn is_of_no_instance(case: &Case<'_>) -> bool {
    let module = case.context.module;
    case.context.family() == Family::Java
        && case.acquire.kind == "listener"
        && module.functions[module.outermost(case.site.function)].is_static
}

/// Whether a method that works for others gives them the field as its result: `return this.document` of `merge()`. They
/// end it when they have done with it.
#[must_use]
pub fn is_result_for_callers(context: &Context<'_>, place: &Place) -> bool {
    let module = context.module;
    let Root::This(class) = place.root else { return false };
    let Some(field) = place.only_field().filter(|_| context.family() == Family::Java) else { return false };
    let named = context.field_uses(class, field);
    let fills =
        |function| named.iter().any(|named| context.is_target(*named) && context.function_of(*named) == Some(function));
    named.iter().filter(|named| context.uses(**named) == Use::Returned).any(|named| {
        let Some(function) = context.function_of(*named) else { return false };
        let data = &module.functions[function];
        data.visibility == Visibility::Public
            && data.kind == FunctionKind::Method
            && data.name.as_deref().is_some_and(|name| !is_getter(name) && name != field)
            && !fills(function)
            && context.sites_in(function).count() > 1
    })
}
