//! Loops of events that a thread runs for ever: made and started by an instance, and stopped by nobody.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::finding::{Confidence, StepKind};
use crate::model::{ClassId, ExprId, ExprKind, FunctionKind, Name, Root};
use crate::project::Candidate;

/// The verdict on a thread that runs a loop: `Thread(target=loop.run_forever)`.
pub fn judge(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    let acquire = site.acquires.iter().find(|acquire| acquire.kind == "thread")?;
    let target = context.part(site.expr, acquire.callback.as_ref()?)?;
    let ExprKind::Member { object, name, .. } = module.kind(module.peel(target)) else { return None };
    let class = module.functions[site.function].this?;
    if !name.ends_with("_forever") || runs(context, site.function) == Runs::Once || is_stopped(context, class, *object)
    {
        return None;
    }
    if owners::is_singleton(context, class) || !is_given_something(context, class) {
        return None;
    }
    let (made, acquire) =
        made(context, *object).into_iter().filter_map(|value| context.site_of(value)).find_map(|made| {
            made.acquires.iter().find(|acquire| acquire.kind == "executor").map(|acquire| (made, acquire))
        })?;
    let story = Story::new(context, made.expr, made.function, acquire, Analysis::Pairing)?;
    let owner = module.classes[class].name.clone()?;
    Some(
        story
            .message(format!("the {} runs in a thread for ever: nothing in `{owner}` stops it", what(acquire)))
            .confidence(Confidence::Medium, "each instance may start one, and no method stops or closes it")
            .step(StepKind::Kept, context.span(site.expr), "this thread runs it and keeps it")
            .end(),
    )
}

/// What a name of the loop was given: the values of a variable, or of a field.
fn made(context: &Context<'_>, object: ExprId) -> Vec<ExprId> {
    let module = context.module;
    let mut values = match module.kind(module.peel(object)) {
        ExprKind::Variable(id) => module.variables[*id].values.clone(),
        _ => match context.place(object) {
            Some(place) => match (&place.root, place.only_field()) {
                (Root::This(class), Some(field)) => {
                    module.field(*class, field).map(|field| field.values.clone()).unwrap_or_default()
                }
                _ => Vec::new(),
            },
            None => Vec::new(),
        },
    };
    let named: Vec<ExprId> = values
        .iter()
        .filter_map(|value| match module.kind(module.peel(*value)) {
            ExprKind::Variable(id) => Some(module.variables[*id].values.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    values.extend(named);
    values.into_iter().map(|value| module.peel(value)).collect()
}

/// Whether the class, or code outside of classes, names a method of the loop that ends it, by any of its names.
fn is_stopped(context: &Context<'_>, class: ClassId, object: ExprId) -> bool {
    let module = context.module;
    let mut names: Vec<Name> = last_name(context, object).into_iter().collect();
    for field in &module.classes[class].fields {
        let alias = |value: &ExprId| last_name(context, *value).is_some_and(|name| names.contains(&name));
        if field.values.iter().any(alias) {
            names.push(field.name.clone());
        }
    }
    let foreign = |expr: ExprId| {
        let mut holder =
            std::iter::successors(context.function_of(expr), |function| module.functions[*function].parent);
        holder.find_map(|function| module.functions[function].this).is_some_and(|this| this != class)
    };
    module.exprs.iter().any(|(id, expr)| match &expr.kind {
        ExprKind::Member { object, name, .. } => {
            matches!(name.as_str(), "stop" | "shutdown" | "close")
                && last_name(context, *object).is_some_and(|name| names.contains(&name))
                && !foreign(id)
        }
        _ => false,
    })
}

fn last_name(context: &Context<'_>, expr: ExprId) -> Option<Name> {
    match context.module.kind(context.module.peel(expr)) {
        ExprKind::Variable(id) => Some(context.module.variables[*id].name.clone()),
        ExprKind::Member { name, .. } => Some(name.clone()),
        _ => None,
    }
}

/// Whether the constructor is given what tells one instance from another.
fn is_given_something(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    module.classes[class].methods.iter().any(|method| {
        let data = &module.functions[*method];
        data.kind == FunctionKind::Constructor && !data.parameters.is_empty()
    })
}
