//! Releases that name what they release in a roundabout way: by a function of the file, by the name of a field, by the
//! element that shows it.

use super::{Found, How};
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::holding::Holding;
use crate::catalogue::Acquire;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal, Name, Place, Root, VariableKind};

/// The calls that give the handle, or the object that it is a member of, to a function of the file which releases it:
/// `save(url)`, `clean(link)` for `link.href`.
#[must_use]
pub fn by_function(context: &Context<'_>, acquire: &Acquire, holding: &Holding) -> Vec<Found> {
    let module = context.module;
    if context.family() != Family::JavaScript {
        return Vec::new();
    }
    let mut found = Vec::new();
    for place in &holding.places {
        let Root::Variable(id) = place.root else { continue };
        for read in context.reads(id) {
            let Use::Argument(call, index) = context.uses(*read) else { continue };
            let Some((site, callee)) = context.site_of(call).and_then(|site| Some((site, site.callee?))) else {
                continue;
            };
            let Some(parameter) = module.functions[callee].parameters.get(usize::from(index)) else { continue };
            let inner = Place { root: Root::Variable(*parameter), path: place.path.clone() };
            let releases = |site: &CallSite| {
                let handles = identity::released_handles(context, site, acquire);
                handles.into_iter().any(|handle| context.place(handle).as_ref() == Some(&inner))
            };
            if context.sites_within(callee).any(releases) {
                found.push(Found { call, function: site.function, how: How::Full, taken: context.span(call) });
            }
        }
    }
    found
}

/// Whether a handle is a field by a name that the code goes over: `for (const key of ['poll', 'tick']) stop(this[key])`.
#[must_use]
pub fn is_listed_field(context: &Context<'_>, handle: ExprId, holding: &Holding) -> bool {
    let module = context.module;
    let ExprKind::Index { object, key, .. } = module.kind(module.peel(handle)) else { return false };
    let own = matches!(module.kind(*object), ExprKind::This(_)) && matches!(module.kind(*key), ExprKind::Variable(_));
    own && holding.fields().filter_map(Place::only_field).any(|field| {
        let written = |kind: &ExprKind| matches!(kind, ExprKind::Literal(Literal::String(text)) if text == field);
        module.exprs.iter().any(|(_, expr)| written(&expr.kind))
    })
}

/// Whether an object URL is taken back from an element that shows one: `URL.revokeObjectURL(item.image.src)`.
#[must_use]
pub fn is_shown(context: &Context<'_>, acquire: &Acquire, handle: ExprId, holding: &Holding) -> bool {
    let module = context.module;
    let ExprKind::Member { name, .. } = module.kind(module.peel(handle)) else { return false };
    let last = |place: &Place| place.path.rsplit('.').next().map(Name::new);
    acquire.kind == "object-url"
        && matches!(name.as_str(), "src" | "href")
        && holding.places.iter().filter_map(last).any(|held| held == *name)
}

/// Whether a handle is kept by what the methods of one object are given by the same name: `bind(el) { el.watch = … }` and
/// `unbind(el) { el.watch.disconnect() }` of a directive.
#[must_use]
pub fn is_of_sibling(context: &Context<'_>, place: &Place, holding: &Holding) -> bool {
    let module = context.module;
    let given = |place: &Place| {
        let Root::Variable(id) = place.root else { return None };
        let variable = &module.variables[id];
        let class = module.functions[variable.function].this?;
        let parameter = matches!(variable.kind, VariableKind::Parameter(_)) && !place.path.is_empty();
        parameter.then_some((class, &variable.name))
    };
    context.family() == Family::JavaScript
        && given(place).is_some_and(|one| {
            holding.places.iter().any(|held| held.path == place.path && given(held).is_some_and(|other| other == one))
        })
}
