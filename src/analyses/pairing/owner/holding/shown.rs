//! Object URLs: they are names and no objects. Who is given one shows it, and does not revoke it.

use crate::analyses::context::{Context, Use};
use crate::catalogue::Acquire;
use crate::model::{ExprId, ExprKind};

/// Whether an element of the page is given the URL: `<img src={URL.createObjectURL(file)} />`.
#[must_use]
pub fn by_element(context: &Context<'_>, acquire: &Acquire, expr: ExprId) -> bool {
    let markup = context.parent(expr).map(|parent| context.module.kind(parent));
    acquire.kind == "object-url"
        && matches!(markup, Some(ExprKind::Markup { name, .. }) if name.starts_with(|first: char| first.is_lowercase()))
}

/// The call that keeps what its function gives: `useMemo(() => URL.createObjectURL(file), [file])`.
#[must_use]
pub fn memoised(context: &Context<'_>, acquire: &Acquire, expr: ExprId) -> Option<ExprId> {
    let function = context.function_expr(context.function_of(expr)?).filter(|_| acquire.kind == "object-url")?;
    let Use::Argument(call, 0) = context.uses(function) else { return None };
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return None };
    let name = match context.module.kind(*callee) {
        ExprKind::Variable(id) => &context.module.variables[*id].name,
        ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
        _ => return None,
    };
    matches!(name.as_str(), "useMemo" | "createMemo" | "computed").then_some(call)
}

/// Whether a call only takes note of a handle that is a name and no object: `setAttribute('src', url)`, `open(url)`.
/// Who is given a URL shows it; it does not revoke it.
#[must_use]
pub fn names_only(context: &Context<'_>, acquire: &Acquire, call: ExprId) -> bool {
    if acquire.kind != "object-url" {
        return false;
    }
    let ExprKind::Call { callee, constructs, .. } = context.module.kind(call) else { return false };
    if *constructs {
        return matches!(context.module.kind(*callee), ExprKind::Global(_));
    }
    let name = match context.module.kind(*callee) {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => name.clone(),
        ExprKind::Variable(id) => context.module.variables[*id].name.clone(),
        _ => return false,
    };
    let setter = name.strip_prefix("set").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    setter || matches!(name.as_str(), "open" | "attr" | "prop" | "assign" | "replace" | "load" | "importScripts")
}
