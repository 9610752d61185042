//! Methods that are named like an end and tell a peer to do something.

use crate::analyses::context::{CallSite, Context};
use crate::catalogue::words::owners as words;
use crate::model::{ClassId, ExprKind, FunctionId, Literal};

/// Whether a class stands for a peer, which it tells by a method named like an end to stop.
#[must_use]
pub fn commands(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let named = |method: &FunctionId| module.functions[*method].name.as_deref().is_some_and(words::ends_by_word);
    module.classes[class].methods.iter().any(|method| named(method) && is_command(context, class, *method))
}

/// Whether a method only sends its own name to a peer, as others of its class send other words: `def stop(self):
/// self._post("stop")` beside `def pause(self): self._post("pause")`. The object goes on.
#[must_use]
pub fn is_command(context: &Context<'_>, class: ClassId, function: FunctionId) -> bool {
    let module = context.module;
    let name = module.functions[function].name.as_deref().unwrap_or_default();
    let mut calls = context.sites_in(function);
    let (Some(call), None) = (calls.next(), calls.next()) else { return false };
    let sends = |site: &CallSite| match module.kind(site.expr) {
        ExprKind::Call { callee, arguments, .. } => match arguments.first().map(|first| module.kind(first.value)) {
            Some(ExprKind::Literal(Literal::String(word))) => Some((context.text(*callee), word.clone())),
            _ => None,
        },
        _ => None,
    };
    let Some((callee, word)) = sends(call) else { return false };
    let other = |site: &CallSite| sends(site).is_some_and(|(to, other)| to == callee && other != word);
    let methods = module.classes[class].methods.iter().filter(|method| **method != function);
    word.eq_ignore_ascii_case(name) && methods.into_iter().any(|method| context.sites_in(*method).any(other))
}
