//! What is taken of a fresh handle: something of which it is no part any more, or something that still stands for it.

use super::Acquisition;
use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::path::words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind};

/// Whether only an attribute or an item of the fresh handle is taken, after which nobody has it:
/// `app.connection().transport.driver`, `Dataset(path)["x"]`.
#[must_use]
pub fn only_a_part_is(context: &Context<'_>, acquisition: &Acquisition<'_>) -> bool {
    let plain = matches!(acquisition.acquire.kind.as_str(), "resource" | "connection");
    if context.family() != Family::Python || !plain {
        return false;
    }
    let Use::Read(part) = context.uses(acquisition.site.expr) else { return false };
    let ExprKind::Member { name, .. } = context.module.kind(part) else {
        // An item that is kept reads from it, and may end it.
        return matches!(context.uses(part), Use::Read(_) | Use::Receiver(_) | Use::Operand(_));
    };
    let closes = |name: &str| words::closes(name) || acquisition.acquire.closes.iter().any(|close| close == name);
    if closes(name) {
        return false;
    }
    match context.uses(part) {
        Use::Receiver(call) => method(context, call).is_some_and(|name| !closes(name) && !words::derives(name)),
        Use::Read(_) | Use::Operand(_) => true,
        // A stream of it or a method of it has it.
        _ => !words::stands_for_owner(name) && !words::is_file_method(name),
    }
}

fn method<'a>(context: &'a Context<'_>, call: ExprId) -> Option<&'a str> {
    context.site_of(call).and_then(|site| site.shape.method.as_deref())
}
