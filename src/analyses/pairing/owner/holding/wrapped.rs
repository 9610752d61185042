//! Handles that end with another: a file with the channel or buffer that a field has of it.

use rustc_hash::FxHashSet;

use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::holding::wraps;
use crate::analyses::pairing::owner::releases::is_handled;
use crate::lang::Family;
use crate::model::{ExprId, FunctionId, Place, Root};

/// Whether a teardown ends something that a field was given of the handle: `channel = file.getChannel()`.
#[must_use]
pub fn ends_with_wrapper(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let of_field = |place: &Place| match (&place.root, place.field()) {
        (Root::This(class) | Root::Static(class), Some(field)) => context.field_uses(*class, field).to_vec(),
        _ => Vec::new(),
    };
    let uses: Vec<ExprId> = case.holding.fields().flat_map(of_field).collect();
    uses.into_iter()
        .filter(|named| !context.is_target(*named))
        .filter_map(|named| wrapper(context, named))
        .any(|place| is_handled(context, reached, &place, &case.acquire.closes))
}

/// The field that has what is made around a value.
fn wrapper(context: &Context<'_>, named: ExprId) -> Option<Place> {
    let (mut at, mut wrapped) = (named, false);
    loop {
        match context.uses(at) {
            Use::Argument(call, _) | Use::Receiver(call) if wraps(context, at, call) => (at, wrapped) = (call, true),
            Use::Stored(target) if wrapped => {
                let place = context.place(target)?;
                return matches!(place.root, Root::This(_) | Root::Static(_)).then_some(place);
            }
            _ => return None,
        }
    }
}

/// Whether all instances share it: a static pool is not for one of them to end.
#[must_use]
pub fn is_shared(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let shared = |place: &Place| match &place.root {
        Root::Static(_) => true,
        Root::This(class) => {
            place.field().and_then(|field| module.field(*class, field)).is_some_and(|field| field.is_static)
        }
        _ => false,
    };
    let mut fields = case.holding.fields().peekable();
    case.context.family() == Family::Java
        && case.acquire.kind == "executor"
        && fields.peek().is_some()
        && fields.all(shared)
}
