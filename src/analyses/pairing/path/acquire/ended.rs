//! Things of classes that no table has, which the very function that makes them closes on some way: their author says
//! that they need it, and an early `return` in front of it loses them.

use std::sync::Arc;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::path::raises::{is_in_memory, name_of};
use crate::analyses::pairing::path::words;
use crate::catalogue::Acquire;
use crate::model::{ExprId, ExprKind, VariableId, VariableKind};

/// The acquisition that a call is, when its function closes the result under its only name.
#[must_use]
pub fn find(context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
    let module = context.module;
    let ExprKind::Call { callee, arguments, constructs, .. } = module.kind(site.expr) else { return None };
    if !site.wrappers.is_empty() || !(*constructs || words::makes_open(&name_of(context, site, *callee))) {
        return None;
    }
    if arguments.iter().any(|given| is_in_memory(context, given.value, 3)) {
        return None;
    }
    let outer = context.parent(site.expr).filter(|outer| matches!(module.kind(*outer), ExprKind::Await(_)));
    let Use::Stored(target) = context.uses(outer.unwrap_or(site.expr)) else { return None };
    let ExprKind::Variable(id) = module.kind(target) else { return None };
    let variable = &module.variables[*id];
    if variable.kind != VariableKind::Local || variable.function != site.function || variable.values.len() != 1 {
        return None;
    }
    let name = if *constructs {
        class_name(context, site)?
    } else {
        format!("what `{}` opens", name_of(context, site, *callee))
    };
    if words::is_memory(&name) {
        return None;
    }
    is_closed(context, *id, site).then(|| {
        Arc::new(Acquire {
            counted: is_counted(context, site),
            ..Acquire::by_result("resource", &name, "close it on every way out: its own function says that it needs it")
        })
    })
}

/// Whether all that an object of a class of this file opens for itself ends with it, and nothing written is lost then.
fn is_counted(context: &Context<'_>, made: &CallSite) -> bool {
    let module = context.module;
    let class = made.shape.path.as_ref().and_then(|path| module.local_class(path));
    let Some(constructor) = class.and_then(|class| module.constructor(class)) else { return false };
    let mut opened = context.sites_in(constructor).flat_map(|site| &site.acquires).peekable();
    opened.peek().is_some() && opened.all(|acquire| acquire.counted && !acquire.buffered)
}

fn class_name(context: &Context<'_>, site: &CallSite) -> Option<String> {
    let ty = context.module.type_of(site.expr).map(|ty| ty.name.last().to_owned());
    ty.or_else(|| site.shape.path.as_ref().map(|path| path.last().to_owned())).filter(|name| !name.is_empty())
}

/// Whether the function itself closes the variable, and nothing else says when it is open: that it is begun later, or
/// asked whether it is.
fn is_closed(context: &Context<'_>, variable: VariableId, made: &CallSite) -> bool {
    let mut closed = false;
    for read in context.reads(variable) {
        let Some((call, name)) = called(context, *read) else {
            if asked(context, *read).is_some_and(|name| words::tells_state(&name)) {
                return false;
            }
            continue;
        };
        if words::begins(&name) || words::tells_state(&name) {
            return false;
        }
        let here = context.site_of(call).is_some_and(|site| site.function == made.function);
        closed |= here && words::surely_closes(&name);
    }
    closed
}

/// The method that is called on what is read.
fn called(context: &Context<'_>, read: ExprId) -> Option<(ExprId, String)> {
    let Use::Receiver(call) = context.uses(read) else { return None };
    let method = context.site_of(call)?.shape.method.as_deref()?.to_owned();
    Some((call, method))
}

/// The member of what is read.
fn asked(context: &Context<'_>, read: ExprId) -> Option<String> {
    let Use::Read(member) = context.uses(read) else { return None };
    match context.module.kind(member) {
        ExprKind::Member { name, .. } => Some(name.to_string()),
        _ => None,
    }
}
