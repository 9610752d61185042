//! Which collections live longer than a call, and how they were made.

use crate::analyses::context::Context;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::{Bound, Collection as Table, Part};
use crate::lang::Family;
use crate::model::{
    ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Module, Name, Place, PropertyKey,
    QualifiedName, Root, TypeRef, VariableId, VariableKind, Visibility,
};
use crate::project::{Question, Symbol};
use crate::source::Span;

/// A collection that outlives the call that fills it.
#[derive(Debug)]
pub struct Collection<'a> {
    pub place: Place,
    pub home: Home,
    /// As people call it: `cache`, `Registry.all`.
    pub name: String,
    pub declaration: Span,
    /// The last name of its type: `Map`, `HashMap`, `list`.
    pub ty: Name,
    /// What the catalogue says of the type.
    pub table: Option<&'a Table>,
    /// The initialisers that make it.
    pub made: Vec<ExprId>,
    /// What must be asked about other files, when they can reach it.
    pub question: Option<Question>,
}

/// What holds a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    Module,
    /// The activation of a function, kept by the functions made in it.
    Closure(FunctionId),
    Static(ClassId),
    Instance(ClassId),
}

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

/// The long-lived collections of a file, in the order of their declarations.
#[must_use]
pub fn collections<'a>(context: &'a Context<'_>) -> Vec<Collection<'a>> {
    let mut found = Vec::new();
    for (id, variable) in context.module.variables.iter() {
        if variable.kind == VariableKind::Local && !variable.values.is_empty() {
            of_variable(context, id, &mut found);
        }
    }
    for (id, class) in context.module.classes.iter() {
        if class.kind == ClassKind::Interface {
            continue;
        }
        for field in &class.fields {
            of_field(context, id, field, &mut found);
        }
    }
    let members: Vec<Collection> = found.iter().flat_map(|collection| properties(context, collection)).collect();
    found.extend(members);
    found.sort_by_key(|collection| (collection.declaration, collection.name.clone()));
    found.dedup_by(|a, b| a.place == b.place);
    found
}

fn of_variable<'a>(context: &'a Context<'_>, id: VariableId, found: &mut Vec<Collection<'a>>) {
    let module = context.module;
    let variable = &module.variables[id];
    let home = if variable.function == module.root {
        Home::Module
    } else if is_captured(module, id) {
        if runs(context, variable.function) == Runs::Once { Home::Module } else { Home::Closure(variable.function) }
    } else {
        return;
    };
    // What a class body declares are its fields.
    if module.classes.iter().any(|(_, class)| class.fields.iter().any(|field| field.span == variable.span)) {
        return;
    }
    let place = Place { root: Root::Variable(id), path: Name::default() };
    let Some((ty, table)) = unbounded(context, &variable.values, variable.ty.as_ref()) else { return };
    let exported = variable.function == module.root && context.is_exported(id);
    let question =
        exported.then(|| Question::Shrinks { collection: Symbol::from(QualifiedName::here(variable.name.clone())) });
    found.push(Collection {
        place,
        home,
        name: variable.name.to_string(),
        declaration: variable.span,
        ty,
        table,
        made: variable.values.clone(),
        question,
    });
}

fn is_captured(module: &Module, id: VariableId) -> bool {
    let home = module.variables[id].function;
    module.functions.iter().any(|(inner, function)| inner != home && function.captures.contains(&id))
}

