//! Fields that hold thread-locals: made anew for each instance, or replaced where the value should be removed.
//!
//! A thread keeps the value of a thread-local that nobody can name any more until it happens to clean its map.

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::{self, lifecycle};
use crate::analyses::story::Story;
use crate::catalogue::words::owners::{ends_owner, is_plain_value};
use crate::catalogue::{Acquire, Analysis, Form, names};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{
    ClassId, ClassKind, ExprId, ExprKind, Field, FunctionId, FunctionKind, Literal, TypeRef, Visibility,
};
use crate::project::{Candidate, Facts};

/// Adds the fields of thread-locals that lose values.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    for (class, data) in context.module.classes.iter() {
        for field in &data.fields {
            if context.family() == Family::Python {
                facts.candidates.extend(variable_each(context, class, field));
                continue;
            }
            let Some(ty) = &field.ty else { continue };
            let Some(acquire) = table(context, ty) else { continue };
            let found = replaced(context, class, field, &acquire);
            let found = found.or_else(|| per_instance(context, class, field, ty, &acquire));
            facts.candidates.extend(found.or_else(|| emptied(context, class, field, &acquire)));
        }
    }
}

/// `self._state = ContextVar("state")`: a context keeps every variable that was set in it, and so its instance's value.
fn variable_each(context: &Context<'_>, class: ClassId, field: &Field) -> Option<Candidate> {
    let module = context.module;
    let value = *field.values.first().filter(|_| field.values.len() == 1 && !field.is_static)?;
    let site = context.site_of(module.peel(value)).filter(|site| site.shape.constructs)?;
    let ty = TypeRef::plain(site.shape.path.clone()?);
    let acquire = table(context, &ty)?;
    let function = context.function_of(value)?;
    if module.functions[function].kind != FunctionKind::Constructor
        || owners::is_singleton(context, class)
        || removed(context, class, &field.name)
    {
        return None;
    }
    let set = context.field_uses(class, &field.name).iter().find_map(|used| match context.uses(*used) {
        Use::Receiver(call) => context.site_of(call).filter(|site| site.shape.method.as_deref() == Some("set")),
        _ => None,
    })?;
    let story = Story::new(context, value, function, &acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!(
                "each instance has a {} `{}` of its own, which the contexts that set it keep for good",
                acquire.what, field.name
            ))
            .confidence(Confidence::Medium, "nothing in this file resets it, and it is no variable of the module")
            .step(StepKind::Kept, context.span(set.expr), "the running context refers to the variable from here on")
            .end(),
    )
}

/// The table of values of this type, where it is a type of thread-locals.
fn table(context: &Context<'_>, ty: &TypeRef) -> Option<Acquire> {
    if context.family() == Family::Java && !ty.name.last().ends_with("Local") {
        return None;
    }
    context.catalogue.acquires.entries().find_map(|acquire| {
        let fits = acquire.thread
            && acquire
                .call
                .iter()
                .any(|call| matches!(&call.form, Form::TypeMethod(class) if names(class, &ty.name, context.module)));
        fits.then(|| acquire.clone())
    })
}

/// `local = new ThreadLocal<>()` or `local = null` in a method: the old values stay in the maps of the threads.
fn replaced(context: &Context<'_>, class: ClassId, field: &Field, acquire: &Acquire) -> Option<Candidate> {
    let module = context.module;
    let made = field.values.iter().any(|value| matches!(module.kind(module.peel(*value)), ExprKind::Call { .. }));
    if !made || removed(context, class, &field.name) {
        return None;
    }
    let replacing = |value: &ExprId| {
        let anew = matches!(
            module.kind(module.peel(*value)),
            ExprKind::Call { constructs: true, .. } | ExprKind::Literal(Literal::Null)
        );
        let assignment = context.parent(*value)?;
        let function = context.function_of(assignment)?;
        let data = &module.functions[function];
        // An object that is read from a stream or copied is a fresh one.
        let fresh = matches!(data.name.as_deref(), Some("readObject" | "readResolve" | "clone"));
        let method = data.kind == FunctionKind::Method && !is_of_construction(context, function);
        (anew && !fresh && method).then_some((assignment, function))
    };
    let ends =
        |(_, function): &(ExprId, FunctionId)| module.functions[*function].name.as_deref().is_some_and(ends_owner);
    let (assignment, function) = field.values.iter().find_map(replacing)?;
    let end = field.values.iter().filter_map(replacing).find(ends);
    let (confidence, reason) = if end.is_some() {
        (Confidence::Medium, "its owner ends so, and nothing in this file calls remove() on it")
    } else {
        (Confidence::Low, "the threads tidy their maps now and then, and nothing says that it is replaced often")
    };
    let kept = end.map_or(assignment, |(assignment, _)| assignment);
    let story = Story::new(context, assignment, function, acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!(
                "the thread-local `{}` is replaced, and the values that threads have are not removed",
                field.name
            ))
            .confidence(confidence, reason)
            .step(StepKind::Kept, context.span(kept), "the old values stay in the maps of the threads")
            .end(),
    )
}

