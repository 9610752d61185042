//! Streams that methods give back, and that complete by themselves: requests, whatever they are named.

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::returned_values;
use crate::analyses::pairing::owner::{Case, source};
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Module, Name, VariableKind};
use crate::project::{Facts, Question, Symbol};

/// How many calls a stream is followed through, and how many methods that only pass one on.
const DEPTH: u8 = 8;

/// Whether what looks like a subscription belongs to another stream: `areas.subscribe(map).pipe(…)` gives one itself,
/// `inner.subscribe(observer)` ends together with the outer one.
#[must_use]
pub fn is_of_another_stream(context: &Context<'_>, site: &CallSite) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
    let given = arguments.first().is_some_and(|first| match context.module.kind(first.value) {
        ExprKind::Variable(id) => {
            let variable = &context.module.variables[*id];
            matches!(variable.kind, VariableKind::Parameter(_)) && words::is_outer_listener(&variable.name)
        }
        _ => false,
    });
    let goes_on = match context.uses(site.expr) {
        Use::Receiver(call) => context.site_of(call).and_then(|next| next.shape.method.as_deref()),
        _ => None,
    };
    given || goes_on.is_some_and(words::hands_on_stream)
}

/// The question whether what is subscribed to completes: the method of an injected service gives it.
#[must_use]
pub fn question(case: &Case<'_>) -> Option<Question> {
    if case.acquire.kind != "subscription" || case.context.family() != Family::JavaScript {
        return None;
    }
    let source = case.context.part(case.site.expr, case.acquire.source.as_ref()?)?;
    let (object, method) = method_at_root(case.context.module, source, DEPTH)?;
    let class = case.context.module.type_of(object)?.name;
    if class.module.is_empty() {
        return None;
    }
    Some(Question::Completes { callee: Symbol::from(class).member(method) })
}

/// Notes the functions of a file that give such streams back.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if context.family() != Family::JavaScript {
        return;
    }
    for (id, function) in context.module.functions.iter() {
        if function.kind == FunctionKind::Method && function.name.is_some() && gives_one(context, id, DEPTH) {
            facts.functions.entry(Name::from(context.symbol(id))).or_default().completes = true;
        }
    }
}

fn gives_one(context: &Context<'_>, function: FunctionId, depth: u8) -> bool {
    returned_values(context, function).into_iter().any(|value| is_one(context, value, depth))
}

fn is_one(context: &Context<'_>, expr: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let expr = context.definition(expr);
    if source::completes(context, expr) {
        return true;
    }
    let ExprKind::Call { callee, constructs: false, .. } = context.module.kind(expr) else { return false };
    match context.module.local_function(*callee) {
        Some(function) => gives_one(context, function, depth),
        None => {
            matches!(context.module.kind(*callee), ExprKind::Member { object, .. } if is_one(context, *object, depth))
        }
    }
}

/// The object and method whose call begins a chain of operators: `this.orders.cancel(id).pipe(…)`.
fn method_at_root(module: &Module, expr: ExprId, depth: u8) -> Option<(ExprId, &str)> {
    let depth = depth.checked_sub(1)?;
    let ExprKind::Call { callee, constructs: false, .. } = module.kind(module.peel(expr)) else { return None };
    let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return None };
    method_at_root(module, *object, depth).or(Some((*object, name)))
}
