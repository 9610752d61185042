//! Which collections live longer than a call, and how they were made.

pub mod foreign;
pub mod kinds;
pub mod lives;
pub mod made;

use rustc_hash::FxHashSet;

use self::made::unbounded;
use super::reader::usage::{descendants, last_name};
use crate::analyses::context::{Context, Use};
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::Collection as Table;
use crate::catalogue::words::paths::runs_now;
use crate::lang::Family;
use crate::model::{
    AssignOp, ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Name, Place, PropertyKey,
    QualifiedName, Root, TypeRef, VariableId, VariableKind, Visibility,
};
use crate::project::{Question, Symbol};
use crate::source::Span;

/// The type of a text or buffer that is added to.
pub const TEXT: &str = "text";

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
    /// The type that is declared for it.
    pub declared: Option<TypeRef>,
    /// What the catalogue says of the type.
    pub table: Option<&'a Table>,
    /// The initialisers that make it.
    pub made: Vec<ExprId>,
    /// What must be asked about other files, when they can reach it.
    pub question: Option<Question>,
    /// What makes it one, where another file declares it.
    pub declared_as: Option<Question>,
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

/// The long-lived collections of a file, in the order of their declarations.
#[must_use]
pub fn collections<'a>(context: &'a Context<'_>) -> Vec<Collection<'a>> {
    let mut found = Vec::new();
    let texts = texts(context);
    for (id, variable) in context.module.variables.iter() {
        match variable.kind {
            VariableKind::Local if !variable.values.is_empty() => of_variable(context, id, &texts, &mut found),
            VariableKind::Parameter(_) if variable.default.is_some() => of_default(context, id, &mut found),
            _ => {}
        }
    }
    globals(context, &mut found);
    self::foreign::collections(context, &mut found);
    for (id, class) in context.module.classes.iter() {
        if class.kind == ClassKind::Interface {
            continue;
        }
        for field in &class.fields {
            of_field(context, id, field, &texts, &mut found);
        }
    }
    let members: Vec<Collection> = found.iter().flat_map(|collection| properties(context, collection)).collect();
    found.extend(members);
    found.sort_by_key(|collection| (collection.declaration, collection.name.clone()));
    found.dedup_by(|a, b| a.place == b.place);
    found
}

fn of_variable<'a>(
    context: &'a Context<'_>,
    id: VariableId,
    texts: &FxHashSet<Place>,
    found: &mut Vec<Collection<'a>>,
) {
    let module = context.module;
    let variable = &module.variables[id];
    let home = if variable.function == module.root {
        Home::Module
    } else if is_captured(context, id) && !goes_over(context, variable.function) {
        if is_of_program(context, variable.function) { Home::Module } else { Home::Closure(variable.function) }
    } else {
        return;
    };
    // What a class body declares are its fields.
    if module.classes.iter().any(|(_, class)| class.fields.iter().any(|field| field.span == variable.span)) {
        return;
    }
    let place = Place { root: Root::Variable(id), path: Name::default() };
    let made = unbounded(context, &variable.values, variable.ty.as_ref());
    let Some((ty, table)) = made.or_else(|| text(context, &place, &variable.values, texts)) else { return };
    let exported = variable.function == module.root && context.is_exported(id);
    let question =
        exported.then(|| Question::Shrinks { collection: Symbol::from(QualifiedName::here(variable.name.clone())) });
    found.push(Collection {
        place,
        home,
        name: variable.name.to_string(),
        declaration: variable.span,
        ty,
        declared: variable.ty.clone(),
        table,
        made: variable.values.clone(),
        question,
        declared_as: None,
    });
}

/// `def f(x, seen=[])`: the default is made once, when the function is defined.
fn of_default<'a>(context: &'a Context<'_>, id: VariableId, found: &mut Vec<Collection<'a>>) {
    let variable = &context.module.variables[id];
    let Some(value) = variable.default else { return };
    let once = context.family() == Family::Python && runs(context, variable.function) != Runs::Once;
    let literal = matches!(context.module.kind(value), ExprKind::List { .. } | ExprKind::Object(_));
    let Some((ty, table)) = unbounded(context, &[value], None).filter(|_| once && literal) else { return };
    found.push(Collection {
        place: Place { root: Root::Variable(id), path: Name::default() },
        home: Home::Module,
        name: variable.name.to_string(),
        declaration: variable.span,
        ty,
        declared: None,
        table,
        made: vec![value],
        question: None,
        declared_as: None,
    });
}

