//! A source that is made here in one case and given in another: what ends it in the first leaves it in the second.

use crate::analyses::context::Context;
use crate::analyses::owners;
use crate::analyses::pairing::owner::{Case, How};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionKind, Place, Root, VariableKind};
use crate::project::Candidate;

/// The verdict on a listener on a field that may hold what the creator of the object gave to it.
#[must_use]
pub fn judge(case: &Case<'_>, class: ClassId, teardowns: &[crate::model::FunctionId]) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    if context.family() != Family::JavaScript || case.acquire.kind != "listener" || case.acquire.once {
        return None;
    }
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let place = context.place(source)?;
    let field = place.only_field().filter(|_| place.root == Root::This(class))?;
    let teardown = teardowns.iter().find(|teardown| module.classes[class].methods.contains(teardown))?;
    if case.releases.iter().any(|found| !matches!(found.how, How::Differs(_) | How::Source)) {
        return None;
    }
    let constructed = module.functions[case.site.function].kind == FunctionKind::Constructor;
    let data = module.field(class, field)?;
    let lent = data.values.iter().find(|value| is_lent(context, **value))?;
    let made = data.values.iter().any(|value| is_made(context, *value));
    let reached = owners::reach(context, teardowns);
    let swept = context.sites.iter().any(|site| {
        reached.contains(&site.function)
            && site.shape.method.as_deref().is_some_and(|name| name.starts_with("removeAll"))
    });
    if !made || !constructed || swept || ends_always(context, class, teardowns, &place) {
        return None;
    }
    let name = module.functions[*teardown].name.clone().unwrap_or_default();
    let thing = what(case.acquire);
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("`{name}` leaves the {thing} on `{}`, which may have been given", case.source_text()))
            .confidence(Confidence::Medium, "it is made here in one case alone; what was given lives on")
            .step(StepKind::Kept, context.span(*lent), "given by who makes the object")
            .step(StepKind::Missed, module.functions[*teardown].name_span, format!("`{name}` does not remove it"))
            .end(),
    )
}

/// `options.server`: a member of what the constructor is given, or the parameter itself.
fn is_lent(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let mut at = module.peel(value);
    while let ExprKind::Member { object, .. } = module.kind(at) {
        at = module.peel(*object);
    }
    let ExprKind::Variable(id) = module.kind(at) else { return false };
    let variable = &module.variables[*id];
    matches!(variable.kind, VariableKind::Parameter(_))
        && module.functions[variable.function].kind == FunctionKind::Constructor
}

fn is_made(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { constructs, .. } = module.kind(module.peel(value)) else { return false };
    *constructs
        || context
            .site_of(module.peel(value))
            .and_then(|site| site.shape.method.as_deref().map(words::makes))
            .unwrap_or_default()
}

/// Whether a teardown itself ends the field's value, and does so in every case.
fn ends_always(context: &Context<'_>, class: ClassId, teardowns: &[crate::model::FunctionId], place: &Place) -> bool {
    let module = context.module;
    let reached = owners::reach(context, teardowns);
    module.classes[class].methods.iter().filter(|method| reached.contains(method)).any(|method| {
        context.sites_within(*method).any(|site| {
            let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
            let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return false };
            context.place(*object).as_ref() == Some(place) && words::ends(name)
        })
    })
}
