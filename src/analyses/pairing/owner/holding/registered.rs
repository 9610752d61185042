//! Fields whose end is someone else's matter, because a class said so when it filled them.

use super::own_list;
use crate::analyses::context::{Context, Use};
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Place, Root};

/// Whether a sink answers for what a field holds, `store = this._register(new DisposableStore())`, or its release is
/// registered: `weakref.finalize(self, self.file.close)`.
#[must_use]
pub fn is_registered(context: &Context<'_>, place: &Place) -> bool {
    let (Root::This(class), Some(field)) = (&place.root, place.field()) else { return false };
    let uses = context.field_uses(*class, field);
    if uses.iter().any(|named| is_release_registered(context, *named)) {
        return true;
    }
    // `self.stack.enter_context(self.pool)`, where the object keeps the stack.
    let of_own = |call: ExprId| {
        let receiver = context.part(call, &crate::catalogue::Part::Receiver).and_then(|object| context.place(object));
        receiver.is_some_and(|place| matches!(place.root, Root::This(_)) && place.field().is_some())
    };
    if context.family() == Family::Python
        && uses.iter().any(|named| match context.uses(*named) {
            Use::Argument(call, _) => of_own(call) && takes(context, call, *named),
            _ => false,
        })
    {
        return true;
    }
    // Classes of other languages keep such lists themselves.
    if context.family() != Family::JavaScript {
        return false;
    }
    let made = context.module.field(*class, field).into_iter().flat_map(|field| &field.values).any(|value| {
        let call = context.module.peel(*value);
        let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return false };
        arguments.iter().any(|argument| takes(context, call, argument.value))
    });
    made || uses.iter().any(|named| match context.uses(*named) {
        Use::Argument(call, _) => takes(context, call, *named),
        _ => false,
    })
}

/// Whether a call takes ownership of a value.
fn takes(context: &Context<'_>, call: ExprId, value: ExprId) -> bool {
    own_list(context, call).is_none()
        && context
            .site_of(call)
            .is_some_and(|site| site.sinks.iter().any(|sink| context.stands_in(call, &sink.argument, value)))
}

/// Whether a method that ends what the field holds is given to a call that runs it at the end.
fn is_release_registered(context: &Context<'_>, named: ExprId) -> bool {
    // `this.atEnd(this.pool::shutdown)`: a method reference is given to be run.
    if let Some(reference) = context.parent(named)
        && let ExprKind::MethodReference { name, .. } = context.module.kind(reference)
    {
        return words::ends(name) && matches!(context.uses(reference), Use::Argument(..));
    }
    let Use::Read(member) = context.uses(named) else { return false };
    let ExprKind::Member { name, .. } = context.module.kind(member) else { return false };
    let Use::Argument(call, _) = context.uses(member) else { return false };
    words::ends(name)
        && context.site_of(call).is_some_and(|site| {
            let mut teardowns = site.hooks.iter().filter_map(|hook| hook.teardown.as_ref());
            teardowns.any(|part| context.stands_in(call, part, member)) || takes(context, call, member)
        })
}

/// Whether a function was written into a record under the name by which it is taken out again:
/// `table.set(key, { onEnd })` and `table.get(key).onEnd`.
#[must_use]
pub fn is_recorded(context: &Context<'_>, wanted: ExprId, given: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Variable(id) = module.kind(module.peel(wanted)) else { return false };
    let ExprKind::Member { object, name, .. } = module.kind(module.peel(given)) else { return false };
    let named = |property: &crate::model::Property| {
        matches!(&property.key, crate::model::PropertyKey::Name(key) if key == name)
            && matches!(module.kind(module.peel(property.value)), ExprKind::Variable(own) if own == id)
    };
    !matches!(module.kind(*object), ExprKind::This(_))
        && context.reads(*id).iter().any(|read| match context.uses(*read) {
            Use::Element(record) => {
                matches!(module.kind(record), ExprKind::Object(properties) if properties.iter().any(named))
            }
            _ => false,
        })
}