/// `globalThis.seen = globalThis.seen || []`
fn globals<'a>(context: &'a Context<'_>, found: &mut Vec<Collection<'a>>) {
    let module = context.module;
    if context.family() != Family::JavaScript {
        return;
    }
    for (id, expr) in module.exprs.iter() {
        let ExprKind::Assign { target, value, declares: false, operator: AssignOp::Set | AssignOp::SetIfMissing } =
            &expr.kind
        else {
            continue;
        };
        if context.function_of(id) != Some(module.root) || !matches!(module.kind(*target), ExprKind::Member { .. }) {
            continue;
        }
        let Some(place) = context.place(*target) else { continue };
        let Root::Path(path) = &place.root else { continue };
        if !path.module.is_empty() || !place.path.is_empty() {
            continue;
        }
        let first = match module.kind(module.peel(*value)) {
            ExprKind::Logical { right, .. } => *right,
            _ => *value,
        };
        let Some((ty, table)) = unbounded(context, &[first], None) else { continue };
        found.push(Collection {
            home: Home::Module,
            name: path.name.to_string(),
            declaration: context.span(*target),
            ty,
            declared: None,
            table,
            made: vec![first],
            question: Some(Question::Shrinks { collection: path.clone().into() }),
            declared_as: None,
            place,
        });
    }
}

/// Texts and buffers that something is added to: `out += chunk`, `log = Buffer.concat([log, data])`.
fn texts(context: &Context<'_>) -> FxHashSet<Place> {
    let module = context.module;
    let mut found = FxHashSet::default();
    for (_, expr) in module.exprs.iter() {
        let ExprKind::Assign { target, value, operator, declares: false } = &expr.kind else { continue };
        let adds = match operator {
            AssignOp::Compound(operator) => operator == "+",
            AssignOp::Set => match module.kind(module.peel(*value)) {
                ExprKind::Binary { operator, .. } => operator == "+",
                ExprKind::Template(_) => true,
                ExprKind::Call { callee, .. } => last_name(context, *callee) == "concat",
                _ => false,
            },
            AssignOp::SetIfMissing => false,
        };
        if !adds {
            continue;
        }
        let Some(place) = context.place(*target) else { continue };
        let itself = !matches!(operator, AssignOp::Set)
            || descendants(context, *value).iter().any(|part| context.place(*part).as_ref() == Some(&place));
        if itself {
            found.insert(place);
        }
    }
    found
}

fn text<'a>(
    context: &Context<'_>,
    place: &Place,
    values: &[ExprId],
    texts: &FxHashSet<Place>,
) -> Option<(Name, Option<&'a Table>)> {
    let module = context.module;
    let empty = values.first().is_some_and(|value| match module.kind(module.peel(*value)) {
        ExprKind::Literal(Literal::String(_)) => true,
        ExprKind::Call { callee, .. } => {
            module.path(*callee).is_some_and(|path| path.module.is_empty() && path.name == "Buffer.alloc")
        }
        _ => false,
    });
    (empty && texts.contains(place)).then_some((Name::new_static(TEXT), None))
}

/// Whether a function holds the variable that may run after the one that declares it is done.
fn is_captured(context: &Context<'_>, id: VariableId) -> bool {
    let module = context.module;
    let home = module.variables[id].function;
    let outer = |inner: FunctionId| std::iter::successors(Some(inner), |at| module.functions[*at].parent);
    module
        .functions
        .iter()
        .filter(|(inner, function)| *inner != home && function.captures.contains(&id))
        .any(|(inner, _)| outer(inner).take_while(|at| *at != home).any(|at| !runs_in_place(context, at)))
}

/// Whether the variables of a function are there once in the program: it runs once, and is not about one thing that is
/// waited for.
fn is_of_program(context: &Context<'_>, function: FunctionId) -> bool {
    let waits = match context.function_expr(function).map(|value| context.uses(value)) {
        Some(Use::Argument(call, 0)) => {
            matches!(context.module.kind(call), ExprKind::Call { callee, constructs: true, .. }
                if last_name(context, *callee) == "Promise")
        }
        _ => false,
    };
    runs(context, function) == Runs::Once && !waits && begins_with_file(context, function, 6)
}

