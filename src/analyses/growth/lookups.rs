//! Look-ups that add to what they look up: the list that is kept, and no copy of it, is what they fill.

use super::flow::conditions;
use super::reader::usage::{descendants, method_name};
use super::words;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::returned_values;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::{Analysis, Part};
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, VariableId, VariableKind};
use crate::project::Candidate;

/// The calls of a file that add to a list which a getter has looked up and gives back.
#[must_use]
pub fn collect(context: &Context<'_>) -> Vec<Candidate> {
    let mut found: Vec<(VariableId, Candidate)> =
        context.sites.iter().filter_map(|site| judge(context, site)).collect();
    found.dedup_by_key(|(list, _)| *list);
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

fn judge(context: &Context<'_>, site: &CallSite) -> Option<(VariableId, Candidate)> {
    let module = context.module;
    if !site.shape.method.as_deref().is_some_and(words::adds_again) {
        return None;
    }
    let receiver = context.part(site.expr, &Part::Receiver)?;
    let ExprKind::Variable(list) = module.kind(module.peel(receiver)) else { return None };
    let function = site.function;
    let variable = &module.variables[*list];
    let [value] = variable.values.as_slice() else { return None };
    if variable.kind != VariableKind::Local || variable.rewritten || variable.function != function {
        return None;
    }
    if !is_getter(context, function) || runs(context, function) == Runs::Once || !is_reached(context, *value) {
        return None;
    }
    let names_it = |part: ExprId| matches!(module.kind(part), ExprKind::Variable(id) if id == list);
    let gives = returned_values(context, function).into_iter().any(|given| gives_all(context, given, *list));
    let asked = conditions(context, site.expr).iter().any(|test| descendants(context, *test).into_iter().any(names_it));
    if !gives || asked || takes_out(context, *list) || replaces(context, function, *value) {
        return None;
    }
    Some((*list, candidate(context, site, *list, *value)?))
}

/// A method or function that is asked for something, by its name.
fn is_getter(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    let named = data.name.as_deref().is_some_and(|name| words::looks_up(name.trim_start_matches('_')));
    data.kind == FunctionKind::Getter || named && matches!(data.kind, FunctionKind::Method | FunctionKind::Function)
}

/// Whether a value is a part of something that outlives the call, at least two steps away: `self.state.tables[name]`,
/// `DEFAULTS.rules`. What is but one step away may be a list that the object is about to give.
fn is_reached(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let (mut at, mut steps) = (module.peel(value), 0);
    loop {
        match module.kind(at) {
            // A slice is a copy: `self.options[:]`.
            ExprKind::Index { key, .. } if matches!(module.kind(*key), ExprKind::Opaque(_)) => return false,
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => at = module.peel(*object),
            ExprKind::Call { .. } if method_name(context, at) == "get" => match context.part(at, &Part::Receiver) {
                Some(object) => at = module.peel(object),
                None => return false,
            },
            ExprKind::This(_) => return steps >= 2,
            ExprKind::Variable(id) => return steps >= 1 && lasts(context, *id),
            _ => return false,
        }
        steps += 1;
    }
}

/// A variable of the top level that holds something of this file or another, and is no module or class.
fn lasts(context: &Context<'_>, id: VariableId) -> bool {
    let variable = &context.module.variables[id];
    variable.kind == VariableKind::Local && variable.function == context.module.root
}

/// Whether a returned value is the list, or a view or copy of all that is in it.
fn gives_all(context: &Context<'_>, given: ExprId, list: VariableId) -> bool {
    let module = context.module;
    let is_list = |expr: ExprId| matches!(module.kind(module.peel(expr)), ExprKind::Variable(id) if *id == list);
    let given = module.peel(given);
    match module.kind(given) {
        ExprKind::Call { arguments, .. } => {
            let copies =
                words::is_neutral(&method_name(context, given)) && !words::is_size(&method_name(context, given));
            copies
                && (matches!(arguments.as_slice(), [only] if is_list(only.value))
                    || context.part(given, &Part::Receiver).is_some_and(is_list))
        }
        ExprKind::List { items, .. } => matches!(items.as_slice(), [only] if is_list(*only)),
        _ => is_list(given),
    }
}

/// Whether anything is taken out of the list again.
fn takes_out(context: &Context<'_>, list: VariableId) -> bool {
    context.reads(list).iter().any(|read| match context.uses(*read) {
        Use::Receiver(call) => words::removes(&method_name(context, call)) || method_name(context, call) == "splice",
        Use::Read(member) => context.is_target(member),
        _ => false,
    })
}

/// Whether the function gives the owner another list, or makes the one it lacks.
fn replaces(context: &Context<'_>, function: FunctionId, value: ExprId) -> bool {
    let module = context.module;
    let first = |expr: ExprId| {
        let place = context.place(expr)?;
        let field = place.path.split(['.', '[']).find(|part| !part.is_empty()).map(ToOwned::to_owned);
        Some((place.root, field))
    };
    let Some(kept) = outermost(context, value).and_then(first) else { return true };
    let own = |target: ExprId| matches!(module.kind(target), ExprKind::Variable(id) if module.variables[*id].function == function);
    module.exprs.iter().any(|(id, expr)| match &expr.kind {
        ExprKind::Assign { target, .. } => {
            context.function_of(id) == Some(function)
                && !own(*target)
                && outermost(context, *target).and_then(first).is_some_and(|place| place == kept)
        }
        _ => false,
    })
}

/// The largest part of a chain that is a place: of `self.a[k].get(x)[0]` that is `self.a`.
fn outermost(context: &Context<'_>, value: ExprId) -> Option<ExprId> {
    let mut at = value;
    for _ in 0..8 {
        at = context.module.peel(at);
        if context.place(at).is_some() {
            return Some(at);
        }
        at = match context.module.kind(at) {
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => *object,
            ExprKind::Call { .. } => context.part(at, &Part::Receiver)?,
            _ => return None,
        };
    }
    None
}

fn candidate(context: &Context<'_>, site: &CallSite, list: VariableId, value: ExprId) -> Option<Candidate> {
    let rule = context.catalogue.rule_for("collection", Analysis::Growth)?;
    let path = context.source.display_path();
    let span = context.span(site.expr);
    let function = &context.module.functions[site.function];
    let name = function.name.clone().unwrap_or_default();
    let list = &context.module.variables[list].name;
    let step = |kind, span, message| Step { kind, path: path.clone(), span, message };
    let finding = Finding {
        rule: rule.id.clone(),
        span,
        message: format!("`{name}` adds to the `{list}` that it looks up: each call leaves its entries behind"),
        confidence: Confidence::Medium,
        reason: "what is looked up is the list that is kept, and no copy of it".to_owned(),
        steps: vec![
            step(
                StepKind::Kept,
                context.span(value),
                format!("`{list}` is the list that `{}` keeps", context.text(value)),
            ),
            step(
                StepKind::Runs,
                context.source.first_line(function.name_span),
                format!("runs whenever `{name}` is asked"),
            ),
            step(StepKind::Acquired, span, "adds to it".to_owned()),
        ],
        fix: Some("copy the list before adding to it".to_owned()),
        symbol: context.symbol(site.function),
        path,
    };
    Some(Candidate { finding, unless: Vec::new(), only_if: Vec::new() })
}
