//! Fields that a teardown or a base class ends without naming them in its own text: by `getattr`, by what the base does.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::Case;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, Literal, Place};

/// Whether the base class or one of the teardowns ends what a field of the class holds.
pub fn ends(case: &Case<'_>, class: ClassId, teardowns: &[FunctionId]) -> bool {
    let reached = owners::reach(case.context, teardowns);
    ends_with_base(case, class) || is_given_to_base(case, class, &reached) || is_named_by_text(case, &reached)
}

/// Whether a base class is made of what the field holds, and is told to end: `Base.__init__(self, self.map)`,
/// `super().close()`.
fn is_given_to_base(case: &Case<'_>, class: ClassId, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let module = context.module;
    let member = |site: &CallSite| match module.kind(site.expr) {
        ExprKind::Call { callee, .. } => match module.kind(*callee) {
            ExprKind::Member { object, name, .. } => Some((*object, name.clone())),
            _ => None,
        },
        _ => None,
    };
    let given = |site: &CallSite| match module.kind(site.expr) {
        ExprKind::Call { arguments, .. } => arguments.iter().any(|argument| {
            let place = context.place(argument.value);
            case.holding.fields().any(|field| place.as_ref() == Some(field))
        }),
        _ => false,
    };
    let is_super = |object: ExprId| matches!(module.kind(object), ExprKind::Super);
    context.family() == Family::Python
        && context.sites_of(class).any(|site| member(site).is_some_and(|(_, name)| name == "__init__") && given(site))
        && context
            .sites
            .iter()
            .any(|site| reached.contains(&site.function) && member(site).is_some_and(|(object, _)| is_super(object)))
}

/// Whether a base class of a library ends what is kept in the field: the socket of a connection.
fn ends_with_base(case: &Case<'_>, class: ClassId) -> bool {
    let context = case.context;
    context.family() == Family::Python
        && case.holding.fields().filter_map(Place::field).any(|field| {
            context
                .catalogue
                .owners(&context.scope)
                .any(|owner| owner.own.iter().any(|own| own == field) && owners::is_of(context, class, owner))
        })
}

/// `for name in ("sock", "file"): getattr(self, name).close()`, `for part in vars(self).values(): part.close()`
fn is_named_by_text(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let fields: Vec<&str> = case.holding.fields().filter_map(Place::field).collect();
    context.family() == Family::Python
        && !fields.is_empty()
        && reached.iter().any(|function| {
            let has = |wanted: &dyn Fn(&ExprKind) -> bool| parts(context, *function).any(wanted);
            let all = has(&gives_all);
            let texts = |kind: &ExprKind| matches!(kind, ExprKind::Literal(Literal::String(text)) if fields.iter().any(|field| **field == **text));
            let walks = |kind: &ExprKind| matches!(kind, ExprKind::Member { name, .. } if matches!(name.as_str(), "values" | "items"));
            (all || has(&asks_by_name)) && has(&texts) || all && has(&walks)
        })
}

fn parts<'a>(context: &'a Context<'_>, function: FunctionId) -> impl Iterator<Item = &'a ExprKind> {
    context
        .module
        .exprs
        .iter()
        .filter(move |(id, _)| context.function_of(*id) == Some(function))
        .map(|(_, expr)| &expr.kind)
}

/// `getattr(self, name)`
fn asks_by_name(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Global(name) if name == "getattr")
}

/// `self.__dict__`, `vars(self)`
fn gives_all(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Global(name) => name == "vars",
        ExprKind::Member { name, .. } => name == "__dict__",
        _ => false,
    }
}

/// Whether something of Java is registered under a name that is made for it, and the file also takes off what has such a
/// name: of an `MBean` each part of a program may have its own.
#[must_use]
pub fn comes_and_goes(case: &Case<'_>) -> bool {
    case.context.family() == Family::Java
        && case.acquire.kind == "registration"
        && case.acquire.callback.is_none()
        && case.context.may_release(case.acquire).next().is_some()
}
