//! Objects that put themselves into something that outlives them, and their ends that leave them there.

use super::collection::lives::inverses;
use super::reader::usage::Words;
use super::words;
use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners::{lifecycle, reach};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Name, Root};
use crate::project::Candidate;

/// `registry.add(this)` that some method undoes and a teardown forgets; `other.users.add(this)` that nothing undoes.
#[must_use]
pub fn collect(context: &Context<'_>, grows: &Words) -> Vec<Candidate> {
    let calls: Vec<Call<'_>> = context.sites.iter().filter_map(|site| call(context, site)).collect();
    calls.iter().filter_map(|one| forgotten(context, one, &calls).or_else(|| peer(context, one, grows))).collect()
}

/// A call of a method of another object that is given the object itself.
struct Call<'a> {
    site: &'a CallSite,
    class: ClassId,
    method: &'a Name,
    receiver: ExprId,
    text: String,
}

fn call<'a>(context: &Context<'_>, site: &'a CallSite) -> Option<Call<'a>> {
    let module = context.module;
    let ExprKind::Call { callee, arguments, constructs: false, .. } = module.kind(site.expr) else { return None };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return None };
    let class = arguments.iter().find_map(|argument| match module.kind(argument.value) {
        ExprKind::This(Some(class)) => Some(*class),
        _ => None,
    })?;
    let own = matches!(module.kind(*object), ExprKind::This(_) | ExprKind::Super);
    // What a table knows is judged by it.
    if own || !site.acquires.is_empty() || !site.releases.is_empty() || !site.sinks.is_empty() {
        return None;
    }
    let method = site.shape.method.as_ref()?;
    Some(Call { site, class, method, receiver: *object, text: context.text(*object) })
}

/// Whether the object that keeps it is one that the class was given, not one that it made.
fn is_given(context: &Context<'_>, call: &Call<'_>) -> bool {
    let module = context.module;
    let Some(place) = context.place(call.receiver) else { return false };
    let variable = matches!(context.module.kind(call.receiver), ExprKind::Variable(_));
    if variable || !matches!(place.root, Root::This(_)) || place.path.contains(['(', '[']) {
        return false;
    }
    match place.only_field().and_then(|field| module.field(call.class, field)) {
        Some(field) => !field.values.iter().any(|value| {
            matches!(
                module.kind(context.definition(*value)),
                ExprKind::Call { constructs: true, .. } | ExprKind::Object(_) | ExprKind::List { .. }
            )
        }),
        None => true,
    }
}