fn of_field<'a>(
    context: &'a Context<'_>,
    class: ClassId,
    field: &crate::model::Field,
    found: &mut Vec<Collection<'a>>,
) {
    let module = context.module;
    let Some((ty, table)) = unbounded(context, &field.values, field.ty.as_ref()) else { return };
    let is_static = field.is_static && !is_made_per_instance(context, field);
    let root = if field.is_static { Root::Static(class) } else { Root::This(class) };
    let owner = module.class_name(class);
    let symbol = owner.member(&field.name);
    let question = match field_visibility(context, field) {
        Visibility::Private => None,
        _ if is_static => Some(Question::Shrinks { collection: symbol.clone().into() }),
        _ => Some(Question::MemberShrinks { member: field.name.clone() }),
    };
    found.push(Collection {
        place: Place { root, path: Name::from(format!(".{}", field.name)) },
        home: if is_static { Home::Static(class) } else { Home::Instance(class) },
        name: if is_static { symbol.name.to_string() } else { field_name(context, &field.name) },
        declaration: field.span,
        ty,
        table,
        made: field.values.clone(),
        question,
    });
}

fn field_name(context: &Context<'_>, name: &str) -> String {
    match context.family() {
        Family::Java => name.to_owned(),
        Family::JavaScript => format!("this.{name}"),
        Family::Python => format!("self.{name}"),
    }
}

/// A Python class attribute that the constructor replaces is one of the instance.
fn is_made_per_instance(context: &Context<'_>, field: &crate::model::Field) -> bool {
    context.family() == Family::Python
        && field.values.iter().any(|value| {
            context
                .function_of(*value)
                .is_some_and(|function| context.module.functions[function].kind == FunctionKind::Constructor)
        })
}

fn field_visibility(context: &Context<'_>, field: &crate::model::Field) -> Visibility {
    if field.name.starts_with('#') || (context.family() == Family::Python && field.name.starts_with("__")) {
        return Visibility::Private;
    }
    field.visibility
}

/// The collections that are properties of an object literal: `const state = { cache: {} }`.
fn properties<'a>(context: &'a Context<'_>, outer: &Collection<'a>) -> Vec<Collection<'a>> {
    let [value] = outer.made.as_slice() else { return Vec::new() };
    let ExprKind::Object(properties) = context.module.kind(context.module.peel(*value)) else { return Vec::new() };
    if context.family() != Family::JavaScript {
        return Vec::new();
    }
    properties
        .iter()
        .filter_map(|property| {
            let PropertyKey::Name(name) = &property.key else { return None };
            let (ty, table) = unbounded(context, &[property.value], None)?;
            Some(Collection {
                place: outer.place.clone().then(format_args!(".{name}")),
                home: outer.home,
                name: format!("{}.{name}", outer.name),
                declaration: context.span(property.value),
                ty,
                table,
                made: vec![property.value],
                question: outer.question.as_ref().map(|_| Question::MemberShrinks { member: name.clone() }),
            })
        })
        .collect()
}

/// The type of a collection that grows without end, by the values that it is given.
fn unbounded<'a>(
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
    let evicts = data.methods.iter().any(|method| {
        module.functions[*method]
            .name
            .as_deref()
            .is_some_and(|name| matches!(name, "removeEldestEntry" | "__missing__" | "removeEldest"))
    });
    if evicts || data.name.as_deref().is_some_and(names_a_bound) {
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
fn has_limit(context: &Context<'_>, call: ExprId, part: &Part) -> bool {
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

/// Names of types that evict. A type is known by its name alone only where its source is out of sight.
pub fn names_a_bound(name: &str) -> bool {
    const WORDS: [&str; 15] = [
        "lru", "bounded", "limited", "expir", "ttl", "weak", "evict", "ring", "circular", "fixed", "capped", "cache2k",
        "soft", "timed", "maxsize",
    ];
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) && !lower.contains("string") || lower.contains("lru")
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
        ExprKind::Global(name) => matches!(name.as_str(), "list" | "set" | "dict" | "deque"),
        ExprKind::Logical { right, .. } => is_element_collection(context, *right),
        _ => matches!(made(context, value), Made::Unbounded { .. }),
    }
}

/// Whether an expression is an empty value: `null`, `None`, `undefined`.
#[must_use]
pub fn is_null(context: &Context<'_>, value: ExprId) -> bool {
    match context.module.kind(context.module.peel(value)) {
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Global(name) => name == "undefined",
        _ => false,
    }
}
