//! What a map holds under a key that a method is given, replaced without a look at what is there already.

use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::owner::instance::again;
use crate::analyses::pairing::owner::{self, Case};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Place, Root, VariableKind};
use crate::project::Candidate;

/// The verdict on a handle that `map.set(key, handle)` keeps, in a class that releases them one by one.
pub fn judge(case: &Case<'_>, class: ClassId) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let method = case.site.function;
    let data = &module.functions[method];
    if context.family() != Family::JavaScript
        || !matches!(case.acquire.kind.as_str(), "subscription" | "widget" | "listener" | "timer" | "observer")
        || case.acquire.once
        || case.life == owner::Life::Own
        || data.kind != FunctionKind::Method
        || !module.classes[class].methods.contains(&method)
    {
        return None;
    }
    let map = case.holding.collections.iter().find(|place| place.root == Root::This(class))?;
    let field = map.only_field()?;
    let insert = insertion(context, method, map)?;
    if is_looked_at(context, class, field, method, insert) || may_leave(context, method, insert) {
        return None;
    }
    if !is_taken_out(context, class, field, method) {
        return None;
    }
    let story = Story::new(context, case.site.expr, method, case.acquire, Analysis::Pairing)?;
    let name = data.name.clone()?;
    Some(
        story
            .message(format!(
                "the {} that `{field}` holds under the same key is lost when `{name}` sets a new one",
                what(case.acquire)
            ))
            .confidence(Confidence::Medium, "the key is given, and nothing asks whether the map holds one under it")
            .step(StepKind::Missed, context.span(insert), "replaces what is there without a release")
            .end(),
    )
}

/// Whether another method takes them out one by one: the class is a registry.
fn is_taken_out(context: &Context<'_>, class: ClassId, field: &str, method: FunctionId) -> bool {
    context.field_uses(class, field).iter().any(|named| match context.uses(*named) {
        Use::Receiver(call) => context
            .site_of(call)
            .is_some_and(|site| site.function != method && site.shape.method.as_deref() == Some("delete")),
        _ => false,
    })
}

/// The call that puts something under a key that the method is given.
fn insertion(context: &Context<'_>, method: FunctionId, map: &Place) -> Option<ExprId> {
    let module = context.module;
    let inserts = context.sites_in(method).filter(|site| site.shape.method.as_deref() == Some("set"));
    inserts
        .filter(|site| site.loops == 0)
        .find(|site| {
            let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return false };
            let ExprKind::Member { object, .. } = module.kind(*callee) else { return false };
            let given = arguments.first().is_some_and(|key| match module.kind(module.peel(key.value)) {
                ExprKind::Variable(id) => matches!(module.variables[*id].kind, VariableKind::Parameter(_)),
                _ => false,
            });
            given && context.place(*object).as_ref() == Some(map)
        })
        .map(|site| site.expr)
}

/// Whether the method, or a method of its own that it calls, looks at the map in another way.
fn is_looked_at(context: &Context<'_>, class: ClassId, field: &str, method: FunctionId, insert: ExprId) -> bool {
    let reached = crate::analyses::owners::reach(context, &[method]);
    context.field_uses(class, field).iter().any(|named| {
        context.function_of(*named).is_some_and(|function| reached.contains(&function))
            && !matches!(context.uses(*named), Use::Receiver(call) if call == insert)
    })
}

/// Whether the method may leave before it comes to the insertion.
fn may_leave(context: &Context<'_>, method: FunctionId, insert: ExprId) -> bool {
    let block = context.site_of(insert).map(|site| site.block);
    block.is_none_or(|block| again::is_avoidable(context, method, block))
}