/// A thread-local for each object, whose first `get()` leaves an entry in the map of the thread.
fn per_instance(
    context: &Context<'_>,
    class: ClassId,
    field: &Field,
    ty: &TypeRef,
    acquire: &Acquire,
) -> Option<Candidate> {
    let module = context.module;
    let data = &module.classes[class];
    if field.is_static || data.kind != ClassKind::Class || owners::is_singleton(context, class) {
        return None;
    }
    let value = *field.values.first()?;
    // A plain `new ThreadLocal<>()` has entries where it is set, which is looked at there.
    if !field.values.iter().all(|value| is_filled(context, *value, ty)) || removed(context, class, &field.name) {
        return None;
    }
    let read = context.field_uses(class, &field.name).iter().find_map(|used| match context.uses(*used) {
        Use::Receiver(call) => Some(call),
        _ => None,
    })?;
    let function = context.function_of(value)?;
    let copied = data.bases.iter().any(|base| base.name.last() == "Serializable");
    let teardowns = lifecycle(context, class).teardowns;
    let ends = context
        .field_uses(class, &field.name)
        .iter()
        .any(|used| context.function_of(*used).is_some_and(|function| teardowns.contains(&function)));
    let (confidence, reason) = if copied || ends || is_emptied(context, class, &field.name) {
        (
            Confidence::Medium,
            "the field is not static, its values are meant to end, and nothing in this file calls remove()",
        )
    } else {
        (Confidence::Low, "nothing says that there are many instances, and each may well live as long as the process")
    };
    let story = Story::new(context, value, function, acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!(
                "each instance has a thread-local `{}` of its own, whose values stay with the threads: nothing removes them",
                field.name
            ))
            .confidence(confidence, reason)
            .step(StepKind::Kept, field.span, "an entry for each instance in the map of each thread that reads it")
            .step(StepKind::Kept, context.span(read), "the entry is made here, on each thread that comes by")
            .end(),
    )
}

/// Whether only constructors of its class call the method.
fn is_of_construction(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let constructs =
        |site: &CallSite| module.functions[module.outermost(site.function)].kind == FunctionKind::Constructor;
    let mut calls = context.calls_of(function).peekable();
    module.functions[function].visibility == Visibility::Private && calls.peek().is_some() && calls.all(constructs)
}

/// Whether the class takes back what a thread has: `local.set(false)`, `Object[] value = local.get(); … value[0] = null`.
fn is_emptied(context: &Context<'_>, class: ClassId, field: &str) -> bool {
    let module = context.module;
    context.field_uses(class, field).iter().any(|used| {
        let Use::Receiver(call) = context.uses(*used) else { return false };
        let ExprKind::Call { callee, arguments, .. } = module.kind(call) else { return false };
        let ExprKind::Member { name, .. } = module.kind(*callee) else { return false };
        let plain = |argument: &crate::model::Argument| {
            matches!(module.kind(module.peel(argument.value)), ExprKind::Literal(Literal::Null | Literal::Bool(_)))
        };
        if name == "set" {
            return arguments.first().is_some_and(plain);
        }
        let (Use::Stored(target), "get") = (context.uses(call), name.as_str()) else { return false };
        let ExprKind::Variable(id) = module.kind(target) else { return false };
        context.reads(*id).iter().any(|read| {
            let Use::Read(element) = context.uses(*read) else { return false };
            let assigned = context.parent(element).map(|parent| module.kind(parent));
            matches!(assigned, Some(ExprKind::Assign { target, value, .. })
                if *target == element && matches!(module.kind(module.peel(*value)), ExprKind::Literal(Literal::Null)))
        })
    })
}

