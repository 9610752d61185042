//! Classes of which a container of dependencies makes one instance: `bind(Clock).toSelf().inSingletonScope()`.

use crate::analyses::context::{Context, Use};
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ClassId, ExprId};
use crate::project::Question;

/// Whether a class is bound so where it is named.
#[must_use]
pub fn is_bound_once(context: &Context<'_>, named: ExprId) -> bool {
    let Use::Argument(call, 0) = context.uses(named) else { return false };
    let method = |call: ExprId| context.site_of(call).and_then(|site| site.shape.method.as_deref());
    // A child container goes with the view that it was made for.
    let before = context.part(call, &Part::Receiver);
    if [Some(call), before].into_iter().flatten().any(|link| method(link) == Some("bind")) {
        return false;
    }
    let mut links = std::iter::successors(Some(call), |call| match context.uses(*call) {
        Use::Receiver(outer) => Some(outer),
        _ => None,
    });
    links.any(|link| method(link).is_some_and(words::binds_once))
}

/// The question whether a container makes one instance of a class that it injects things into.
#[must_use]
pub fn question(context: &Context<'_>, class: ClassId) -> Option<Question> {
    let data = &context.module.classes[class];
    let injected = data.annotations.iter().any(|annotation| annotation.name.to_lowercase().ends_with("injectable"));
    let class = context.module.class_name(class);
    (injected && context.family() == Family::JavaScript && !class.name.is_empty())
        .then(|| Question::BoundOnce { class: class.into() })
}
