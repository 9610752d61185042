//! A source that its registrant ends only where a flag says that it is its own.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::pairing::owner::releases::{Found, How};
use crate::model::{ExprId, ExprKind, Root, Terminator};

/// `if (this.closesClient) this.client.close()`: where the flag is not set, the source goes on, and with it what was
/// registered there.
#[must_use]
pub fn ends_source_if_owned(context: &Context<'_>, found: &Found) -> bool {
    context.site_of(found.call).filter(|_| found.how == How::Source).is_some_and(|site| is_done_if_owned(context, site))
}

/// Whether a call stands under a flag that the maker of the object gives.
#[must_use]
pub fn is_done_if_owned(context: &Context<'_>, site: &CallSite) -> bool {
    let cfg = &context.module.functions[site.function].cfg;
    cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Branch { condition, then, .. } => *then == site.block && is_given_flag(context, *condition),
        _ => false,
    })
}

/// Whether a condition is a field of the object alone that its maker gives: true or false.
fn is_given_flag(context: &Context<'_>, condition: ExprId) -> bool {
    let module = context.module;
    let Some(place) = context.place(condition) else { return false };
    let (Root::This(class), Some(field)) = (&place.root, place.only_field()) else { return false };
    let Some(data) = module.field(*class, field) else { return false };
    let boolean = data.ty.as_ref().is_some_and(|ty| matches!(ty.name.last(), "boolean" | "Boolean" | "bool"));
    let given = |value: &ExprId| {
        matches!(module.kind(module.peel(*value)), ExprKind::Variable(id)
            if matches!(module.variables[*id].kind, crate::model::VariableKind::Parameter(_)))
    };
    boolean && !data.values.is_empty() && data.values.iter().all(given)
}