/// Whether a value is a thread-local that fills itself: a subclass, one made by a factory of the type, or what a
/// method of the file makes so.
fn is_filled(context: &Context<'_>, value: ExprId, ty: &TypeRef) -> bool {
    let module = context.module;
    let own = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::Call { constructs: true, callee, .. } => matches!(module.kind(*callee), ExprKind::Class(_)),
        ExprKind::Call { callee, .. } => match module.kind(*callee) {
            ExprKind::Member { object, .. } => module.path(*object).is_some_and(|path| path == ty.name),
            _ => false,
        },
        _ => false,
    };
    let made = || match module.kind(module.peel(value)) {
        ExprKind::Call { callee, constructs: false, .. } => module.local_function(*callee),
        _ => None,
    };
    own(value)
        || made().is_some_and(|function| {
            let values = owners::returned_values(context, function);
            !values.is_empty() && values.into_iter().all(own)
        })
}

/// `local.set(null)` where `local.remove()` is meant: the entry of each instance stays in the map of the thread.
fn emptied(context: &Context<'_>, class: ClassId, field: &Field, acquire: &Acquire) -> Option<Candidate> {
    let module = context.module;
    let data = &module.classes[class];
    if field.is_static
        || field.values.len() != 1
        || data.kind != ClassKind::Class
        || owners::is_singleton(context, class)
        || removed(context, class, &field.name)
    {
        return None;
    }
    let call = context.field_uses(class, &field.name).iter().find_map(|used| match context.uses(*used) {
        Use::Receiver(call) => sets_null(context, call).then_some(call),
        _ => None,
    })?;
    let function = context.function_of(call)?;
    let value = field.ty.as_ref().and_then(|ty| ty.arguments.first());
    let small = value.is_some_and(|ty| is_foreign(context, ty) || is_plain_value(ty.name.last()));
    let (confidence, reason) = if small {
        (Confidence::Low, "an entry without a value is small, and goes when the thread tidies its map")
    } else {
        (Confidence::Medium, "the field is not static, and nothing in this file calls remove() on it")
    };
    let story = Story::new(context, call, function, acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!(
                "`{}` empties the thread-local of this instance and does not remove it: the entry stays with the thread",
                context.text(call)
            ))
            .confidence(confidence, reason)
            .step(StepKind::Kept, field.span, "an entry for each instance in the map of each thread that sets it")
            .end(),
    )
}

/// Whether a type is none of the project's own, as far as the beginnings of the packages say.
fn is_foreign(context: &Context<'_>, ty: &TypeRef) -> bool {
    let own = context.module.package.as_deref().unwrap_or_default();
    let of = |package: &str| package.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    !ty.name.module.is_empty() && !ty.name.is_unresolved() && !ty.name.is_here() && of(&ty.name.module) != of(own)
}

fn sets_null(context: &Context<'_>, call: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(call) else { return false };
    let set = matches!(module.kind(*callee), ExprKind::Member { name, .. } if name == "set");
    set && arguments
        .first()
        .is_some_and(|argument| matches!(module.kind(module.peel(argument.value)), ExprKind::Literal(Literal::Null)))
}

/// Whether the file removes values of the field, or hands it to someone who may.
fn removed(context: &Context<'_>, class: ClassId, field: &str) -> bool {
    context.field_uses(class, field).iter().any(|used| removes(context, *used))
}

fn removes(context: &Context<'_>, used: ExprId) -> bool {
    match context.uses(used) {
        Use::Receiver(call) => context.site_of(call).is_some_and(|site| {
            site.releases.iter().any(|release| !release.weak) && site.shape.method.as_deref() != Some("set")
        }),
        Use::Returned | Use::Argument(..) | Use::Opaque | Use::Element(_) => true,
        _ => false,
    }
}