fn forgotten(context: &Context<'_>, call: &Call<'_>, calls: &[Call<'_>]) -> Option<Candidate> {
    let module = context.module;
    let undo = inverses(call.method);
    let undone: Vec<&Call<'_>> = calls
        .iter()
        .filter(|other| {
            other.class == call.class
                && other.text == call.text
                && undo.iter().any(|undo| undo == other.method)
                && is_end(context, call, other)
        })
        .collect();
    let ends: Vec<FunctionId> = lifecycle(context, call.class)
        .teardowns
        .into_iter()
        .filter(|end| module.functions[*end].name.as_deref().is_some_and(words::ends))
        .collect();
    if undone.is_empty() || !is_given(context, call) {
        return None;
    }
    let home = module.outermost(call.site.function);
    let left = ends.iter().find(|end| {
        let reached = reach(context, &[**end]);
        // An end that begins anew, and one that runs after what undoes it.
        !reached.contains(&home)
            && !undone.iter().any(|other| reached.contains(&other.site.function))
            // `registry.removeItem(this)` ends whatever else `registry` does with it.
            && !calls.iter().any(|other| {
                other.text == call.text && words::removes(other.method) && reached.contains(&other.site.function)
            })
            && !undone.iter().any(|other| {
                let undoer = module.outermost(other.site.function);
                module.functions[undoer].kind == FunctionKind::Constructor
                    || super::bound::calls(context, undoer, **end)
            })
    })?;
    // What somebody closes is disposed of then.
    if undone.iter().any(|other| words::closes_on_request(&name(context, module.outermost(other.site.function)))) {
        return None;
    }
    let owner = module.classes[call.class].name.clone().unwrap_or_default();
    let (end, undoer) = (name(context, *left), name(context, module.outermost(undone[0].site.function)));
    let message = format!("`{}` keeps this `{owner}` after `{end}`: only `{undoer}` takes it out", call.text);
    let step = (module.functions[*left].name_span, format!("`{end}` leaves it in `{}`", call.text));
    story(context, call, message, step, Some(undone[0].site.expr))
}

/// Whether the method that takes the object out is an end of it, by its name or by that of the one that puts it in.
fn is_end(context: &Context<'_>, call: &Call<'_>, other: &Call<'_>) -> bool {
    let outer = |call: &Call<'_>| name(context, context.module.outermost(call.site.function));
    let (adds, takes) = (outer(call), outer(other));
    let undoes = inverses(&adds).iter().any(|undo| *undo == *takes);
    undoes || words::removes(&takes) || words::ends(&takes) || words::says_gone(&takes)
}

/// `other.users.add(this)`, where `users` is a collection of the same class that only its own end empties.
fn peer(context: &Context<'_>, call: &Call<'_>, grows: &Words) -> Option<Candidate> {
    let module = context.module;
    let ExprKind::Member { object, name: field, .. } = module.kind(call.receiver) else { return None };
    let ExprKind::Variable(_) = module.kind(*object) else { return None };
    let data = module.field(call.class, field)?;
    let cycle = lifecycle(context, call.class);
    let end = cycle.teardowns.first().copied().or_else(|| {
        let methods = module.classes[call.class].methods.iter().copied();
        methods.into_iter().find(|method| module.functions[*method].name.as_deref().is_some_and(words::ends_one))
    })?;
    let collection = data.values.iter().any(|value| super::collection::made::is_element_collection(context, *value));
    let undone = context.sites.iter().any(|other| {
        let receiver = context.part(other.expr, &Part::Receiver);
        other.shape.method.as_deref().is_some_and(|method| grows_not(grows, method) && method != "clear")
            && receiver.is_some_and(|at| matches!(module.kind(at), ExprKind::Member { name, .. } if name == field))
    });
    if !collection || undone || !grows.grows(call.method) {
        return None;
    }
    let owner = module.classes[call.class].name.clone().unwrap_or_default();
    let end_name = name(context, end);
    let message = format!("`{}` keeps each `{owner}` after its `{end_name}`: nothing takes it out", call.text);
    let step = (module.functions[end].name_span, format!("`{end_name}` leaves it in `{}`", call.text));
    story(context, call, message, step, None)
}

fn grows_not(grows: &Words, method: &str) -> bool {
    grows.shrinks(method) || words::removes(method)
}

fn name(context: &Context<'_>, function: FunctionId) -> Name {
    context.module.functions[function].name.clone().unwrap_or_default()
}

fn story(
    context: &Context<'_>,
    call: &Call<'_>,
    message: String,
    missed: (crate::source::Span, String),
    released: Option<ExprId>,
) -> Option<Candidate> {
    let rule = context.catalogue.rule_for("collection", Analysis::Growth)?;
    let path = context.source.display_path();
    let step = |kind, span, message| Step { kind, path: path.clone(), span, message };
    let span = context.span(call.site.expr);
    let mut steps = vec![step(StepKind::Acquired, span, "the object puts itself in here".to_owned())];
    steps.extend(released.map(|at| step(StepKind::Released, context.span(at), "and is taken out here".to_owned())));
    steps.push(step(StepKind::Missed, missed.0, missed.1));
    let finding = Finding {
        rule: rule.id.clone(),
        span,
        message,
        confidence: Confidence::Medium,
        reason: "what was given to the object lives longer than it and keeps it".to_owned(),
        steps,
        fix: Some("take the object out in every method that ends it".to_owned()),
        symbol: context.symbol(call.site.function),
        path,
    };
    Some(Candidate { finding, unless: Vec::new(), only_if: Vec::new() })
}
