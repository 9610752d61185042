//! Inverse methods: what `pool.acquire()` gives and `pool.release(x)` of the same function takes back has to go back on
//! every way out, whatever the library.

use std::sync::Arc;

use super::{raises::name_of, words};
use crate::analyses::context::{CallSite, Context, Use};
use crate::catalogue::{Acquire, Part};
use crate::model::{ExprId, ExprKind, FunctionId, Root, Step, VariableId};

/// The acquisition that a call is, when its function gives the result back to the same receiver.
#[must_use]
pub fn find(context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
    let module = context.module;
    let ExprKind::Call { callee, constructs: false, .. } = module.kind(site.expr) else { return None };
    let name = plain(&name_of(context, site, *callee));
    let (_, inverses) = words::BORROWING.iter().find(|(verb, _)| name.starts_with(verb))?;
    let Use::Stored(target) = context.uses(site.expr) else { return None };
    let ExprKind::Variable(variable) = module.kind(target) else { return None };
    if module.variables[*variable].function == module.root {
        return None;
    }
    let object = receiver(context, *callee);
    if site.callee.is_some_and(|function| gives_memory(context, function)) {
        return None;
    }
    given_back(context, *variable, object, inverses)
        .then(|| Arc::new(Acquire::by_result("connection", "borrowed object", "give it back in finally")))
}

/// Whether all that a function of the file gives are plain lists and objects, new ones or such as an own list keeps: what
/// does not come back is left to the collector.
fn gives_memory(context: &Context<'_>, function: FunctionId) -> bool {
    let values = crate::analyses::owners::returned_values(context, function);
    let fresh = values.iter().any(|value| is_literal(context, *value));
    fresh && values.iter().all(|value| is_literal(context, *value) || is_kept(context, *value))
}

fn is_literal(context: &Context<'_>, value: ExprId) -> bool {
    let value = context.definition(value);
    match context.module.kind(value) {
        ExprKind::List { .. } | ExprKind::Object(_) => true,
        ExprKind::Assign { value, .. } => is_literal(context, *value),
        ExprKind::Logical { right, .. } => is_literal(context, *right),
        _ => false,
    }
}

/// `this.free[n]`, `this.free.pop()`
fn is_kept(context: &Context<'_>, value: ExprId) -> bool {
    let value = context.definition(value);
    match context.module.kind(value) {
        ExprKind::Index { .. } => true,
        ExprKind::Call { .. } => context
            .site_of(value)
            .and_then(|site| site.shape.method.as_deref())
            .is_some_and(|name| matches!(name, "pop" | "shift")),
        _ => false,
    }
}

/// Whether the variable is an argument of an inverse on the same receiver.
fn given_back(context: &Context<'_>, variable: VariableId, object: Option<ExprId>, inverses: &[&str]) -> bool {
    let place = object.and_then(|object| context.place(object));
    context.reads(variable).iter().any(|read| {
        let Use::Argument(call, 0) = context.uses(*read) else { return false };
        let Some(site) = context.site_of(call) else { return false };
        let ExprKind::Call { callee, constructs: false, .. } = context.module.kind(call) else { return false };
        let name = plain(&name_of(context, site, *callee));
        let same = match (&place, receiver(context, *callee)) {
            (Some(place), Some(other)) => context.place(other).as_ref() == Some(place),
            (None, None) => object.is_none(),
            _ => false,
        };
        same && inverses.iter().any(|inverse| name.starts_with(inverse))
    })
}

fn receiver(context: &Context<'_>, callee: ExprId) -> Option<ExprId> {
    match context.module.kind(callee) {
        ExprKind::Member { object, .. } => Some(*object),
        _ => None,
    }
}

/// `_get_conn` and `getConn` are one word.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// Whether it is got from a field that this very function fills, and ends with what is there: the session of the
/// connection that an object opens for itself.
#[must_use]
pub fn ends_with_field(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let module = context.module;
    if acquire.source != Some(Part::Receiver) {
        return false;
    }
    let field = context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object));
    let Some(field) = field.filter(|place| matches!(place.root, Root::This(_)) && !place.path.is_empty()) else {
        return false;
    };
    let fills = |step: &Step| {
        let Step::Eval(expr) = step else { return false };
        let ExprKind::Assign { target, value, .. } = module.kind(*expr) else { return false };
        let opened = context.site_of(module.peel(*value)).is_some_and(|made| !made.acquires.is_empty());
        opened && context.place(*target).as_ref() == Some(&field)
    };
    module.functions[site.function].cfg.blocks.iter().any(|(_, block)| block.steps.iter().any(fills))
}
