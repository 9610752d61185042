//! How often the markup of single-file components draws other components.

use super::drawn::passes_on;
use crate::analyses::context::{CallSite, Context};
use crate::catalogue::words::owners as words;
use crate::lang::Language;
use crate::model::{
    Drawn, ExprId, ExprKind, Imported, Literal, Name, Property, PropertyKey, QualifiedName, VariableKind,
};
use crate::project::{Facts, Often, Run, Symbol, pascal};

/// The name under which a file knows the component that it is.
pub const COMPONENT: &str = "default";

/// Adds what the file says of how often components are drawn: its own where that is a root, those of its markup, those
/// that it imports when it needs them, and those that it makes by their name.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if is_component(context) && is_root(context) {
        facts.runs.push(run(QualifiedName::here(COMPONENT).into(), Often::Once));
    }
    let drawn: Vec<Run> = in_markup(context).collect();
    let late = imported_late(context).filter(|run| drawn.iter().all(|drawn| drawn.of.module != run.of.module));
    let late: Vec<Run> = late.collect();
    facts.runs.extend(drawn.into_iter().chain(late));
    facts.runs.extend(context.sites.iter().filter_map(|site| by_name(context, site)));
    facts.imports.extend(late_imports(context).into_iter().map(|(_, path)| default_of(path)));
}

fn run(of: Symbol, often: Often) -> Run {
    Run { of, often, brief: false, owners: Vec::new() }
}

/// The components that the file's markup draws.
fn in_markup<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Run> + 'a {
    let components = context.module.drawn.iter().flatten().filter(|drawn| is_of_component(&drawn.name));
    components.map(|drawn| {
        let name = pascal(&drawn.name);
        let often = if is_always(drawn) { Often::With(Name::new_static(COMPONENT)) } else { Often::Again };
        run(symbol(context, drawn, &name).unwrap_or(Symbol { module: Name::default(), name }), often)
    })
}

/// The components that the file imports when it needs them, such as those of its routes.
fn imported_late<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Run> + 'a {
    let components = late_imports(context).into_iter().filter(|(_, path)| is_component_file(path));
    components.map(|(at, path)| run(default_of(path), if is_layout(context, at) { Often::Once } else { Often::Again }))
}

/// A component that a call makes by the name under which it is registered.
fn by_name(context: &Context<'_>, site: &CallSite) -> Option<Run> {
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return None };
    let argument = arguments.first()?.value;
    let named = |name| Symbol { module: Name::default(), name };
    match context.module.kind(argument) {
        // `document.createElement('side-panel')`: an element with a class of its own.
        ExprKind::Literal(Literal::String(tag)) => (site.shape.method.as_deref() == Some("createElement")
            && tag.contains('-'))
        .then(|| run(named(pascal(tag)), super::often(context, site.expr))),
        // `createApp(window.components.Banner)`: a component that others know by its name.
        _ => match context.module.kind(context.definition(argument)) {
            ExprKind::Member { name, .. } => {
                super::drawn::root(context, argument).map(|often| run(named(name.clone()), often))
            }
            _ => None,
        },
    }
}

/// Whether an element of markup stands for a component, by its name.
fn is_of_component(name: &str) -> bool {
    name.starts_with(char::is_uppercase) || name.contains('-')
}

/// Whether the file is a component that markup of others draws.
#[must_use]
pub fn is_component(context: &Context<'_>) -> bool {
    matches!(context.module.language, Language::Vue | Language::Svelte)
}

/// Whether the file is by its name the root of an application, or what stands around all of its pages.
fn is_root(context: &Context<'_>) -> bool {
    let path = context.source.display_path();
    let name = path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
    let mut roots = context.catalogue.owners(&context.scope).flat_map(|owner| &owner.roots);
    words::is_root_file(&path) || roots.any(|root| root == name)
}

/// Whether a name is only given to the markup of the file: `components: { Banner }`.
#[must_use]
pub fn is_for_markup(context: &Context<'_>, read: ExprId) -> bool {
    let of = |object: ExprId| {
        context.parent(object).is_some_and(|outer| match context.module.kind(outer) {
            ExprKind::Object(properties) => {
                properties.iter().any(|property| property.value == object && is_named(property, "components"))
            }
            _ => false,
        })
    };
    context.module.drawn.is_some() && context.parent(read).is_some_and(of)
}

/// Whether a name stands for a single-file component of another file.
#[must_use]
pub fn is_import(context: &Context<'_>, named: ExprId) -> bool {
    context.module.path(named).is_some_and(|path| is_component_file(&path.module))
}

