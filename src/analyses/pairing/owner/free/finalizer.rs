//! Registrations that wait for the end of an object and hold it themselves: the end that they wait for never comes.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::holding;
use crate::analyses::pairing::owner::releases::handles;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::model::{ExprId, ExprKind, FunctionId, Place, Root};
use crate::project::Candidate;

/// The verdict on a registration that waits for the end of one of its arguments.
pub fn judge(context: &Context<'_>, site: &CallSite, acquire: &Acquire, waits: &Part) -> Option<Candidate> {
    let module = context.module;
    let object = context.part(site.expr, waits)?;
    let held = holder(context, site.expr, acquire, object)?;
    if runs(context, site.function) == Runs::Once
        || module.functions[site.function].this.is_some_and(|class| owners::is_singleton(context, class))
    {
        return None;
    }
    let kept = holding(context, site.expr, acquire);
    let ended = kept.fields().any(|place| is_ended(context, place, acquire));
    if ended {
        return None;
    }
    let text = context.text(object);
    let story = Story::new(context, site.expr, site.function, acquire, Analysis::Pairing)?;
    let thing = what(acquire);
    Some(
        story
            .message(format!("the {thing} of `{text}` keeps `{text}` alive: the end that it waits for never comes"))
            .confidence(Confidence::Medium, "what is registered holds the very object whose end it waits for")
            .step(StepKind::Kept, context.span(held), format!("this holds `{text}`"))
            .end(),
    )
}

/// What is registered together with the object and has it: a method of it, a function around it, the object itself.
fn holder(context: &Context<'_>, call: ExprId, acquire: &Acquire, object: ExprId) -> Option<ExprId> {
    let module = context.module;
    let place = identity(context, object)?;
    let ExprKind::Call { arguments, .. } = module.kind(call) else { return None };
    let callback = acquire.callback.as_ref().and_then(|part| context.part(call, part))?;
    let has = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::Member { object, .. } => identity(context, *object).as_ref() == Some(&place),
        ExprKind::Function(function) => captures(context, *function, &place),
        _ => false,
    };
    if has(callback) {
        return Some(callback);
    }
    arguments
        .iter()
        .map(|argument| argument.value)
        .find(|value| *value != object && *value != callback && identity(context, *value).as_ref() == Some(&place))
}

/// `self`, or a variable.
fn identity(context: &Context<'_>, expr: ExprId) -> Option<Place> {
    let place = context.module.place(expr)?;
    (matches!(place.root, Root::This(_) | Root::Variable(_)) && place.path.is_empty()).then_some(place)
}

fn captures(context: &Context<'_>, function: FunctionId, object: &Place) -> bool {
    let module = context.module;
    match object.root {
        Root::Variable(id) => module.functions[function].captures.contains(&id),
        _ => module
            .exprs
            .iter()
            .any(|(id, expr)| matches!(expr.kind, ExprKind::This(_)) && context.function_of(id) == Some(function)),
    }
}

/// Whether some method takes the registration back.
fn is_ended(context: &Context<'_>, place: &Place, acquire: &Acquire) -> bool {
    let (Root::This(class), Some(field)) = (&place.root, place.field()) else { return false };
    context
        .field_uses(*class, field)
        .iter()
        .any(|named| !context.is_target(*named) && handles(context, *named, &acquire.closes))
}
