//! How a collection is made, and whether that bounds it.

use crate::analyses::context::Context;
use crate::analyses::growth::words::{self, names_a_bound};
use crate::catalogue::{Bound, Collection as Table, Part};
use crate::model::{ClassId, ExprId, ExprKind, Literal, Module, Name, QualifiedName, TypeRef, VariableKind};

/// What an initialiser says.
enum Made<'a> {
    Unbounded {
        ty: Name,
        table: Option<&'a Table>,
    },
    /// It evicts, or cannot be added to.
    Bounded,
    Unknown,
}

/// The type of a collection that grows without end, by the values that it is given.
pub fn unbounded<'a>(
    context: &'a Context<'_>,
    values: &[ExprId],
    ty: Option<&TypeRef>,
) -> Option<(Name, Option<&'a Table>)> {
    let mut found = None;
    for value in values {
        match made(context, *value) {
            Made::Bounded => return None,
            Made::Unbounded { ty, table } => found = found.or(Some((ty, table))),
            Made::Unknown => {}
        }
    }
    if let Some(table) = ty.and_then(|ty| context.catalogue.collection(&ty.name, context.module, &context.scope))
        && table.bound == Bound::Always
    {
        return None;
    }
    found
}

/// What an expression makes.
fn made<'a>(context: &'a Context<'_>, value: ExprId) -> Made<'a> {
    let module = context.module;
    let value = module.peel(value);
    match module.kind(value) {
        ExprKind::Call { callee, arguments, constructs, .. } => {
            let callee = module.peel(*callee);
            if let ExprKind::Class(class) = module.kind(callee) {
                return of_class(context, *class, value);
            }
            let (path, chain) = builder(module, callee);
            let Some(path) = path else { return Made::Unknown };
            let last = path.last().to_owned();
            // A wrapper is bounded as what it wraps.
            if !constructs && arguments.len() == 1 && (last.starts_with("synchronized") || last == "newSetFromMap") {
                return made(context, arguments[0].value);
            }
            if let Some(table) = context.catalogue.collection(&path, module, &context.scope) {
                return of_table(context, table, value, &chain, &last);
            }
            if let Some(class) = module.local_class(&path).filter(|_| *constructs) {
                return of_class(context, class, value);
            }
            if names_a_bound(&last) { Made::Bounded } else { Made::Unknown }
        }
        ExprKind::Object(_) | ExprKind::List { .. } | ExprKind::Comprehension { .. } => {
            let Some(ty) = module.type_of(value) else { return Made::Unknown };
            if ty.name.name == "tuple" || ty.name.name == "generator" {
                return Made::Unknown;
            }
            let table = context.catalogue.collection(&ty.name, module, &context.scope);
            Made::Unbounded { ty: ty.name.name, table }
        }
        ExprKind::Logical { right, .. } => match made(context, *right) {
            Made::Bounded => Made::Bounded,
            _ => Made::Unknown,
        },
        ExprKind::Assign { value, declares: false, .. } => made(context, *value),
        _ => Made::Unknown,
    }
}

/// A class of this file that is a collection: bounded where it overrides eviction or its name says so.
fn of_class<'a>(context: &'a Context<'_>, class: ClassId, value: ExprId) -> Made<'a> {
    let module = context.module;
    let data = &module.classes[class];
    let evicts = data.methods.iter().any(|method| module.functions[*method].name.as_deref().is_some_and(words::evicts));
    // What goes out of it by its own means.
    let removes = data.methods.iter().any(|method| {
        module.functions[*method].name.as_deref().is_some_and(|name| {
            let name = name.trim_start_matches('_').trim_start_matches("on_").trim_start_matches("on");
            words::removes(name) || name.to_ascii_lowercase().ends_with("destroyed")
        })
    });
    if evicts || removes || data.name.as_deref().is_some_and(names_a_bound) {
        return Made::Bounded;
    }
    let Some(base) = data.bases.first() else { return Made::Unknown };
    match context.catalogue.collection(&base.name, module, &context.scope) {
        Some(table) => of_table(context, table, value, &[], base.name.last()),
        None => Made::Unknown,
    }
}