/// Whether the top level of the file leads to a function. What others call under the name of a beginning may begin for
/// each page.
fn begins_with_file(context: &Context<'_>, function: FunctionId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    if function == module.root {
        return true;
    }
    let handed = context
        .function_expr(function)
        .filter(|value| matches!(context.uses(*value), Use::Called(_) | Use::Argument(..)));
    if let Some(outer) = handed.and_then(|value| context.function_of(value)) {
        return begins_with_file(context, outer, depth);
    }
    let mut calls = context.calls_of(function).peekable();
    calls.peek().is_some() && calls.all(|site| begins_with_file(context, site.function, depth))
}

/// Whether a function goes over a text or tree, and what its parts keep goes when it comes to the end.
fn goes_over(context: &Context<'_>, function: FunctionId) -> bool {
    let name = context.module.functions[function].name.as_deref().unwrap_or_default();
    let whole =
        super::words::goes_over(name) && crate::analyses::owners::returned_functions(context, function).is_empty();
    context.family() == Family::JavaScript && (whole || visits(context, function))
}

/// `{ meta: {…}, create(context) { return { Program() {…}, … } } }`: the visitor of a linter goes over one file.
fn visits(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let data = &module.functions[function];
    let given = data.parameters.first().is_some_and(|first| module.variables[*first].name == "context");
    given
        && data.name.as_deref() == Some("create")
        && data
            .this
            .and_then(|class| context.object_expr(class))
            .is_some_and(|rule| context.property(rule, "meta").is_some())
}

/// `items.forEach(item => …)`, `(() => …)()`, or handed to a function that only calls it.
fn runs_in_place(context: &Context<'_>, function: FunctionId) -> bool {
    match context.function_expr(function).map(|value| context.uses(value)) {
        Some(Use::Called(_)) => true,
        Some(Use::Argument(call, at)) => {
            let Some(site) = context.site_of(call) else { return false };
            let only_called = |callee: FunctionId| {
                let parameter = context.module.functions[callee].parameters.get(usize::from(at));
                // The list of parameters names it as well.
                let own = |read: &&ExprId| context.function_of(**read) == Some(callee);
                parameter.is_some_and(|parameter| {
                    let elsewhere =
                        context.module.functions.iter().any(|(_, other)| other.captures.contains(parameter));
                    let mut reads = context.reads(*parameter).iter().filter(own);
                    !elsewhere && reads.all(|read| matches!(context.uses(*read), Use::Called(_)))
                })
            };
            site.shape.method.as_deref().is_some_and(runs_now) || site.callee.is_some_and(only_called)
        }
        _ => false,
    }
}

fn of_field<'a>(
    context: &'a Context<'_>,
    class: ClassId,
    field: &crate::model::Field,
    texts: &FxHashSet<Place>,
    found: &mut Vec<Collection<'a>>,
) {
    let module = context.module;
    let is_static = field.is_static && !is_made_per_instance(context, field);
    let root = if field.is_static { Root::Static(class) } else { Root::This(class) };
    let place = Place { root, path: Name::from(format!(".{}", field.name)) };
    let made = unbounded(context, &field.values, field.ty.as_ref());
    let Some((ty, table)) = made.or_else(|| text(context, &place, &field.values, texts)) else { return };
    let owner = module.class_name(class);
    let symbol = owner.member(&field.name);
    let question = match field_visibility(context, field) {
        Visibility::Private => None,
        _ if is_static => Some(Question::Shrinks { collection: symbol.clone().into() }),
        _ => Some(Question::MemberShrinks { member: field.name.clone() }),
    };
    found.push(Collection {
        place,
        home: if is_static { Home::Static(class) } else { Home::Instance(class) },
        name: if is_static { symbol.name.to_string() } else { field_name(context, &field.name) },
        declaration: field.span,
        ty,
        declared: field.ty.clone(),
        table,
        made: field.values.clone(),
        question,
        declared_as: None,
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
    // What a function makes it makes anew at each call: `reset() { state = { seen: {} } }`.
    let anew = outer.home == Home::Module && context.function_of(*value) != Some(context.module.root);
    if context.family() != Family::JavaScript || anew {
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
                declared: None,
                table,
                made: vec![property.value],
                question: outer.question.as_ref().map(|_| Question::MemberShrinks { member: name.clone() }),
                declared_as: None,
            })
        })
        .collect()
}
