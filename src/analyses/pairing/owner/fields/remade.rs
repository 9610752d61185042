//! A teardown that gives a field a new object and releases that: the one which the instance had lives on.

use rustc_hash::FxHashSet;

use crate::analyses::context::{Context, Use};
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::releases::handles;
use crate::analyses::pairing::owner::teardown::siblings::{releases, teardown_kind};
use crate::analyses::story::Story;
use crate::catalogue::Analysis;
use crate::finding::{Confidence, StepKind};
use crate::model::{ClassId, ExprId, ExprKind, Field, FunctionId};
use crate::project::Candidate;

/// The verdict on a field that a teardown fills anew before it releases it: `this.view = new View(); this.view.destroy()`.
#[must_use]
pub fn judge(
    context: &Context<'_>,
    class: ClassId,
    cycle: &Lifecycle,
    reached: &FxHashSet<FunctionId>,
    field: &Field,
) -> Option<Candidate> {
    let module = context.module;
    let teardown = *cycle.teardowns.iter().find(|teardown| module.classes[class].methods.contains(teardown))?;
    let made = |value: &&ExprId| context.site_of(module.peel(**value)).is_some_and(|site| site.shape.constructs);
    let inside = |value: &&ExprId| context.function_of(**value).is_some_and(|function| reached.contains(&function));
    let renewed = *field.values.iter().filter(made).find(inside)?;
    // The one that was there is made outside the teardown.
    field.values.iter().filter(made).find(|value| !inside(value))?;
    let holder = context.function_of(renewed).filter(|function| module.functions[*function].this == Some(class))?;
    let at = context.span(renewed).start;
    let uses: Vec<ExprId> = context.field_uses(class, &field.name).to_vec();
    let before = |named: &ExprId| {
        !context.is_target(*named)
            && context.function_of(*named).is_some_and(|function| {
                reached.contains(&function) && (function != holder || context.span(*named).start < at)
            })
    };
    if uses.iter().any(|named| before(named) && handles(context, *named, &[])) {
        return None;
    }
    let released = uses.iter().find_map(|named| match context.uses(*named) {
        Use::Receiver(call) => context.site_of(call).filter(|site| {
            site.function == holder
                && context.span(site.expr).start > at
                && site.shape.method.as_deref().is_some_and(releases)
        }),
        _ => None,
    })?;
    let assigned = context.parent(renewed).filter(|parent| matches!(module.kind(*parent), ExprKind::Assign { .. }))?;
    let from = context.site_of(module.peel(renewed))?;
    if !module.functions[holder].cfg.leads(from.block, released.block) {
        return None;
    }
    let owner = module.classes[class].name.clone().unwrap_or_default();
    let name = module.functions[holder].name.clone().unwrap_or_default();
    let acquire = teardown_kind();
    Some(
        Story::new(context, renewed, holder, &acquire, Analysis::Pairing)?
            .message(format!("`{name}` of `{owner}` releases a new object of `{}`, and not the one it had", field.name))
            .confidence(Confidence::Medium, "the field takes a new one before the release, so that the old one stays")
            .step(StepKind::Released, context.span(released.expr), "releases the one that was just made")
            .step(
                StepKind::Missed,
                module.functions[teardown].name_span,
                format!("`{}` ends without releasing the one before `{}`", name, context.text(assigned)),
            )
            .end(),
    )
}
