//! Object URLs that the event of an element takes back when it has loaded, and nobody when it fails to.

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::pairing::owner::{Case, How};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Literal, Root, VariableId};
use crate::project::Candidate;

/// What an element runs when an event comes.
struct Handler {
    element: VariableId,
    event: String,
    value: ExprId,
}

/// The verdict on an object URL that only the success of loading it revokes, where the code expects a failure as well.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let local = |root: &Root| matches!(root, Root::Variable(_));
    if context.family() != Family::JavaScript
        || case.acquire.kind != "object-url"
        || case.releases.is_empty()
        || case.releases.iter().any(|found| found.how != How::Full)
        || !case.holding.places.iter().any(|place| place.path.is_empty() && local(&place.root))
    {
        return None;
    }
    let first = context.function_expr(case.releases.first()?.function)?;
    let handlers = handlers(context, context.function_of(first)?);
    let of = |function: FunctionId| {
        let value = context.function_expr(function)?;
        handlers.iter().find(|handler| handler.value == value && words::has_loaded(&handler.event))
    };
    let element = of(case.releases.first()?.function)?.element;
    if !case.releases.iter().all(|found| of(found.function).is_some_and(|handler| handler.element == element)) {
        return None;
    }
    let failing = handlers.iter().find(|handler| handler.element == element && handler.event == "error")?;
    // Who is told may well revoke it, unless it is the function that rejects the promise around.
    let told = context.module.function_of(failing.value).map(|function| owners::reach(context, &[function]));
    let revokes = told.is_some_and(|reached| case.releases.iter().any(|found| reached.contains(&found.function)));
    if revokes || shows_again(context, failing) {
        return None;
    }
    let name = &context.module.variables[element].name;
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("the {} is not revoked when `{name}` fails to load", what(case.acquire)))
            .confidence(Confidence::Medium, "only the event of success revokes it")
            .step(StepKind::Released, context.span(case.releases.first()?.call), "revoked only when it has loaded")
            .step(StepKind::Missed, context.span(failing.value), "the failure leaves it")
            .end(),
    )
}

/// Whether the handler of a failure is nothing: `image.onerror = null`.
fn shows_again(context: &Context<'_>, handler: &Handler) -> bool {
    context.module.is_null(handler.value)
}

/// The handlers that a function gives to elements it has in variables: `image.onload = f`,
/// `image.addEventListener('load', f)`.
fn handlers(context: &Context<'_>, function: FunctionId) -> Vec<Handler> {
    let module = context.module;
    let variable = |object: ExprId| match module.kind(module.peel(object)) {
        ExprKind::Variable(id) => Some(*id),
        _ => None,
    };
    let listened = |site: &CallSite| {
        let event = context.part(site.expr, &Part::Argument(0))?;
        let ExprKind::Literal(Literal::String(event)) = module.kind(event) else { return None };
        let element = variable(context.part(site.expr, &Part::Receiver)?)?;
        let value = context.part(site.expr, &Part::Argument(1))?;
        site.shape.method.as_deref().is_some_and(words::hears).then(|| Handler {
            element,
            event: event.to_string(),
            value,
        })
    };
    let mut found: Vec<Handler> = context.sites_in(function).filter_map(listened).collect();
    let elements: Vec<VariableId> =
        module.variables.iter().filter(|(_, data)| data.function == function).map(|(id, _)| id).collect();
    for element in elements {
        for read in context.reads(element) {
            let Use::Read(member) = context.uses(*read) else { continue };
            let ExprKind::Member { name, .. } = module.kind(member) else { continue };
            let Some(event) = name.strip_prefix("on") else { continue };
            if let Some(ExprKind::Assign { target, value, .. }) = context.parent(member).map(|outer| module.kind(outer))
                && *target == member
            {
                found.push(Handler { element, event: event.to_owned(), value: *value });
            }
        }
    }
    found
}
