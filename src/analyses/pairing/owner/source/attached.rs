//! What somebody else ends with what is his: the sockets of a context, the statements of a connection, what a base
//! class takes off.

use rustc_hash::FxHashSet;

use crate::analyses::context::CallSite;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::teardown::overrides::calls_super;
use crate::analyses::pairing::path::words;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, Place, Root, VariableKind};

/// Whether a teardown ends the field that it was got from.
#[must_use]
pub fn ends_with_field(case: &Case<'_>, class: ClassId, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let source = source(case).and_then(|source| context.place(source));
    let Some(source) = source.filter(|place| place.root == Root::This(class) && place.field().is_some()) else {
        return false;
    };
    let ends = |site: &CallSite| {
        let object: Option<Place> = context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object));
        site.shape.method.as_deref().is_some_and(words::closes) && object.as_ref() == Some(&source)
    };
    context.sites_of(class).any(|site| reached.contains(&site.function) && ends(site))
}

/// Whether it was got from what a method is given: whoever has that ends both.
#[must_use]
pub fn is_of_given(case: &Case<'_>) -> bool {
    let module = case.context.module;
    source(case).is_some_and(|source| {
        matches!(module.kind(module.peel(source)), ExprKind::Variable(id)
            if matches!(module.variables[*id].kind, VariableKind::Parameter(_)))
    })
}

fn source(case: &Case<'_>) -> Option<ExprId> {
    let part = case.acquire.source.as_ref().filter(|_| case.acquire.ends_with_source)?;
    case.context.part(case.site.expr, part)
}

/// Whether the registration is made for the instance, and a base class takes it off: `connect(slot, this)` of a widget.
pub fn ends_by_base(case: &Case<'_>, class: ClassId) -> bool {
    let module = case.context.module;
    let made_for = case.acquire.registrant.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    made_for.is_some_and(|expr| matches!(module.kind(module.peel(expr)), ExprKind::This(_)))
        && module.classes[class].superclasses > 0
}

/// Whether the field is one that a class above declares, which the teardown calls: `in` of a `FilterInputStream`.
pub fn is_left_to_base(case: &Case<'_>, class: ClassId, teardowns: &[FunctionId]) -> bool {
    let context = case.context;
    let module = context.module;
    let declared =
        |place: &Place| place.field().and_then(|field| module.field(class, field)).is_none_or(|field| field.declared);
    let above = context.family() == Family::Java && module.classes[class].superclasses > 0;
    above
        && case.holding.fields().any(|place| place.root == Root::This(class) && !declared(place))
        && teardowns.iter().any(|teardown| calls_super(context, *teardown))
}