fn of_table<'a>(context: &'a Context<'_>, table: &'a Table, value: ExprId, chain: &[Name], last: &str) -> Made<'a> {
    let limited = match table.bound {
        Bound::Always => true,
        Bound::None => false,
        Bound::Limited => {
            table.limit.iter().any(|part| has_limit(context, value, part))
                || chain.iter().any(|method| table.limited_by.iter().any(|limit| limit == method))
        }
    };
    if limited { Made::Bounded } else { Made::Unbounded { ty: Name::new(last), table: Some(table) } }
}

/// Whether a limit is given, and is one: not `None`, 0 or infinity.
pub fn has_limit(context: &Context<'_>, call: ExprId, part: &Part) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return false };
    let value = match part {
        Part::Keyword(name) => context.part(call, part).or_else(|| {
            arguments
                .iter()
                .filter(|argument| argument.name.is_none())
                .find_map(|argument| context.property(argument.value, name))
        }),
        _ => context.part(call, part),
    };
    value.is_some_and(|value| !is_no_limit(context, value))
}

fn is_no_limit(context: &Context<'_>, value: ExprId) -> bool {
    let value = context.definition(value);
    match context.module.kind(value) {
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Literal(Literal::Number(number)) => matches!(number.as_str(), "0" | "-1"),
        ExprKind::Unary { .. } => true,
        ExprKind::Global(name) => matches!(name.as_str(), "Infinity" | "undefined"),
        ExprKind::Member { name, .. } => {
            matches!(name.as_str(), "MAX_VALUE" | "MAX_SAFE_INTEGER" | "POSITIVE_INFINITY" | "inf")
        }
        _ => false,
    }
}

/// The function at the root of a chain of calls, and the methods called on its way.
fn builder(module: &Module, callee: ExprId) -> (Option<QualifiedName>, Vec<Name>) {
    let mut chain = Vec::new();
    let mut at = callee;
    loop {
        if let Some(path) = module.path(at) {
            return (Some(path), chain);
        }
        let ExprKind::Member { object, name, .. } = module.kind(at) else { return (None, chain) };
        chain.push(name.clone());
        match module.kind(module.peel(*object)) {
            ExprKind::Call { callee, .. } => at = module.peel(*callee),
            _ => return (None, chain),
        }
    }
}

/// Whether the values that go in are themselves collections.
#[must_use]
pub fn is_element_collection(context: &Context<'_>, value: ExprId) -> bool {
    let value = context.module.peel(value);
    match context.module.kind(value) {
        ExprKind::Function(function) => crate::analyses::owners::returned_values(context, *function)
            .iter()
            .any(|returned| matches!(made(context, *returned), Made::Unbounded { .. })),
        ExprKind::Variable(_) if context.definition(value) != value => {
            is_element_collection(context, context.definition(value))
        }
        // Looked up first, and made where it was missing.
        ExprKind::Variable(id) if context.module.variables[*id].kind == VariableKind::Local => context.module.variables
            [*id]
            .values
            .iter()
            .any(|value| matches!(made(context, *value), Made::Unbounded { .. })),
        ExprKind::Global(name) => matches!(name.as_str(), "list" | "set" | "dict" | "deque"),
        ExprKind::Logical { right, .. } | ExprKind::Assign { value: right, .. } => {
            is_element_collection(context, *right)
        }
        _ => matches!(made(context, value), Made::Unbounded { .. }),
    }
}

/// Whether a `defaultdict` makes objects of a class that is no collection, which have methods of their own.
#[must_use]
pub fn holds_objects(context: &Context<'_>, values: &[ExprId]) -> bool {
    let module = context.module;
    let factory = |value: &ExprId| match module.kind(module.peel(*value)) {
        ExprKind::Call { arguments, .. } => arguments.first().map(|argument| argument.value),
        _ => None,
    };
    values.iter().filter_map(factory).any(|factory| {
        module.path(factory).is_some_and(|path| {
            path.last().starts_with(char::is_uppercase)
                && context.catalogue.collection(&path, module, &context.scope).is_none()
        })
    })
}