/// Whether a value is the component of a route that stands around all others: `{ path: '/', component, children }`.
#[must_use]
pub fn is_layout(context: &Context<'_>, value: ExprId) -> bool {
    let around = std::iter::successors(Some(value), |at| {
        let function = context.function_of(*at).and_then(|function| context.function_expr(function));
        context.parent(*at).or(function)
    });
    for at in around.take(4) {
        let ExprKind::Object(properties) = context.module.kind(at) else { continue };
        let list = context.parent(at);
        if list.and_then(|list| context.parent(list)).is_some_and(|outer| is_route(context, outer)) {
            return false;
        }
        let has = |name: &str| properties.iter().find(|property| is_named(property, name));
        let path = has("path").map(|property| context.module.kind(property.value));
        let top = matches!(path, Some(ExprKind::Literal(Literal::String(path))) if matches!(path.as_str(), "/" | ""));
        return top && has("component").is_some() && has("children").is_some();
    }
    false
}

/// Whether an object is a route, whose children stand in it.
fn is_route(context: &Context<'_>, object: ExprId) -> bool {
    matches!(context.module.kind(object), ExprKind::Object(properties)
        if properties.iter().any(|property| is_named(property, "path")))
}

fn is_named(property: &Property, name: &str) -> bool {
    matches!(&property.key, PropertyKey::Name(key) if key == name)
}

/// Whether an element is drawn as long as its component is.
fn is_always(drawn: &Drawn) -> bool {
    let around = drawn.around.iter().all(|name| {
        !is_of_component(name) && name != "slot" || passes_on(&pascal(name)) || words::draws_layout(&pascal(name))
    });
    around && !drawn.repeated && drawn.conditions.iter().all(|condition| comes_true(condition))
}

/// Whether a condition turns true when the page has begun, and stays so.
#[must_use]
pub fn comes_true(condition: &str) -> bool {
    condition.split("&&").all(|part| {
        let (name, value) = part.split_once("===").unwrap_or((part, ""));
        let last = name.trim().rsplit('.').next().unwrap_or_default().trim_end_matches(".value");
        if value.is_empty() { words::turns_true(last) } else { words::is_layout(last) }
    })
}

/// What an element stands for: an import of the file, or what one of its constants imports when it is needed.
fn symbol(context: &Context<'_>, drawn: &Drawn, pascal: &str) -> Option<Symbol> {
    let module = context.module;
    let named = |name: &str| name == drawn.name || name == pascal;
    let variable = module.variables.iter().map(|(_, variable)| variable).find(|variable| {
        named(&variable.name) && matches!(variable.kind, VariableKind::Import(_) | VariableKind::Local)
    });
    if let Some(VariableKind::Import(index)) = variable.map(|variable| variable.kind) {
        let import = &module.imports[index as usize];
        let name = match &import.what {
            Imported::Named(name) => name.clone(),
            Imported::Module | Imported::Default => Name::new_static(COMPONENT),
        };
        return Some(Symbol { module: import.module.clone(), name });
    }
    let value = variable.and_then(|variable| variable.values.first().copied());
    let registered = || {
        let mut objects = module.exprs.iter().filter_map(|(_, expr)| match &expr.kind {
            ExprKind::Object(properties) => properties.iter().find(|property| is_named(property, "components")),
            _ => None,
        });
        objects.find_map(|components| match module.kind(components.value) {
            ExprKind::Object(inner) => inner.iter().find_map(|property| match &property.key {
                PropertyKey::Name(key) if named(&self::pascal(key)) || named(key) => Some(property.value),
                _ => None,
            }),
            _ => None,
        })
    };
    let value = value.or_else(registered)?;
    if let Some(path) = module.path(value).filter(|path| !path.is_here()) {
        return Some(path.into());
    }
    let span = module.span(value);
    let mut inside = late_imports(context).into_iter().filter(|(at, _)| {
        let at = module.span(*at);
        span.start <= at.start && at.end <= span.end
    });
    inside.next().map(|(_, path)| default_of(path))
}

fn default_of(module: Name) -> Symbol {
    Symbol { module, name: Name::new_static(COMPONENT) }
}

/// The calls of `import('./x')`, with the path.
fn late_imports(context: &Context<'_>) -> Vec<(ExprId, Name)> {
    let module = context.module;
    let path = |site: &CallSite| {
        let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return None };
        let import = matches!(module.kind(*callee), ExprKind::Global(name) if name == "import");
        match module.kind(arguments.first()?.value) {
            ExprKind::Literal(Literal::String(path)) if import => Some((site.expr, path.clone())),
            _ => None,
        }
    };
    context.sites.iter().filter_map(path).collect()
}

fn is_component_file(path: &str) -> bool {
    [Language::Vue, Language::Svelte]
        .iter()
        .any(|language| path.strip_suffix(language.name()).is_some_and(|path| path.ends_with('.')))
}
