//! Which handler takes which exception.

use super::Raise;
use crate::analyses::context::Context;
use crate::analyses::pairing::path::words;
use crate::lang::Family;
use crate::model::{CatchFilter, ExprId, ExprKind, Module};

/// Whether a `catch` names the exception of the very class that is constructed: `MalformedURLException` of `URL`.
#[must_use]
pub fn is_of(context: &Context<'_>, filter: &CatchFilter, raise: Raise) -> bool {
    let path = context.site_of(raise.at).filter(|site| site.shape.constructs);
    let Some(path) = path.and_then(|site| site.shape.path.as_ref()) else { return false };
    matches!(filter, CatchFilter::Types(types) if types.iter().any(|ty| ty.name.last().contains(path.last())))
}

/// The name of the class of what is thrown.
#[must_use]
pub fn thrown_type(module: &Module, value: ExprId) -> Option<String> {
    let ty = module.type_of(value).map(|ty| ty.name.last().to_owned());
    ty.or_else(|| module.path(value).map(|path| path.last().to_owned()))
}

/// Whether a handler of one class takes an exception of another: the same, or one that is below it in the language or
/// in this file.
#[must_use]
pub fn takes(module: &Module, caught: &str, thrown: &str) -> bool {
    let system = words::is_system_error(caught);
    let mut at = thrown.to_owned();
    for _ in 0..8 {
        if at == caught || system && words::is_below_system_error(&at) {
            return true;
        }
        let above = module.classes.iter().find(|(class, _)| module.class_name(*class).last() == at);
        let Some(base) = above.and_then(|(_, data)| data.bases.first()) else { return false };
        base.name.last().clone_into(&mut at);
    }
    false
}

/// What `except FAILURES:` takes where the module says `FAILURES = (Exception, CancelledError)`.
#[must_use]
pub fn of_constant(context: &Context<'_>, filter: &CatchFilter) -> Option<CatchFilter> {
    let module = context.module;
    let CatchFilter::Types(types) = filter else { return None };
    let [ty] = types.as_slice() else { return None };
    if context.family() != Family::Python {
        return None;
    }
    let (_, constant) = module.variables.iter().find(|(_, variable)| {
        variable.function == module.root && !variable.rewritten && variable.name == ty.name.last()
    })?;
    let mut listed = Vec::new();
    for value in &constant.values {
        let value = module.peel(*value);
        match module.kind(value) {
            ExprKind::List { items, .. } => listed.extend(items.iter().filter_map(|item| thrown_type(module, *item))),
            _ => listed.extend(thrown_type(module, value)),
        }
    }
    let includes = |wanted: &str| listed.iter().any(|name| name == wanted);
    if includes("BaseException") || includes("Exception") && includes("CancelledError") {
        return Some(CatchFilter::Everything);
    }
    includes("Exception").then(|| CatchFilter::Errors(types.clone()))
}
