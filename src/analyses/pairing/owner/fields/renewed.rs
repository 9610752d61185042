//! A field whose value the teardown closes, whatever its type, and that another method gives a new one without a look
//! at the old: the close in the teardown says that what the field holds must be closed.

use rustc_hash::FxHashSet;

use crate::analyses::context::{Context, Use};
use crate::analyses::owners;
use crate::analyses::story::Story;
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, Field, FunctionId, FunctionKind, Literal};
use crate::project::{Candidate, Facts};

/// Adds the fields of the file's classes that lose what the teardown would have closed.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if context.family() != Family::Java {
        return;
    }
    for (class, data) in context.module.classes.iter() {
        let cycle = owners::lifecycle(context, class);
        if cycle.teardowns.is_empty() {
            continue;
        }
        let reached = owners::reach(context, &cycle.teardowns);
        let fields = data.fields.iter().filter(|field| !field.is_static);
        facts.candidates.extend(fields.filter_map(|field| judge(context, class, &reached, field)));
    }
}

fn judge(context: &Context<'_>, class: ClassId, reached: &FxHashSet<FunctionId>, field: &Field) -> Option<Candidate> {
    let module = context.module;
    let uses = context.field_uses(class, &field.name);
    let closed = uses.iter().find_map(|named| {
        let call = closing(context, *named)?;
        context.function_of(*named).filter(|function| reached.contains(function)).map(|_| call)
    })?;
    let (value, method) = field.values.iter().find_map(|value| {
        let method = renewing(context, class, *value).filter(|method| !reached.contains(method))?;
        makes(context, *value).then_some((*value, method))
    })?;
    if uses.iter().any(|named| !context.is_target(*named) && settles(context, *named, method)) {
        return None;
    }
    let acquire =
        Acquire::by_result("resource", "closeable object", "close the old one before the field gets a new one");
    let story = Story::new(context, value, method, &acquire, Analysis::Pairing)?;
    let name = module.functions[method].name.clone()?;
    let holder = context.function_of(closed).and_then(|function| module.functions[function].name.clone())?;
    Some(
        story
            .message(format!("what `{}` holds is not closed when `{name}` assigns a new one", field.name))
            .confidence(Confidence::Medium, format!("`{holder}` closes it, so that it needs a close"))
            .step(StepKind::Kept, context.span(context.parent(value).unwrap_or(value)), "the old one is lost here")
            .step(StepKind::Released, context.span(closed), "only the last one is closed here")
            .end(),
    )
}

/// The call by which a use of a field closes what it holds.
fn closing(context: &Context<'_>, named: ExprId) -> Option<ExprId> {
    let (call, direct) = match context.uses(named) {
        Use::Receiver(call) => (call, true),
        Use::Argument(call, 0) => (call, false),
        _ => return None,
    };
    let name = context.site_of(call)?.shape.method.clone()?;
    let closes = if direct { words::closes_one(&name) } else { words::closes_given(&name) };
    closes.then_some(call)
}

/// The method that assigns a value to the field, where its name says that it runs again on the same object.
fn renewing(context: &Context<'_>, class: ClassId, value: ExprId) -> Option<FunctionId> {
    let module = context.module;
    let method = context.function_of(value)?;
    let data = &module.functions[method];
    let again = data.kind == FunctionKind::Method && data.name.as_deref().is_some_and(words::renews);
    (again && module.classes[class].methods.contains(&method)).then_some(method)
}

/// Whether a value is made for the field: by `new`, or by a call that is no getter.
fn makes(context: &Context<'_>, value: ExprId) -> bool {
    let Some(site) = context.site_of(context.definition(value)) else { return false };
    let getter = site.shape.method.as_deref().is_some_and(words::gives_existing);
    site.acquires.is_empty() && (site.shape.constructs || !getter)
}

/// Whether the method closes, keeps, hands on or asks for the old value, itself or by what it calls.
fn settles(context: &Context<'_>, named: ExprId, method: FunctionId) -> bool {
    let module = context.module;
    let Some(function) = context.function_of(named) else { return false };
    if module.encloses(method, function) {
        return match context.uses(named) {
            Use::Receiver(_) => closing(context, named).is_some(),
            Use::Operand(outer) => compares_to_nothing(context, outer),
            Use::Read(_) => false,
            _ => true,
        };
    }
    closing(context, named).is_some() && owners::reach(context, &[method]).contains(&function)
}

fn compares_to_nothing(context: &Context<'_>, outer: ExprId) -> bool {
    match context.module.kind(outer) {
        ExprKind::Binary { left, right, .. } => {
            [left, right].into_iter().any(|side| matches!(context.module.kind(*side), ExprKind::Literal(Literal::Null)))
        }
        _ => true,
    }
}
