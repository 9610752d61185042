//! Inverse methods: what `pool.acquire()` gives and `pool.release(x)` of the same function takes back has to go back on
//! every way out, whatever the library.

use std::sync::Arc;

use super::{raises::name_of, words};
use crate::analyses::context::{CallSite, Context, Use};
use crate::catalogue::Acquire;
use crate::model::{ExprId, ExprKind, VariableId};

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
    given_back(context, *variable, object, inverses)
        .then(|| Arc::new(Acquire::by_result("connection", "borrowed object", "give it back in finally")))
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
