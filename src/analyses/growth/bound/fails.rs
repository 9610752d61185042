//! What can fail: the work between an insert and its removal whose exception leaves the entry behind.

use crate::analyses::context::Context;
use crate::analyses::growth::reader::usage::last_name;
use crate::analyses::growth::words::{is_harmless, is_neutral, is_size};
use crate::analyses::pairing::path::words::reaches_out;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Step};

/// Whether a call does work that can fail: no look at a value, no log, no call of a collection.
#[must_use]
pub fn may_fail(context: &Context<'_>, expr: ExprId) -> bool {
    match context.module.kind(expr) {
        ExprKind::Await(_) => true,
        ExprKind::Call { callee, constructs: false, .. } => {
            let name = last_name(context, *callee);
            let looks = is_neutral(&name) || is_size(&name) || is_harmless(&name);
            !looks
                && !is_of_value(context, *callee)
                && (reports_by_exception(context) || fails(context, *callee, &name))
        }
        _ => false,
    }
}

/// Whether a call is one of a collection, a text or a global of the language.
fn is_of_value(context: &Context<'_>, callee: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Member { object, .. } = module.kind(module.peel(callee)) else { return false };
    let ty = module.type_of(*object);
    ty.is_some_and(|ty| {
        context.catalogue.collection(&ty.name, module, &context.scope).is_some()
            || matches!(ty.name.last(), "String" | "str" | "Number")
    }) || module.path(*object).is_some_and(|path| path.module.is_empty())
}

/// Whether any call of the language may report a failure of the outside by an exception: in JavaScript such work is
/// awaited, calls back, or says in its name that it blocks; in Python its name says that it reaches out.
fn reports_by_exception(context: &Context<'_>) -> bool {
    context.family() == Family::Java
}

/// A function of the file that throws, and work that blocks.
fn fails(context: &Context<'_>, callee: ExprId, name: &str) -> bool {
    let module = context.module;
    match module.local_function(callee) {
        Some(function) => {
            let data = &module.functions[function];
            !data.is_async
                && data.cfg.blocks.iter().any(|(_, block)| {
                    block.catches == 0 && block.steps.iter().any(|step| matches!(step, Step::Throw(..)))
                })
        }
        None if context.family() == Family::Python => reaches_out(name.trim_start_matches('_')),
        None => name.ends_with("Sync"),
    }
}
