//! A field that other methods of its owner release before they replace it, and that the teardown leaves.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::releases::is_handled;
use crate::analyses::pairing::owner::teardown::overrides::is_whole;
use crate::analyses::pairing::owner::teardown::siblings::{has_other_owner, is_handed_on, teardown_kind};
use crate::analyses::story::Story;
use crate::catalogue::words::owners::{self as words, is_end_of_part};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, Field, FunctionId, FunctionKind, Place, Root};
use crate::project::Candidate;

/// A handle that ordinary methods dispose of before they replace it, and that the teardown leaves.
#[must_use]
pub fn released(
    context: &Context<'_>,
    class: ClassId,
    cycle: &Lifecycle,
    reached: &FxHashSet<FunctionId>,
    field: &Field,
) -> Option<Candidate> {
    let module = context.module;
    let place = Place { root: Root::This(class), path: crate::model::Name::from(format!(".{}", field.name)) };
    let child = |value: &ExprId| is_child_of_ended(context, class, reached, *value);
    let ends_with_another = !field.values.is_empty() && field.values.iter().all(child);
    if is_handled(context, reached, &place, &[]) || is_handed_on(context, class, field) || ends_with_another {
        return None;
    }
    // What goes into a list of the owner gives a handle that merely takes it out again.
    let value = field.values.iter().map(|value| module.peel(*value)).find(|value| {
        context.site_of(*value).is_some_and(|site| {
            site.acquires.is_empty() && !is_put_into_own(context, site) && !reached.contains(&site.function)
        }) && !has_other_owner(context, *value)
    })?;
    if is_request(field) || is_on_own(context, class, value) {
        return None;
    }
    // What the class makes itself may go with it, unless it is taken off before another one is made.
    let constructed = context.site_of(value).is_some_and(|site| site.shape.constructs);
    if (constructed || context.family() == Family::Python)
        && !field.values.iter().any(|value| module.is_null(*value) && !is_setup(context, *value))
    {
        return None;
    }
    let released = context.field_uses(class, &field.name).iter().find_map(|named| match context.uses(*named) {
        Use::Receiver(call) => context
            .site_of(call)
            .filter(|site| site.shape.method.as_deref().is_some_and(|method| ends_it(context, method))),
        _ => None,
    })?;
    // `this.toDispose.push(Disposable.create(() => this.proxy.dispose()))`: whoever is given the function runs it.
    if context.function_expr(released.function).is_some_and(|value| matches!(context.uses(value), Use::Argument(..))) {
        return None;
    }
    let whole = |teardown: &FunctionId| {
        context.family() != Family::Java
            || cycle.framework.is_some()
            || module.functions[*teardown]
                .name
                .as_deref()
                .is_none_or(|name| is_whole(context, cycle, name) || matches!(name, "stop" | "terminate"))
    };
    let teardown = *cycle.teardowns.first().filter(|_| cycle.teardowns.iter().any(whole))?;
    let named = |function: FunctionId| module.functions[function].name.as_deref();
    if context.family() == Family::Python
        && (named(teardown) == Some("__del__") || named(released.function).is_none_or(is_end_of_part))
    {
        return None;
    }
    let acquire = teardown_kind();
    let story = Story::new(context, value, context.function_of(value)?, &acquire, Analysis::Pairing)?;
    let owner = module.classes[class].name.clone().unwrap_or_default();
    let name =
        module.functions[teardown].name.as_ref().map_or_else(|| "the cleanup".to_owned(), |name| format!("`{name}`"));
    Some(
        story
            .message(format!(
                "{name} of `{owner}` leaves `{}` alive, which `{}` releases",
                field.name,
                context.symbol(released.function)
            ))
            .confidence(
                Confidence::Medium,
                "another method releases it before it is replaced, so that it needs a release",
            )
            .step(StepKind::Released, context.span(released.expr), "released only here, which no teardown calls")
            .step(
                StepKind::Missed,
                module.functions[teardown].name_span,
                format!("{name} does not touch `{}`", field.name),
            )
            .end(),
    )
}

/// `this.scope.child()`: what a thing of the object makes for it ends with that thing, which a teardown ends.
fn is_child_of_ended(context: &Context<'_>, class: ClassId, reached: &FxHashSet<FunctionId>, value: ExprId) -> bool {
    let Some(parent) = context.part(context.module.peel(value), &Part::Receiver) else { return false };
    let own = context.place(parent).filter(|place| place.root == Root::This(class) && place.only_field().is_some());
    context.family() == Family::JavaScript && own.is_some_and(|place| is_handled(context, reached, &place, &[]))
}

/// Whether the field has the handle of one request, which comes to its end by itself: an image that is loaded.
fn is_request(field: &Field) -> bool {
    field.ty.as_ref().is_some_and(|ty| words::is_of_request(&ty.name.to_string()))
}

/// Whether a call of Java works on a field that the class fills itself: `Bindings.valueAt(split.getDividers(), 0).listen(f)`.
fn is_on_own(context: &Context<'_>, class: ClassId, value: ExprId) -> bool {
    let module = context.module;
    let made = |field: &Field| {
        let constructs =
            |value: &ExprId| matches!(module.kind(module.peel(*value)), ExprKind::Call { constructs: true, .. });
        !field.values.is_empty() && field.values.iter().all(constructs)
    };
    let own = |expr: ExprId| {
        let place = context.place(expr).filter(|place| place.root == Root::This(class));
        place.and_then(|place| module.field(class, place.only_field()?)).is_some_and(made)
    };
    let receiver = |call: &ExprId| context.part(*call, &Part::Receiver).map(|object| module.peel(object));
    let chain = |from: ExprId| std::iter::successors(Some(from), receiver).take(6);
    context.family() == Family::Java
        && chain(value).any(|link| {
            own(link) || context.part(link, &Part::Argument(0)).is_some_and(|given| chain(module.peel(given)).any(own))
        })
}

/// `this.toDispose.push(view)`
fn is_put_into_own(context: &Context<'_>, site: &CallSite) -> bool {
    let own = |object: ExprId| context.place(object).is_some_and(|place| matches!(place.root, Root::This(_)));
    !site.sinks.is_empty()
        || context.family() == Family::JavaScript
            && site.shape.method.as_deref() == Some("push")
            && matches!(context.module.kind(site.expr), ExprKind::Call { callee, .. }
                if matches!(context.module.kind(*callee), ExprKind::Member { object, .. } if own(*object)))
}

/// Whether a method ends its object. The words of Python are those of anything: there the field is emptied as well.
fn ends_it(context: &Context<'_>, method: &str) -> bool {
    words::ends_surely(method) || context.family() == Family::Python && words::ends_by_word(method)
}

/// Whether a value is one that the field starts with.
fn is_setup(context: &Context<'_>, value: ExprId) -> bool {
    context.function_of(value).is_none_or(|function| {
        matches!(
            context.module.functions[function].kind,
            FunctionKind::Constructor | FunctionKind::FieldInitializer | FunctionKind::Module
        )
    })
}
