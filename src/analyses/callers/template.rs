//! How often the markup of single-file components draws other components.

use super::drawn::passes_on;
use crate::analyses::context::Context;
use crate::catalogue::words::owners as words;
use crate::lang::Language;
use crate::model::{
    Drawn, ExprId, ExprKind, Imported, Literal, Name, Property, PropertyKey, QualifiedName, VariableKind,
};
use crate::project::{Facts, Often, Run, Symbol};

/// The name under which a file knows the component that it is.
pub const COMPONENT: &str = "default";

/// Adds what the file's markup draws, what it imports when it needs it, and the file's own component where that is a
/// root.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    let module = context.module;
    let whole = |often| Run { of: QualifiedName::here(COMPONENT).into(), often, owners: Vec::new() };
    if is_component(context) && is_root(context) {
        facts.runs.push(whole(Often::Once));
    }
    let mut known = Vec::new();
    for drawn in module.drawn.iter().flatten() {
        let name = pascal(&drawn.name);
        let is_component = drawn.name.starts_with(char::is_uppercase) || drawn.name.contains('-');
        if !is_component {
            continue;
        }
        let often = if is_always(drawn) { Often::With(Name::new_static(COMPONENT)) } else { Often::Again };
        let of = symbol(context, drawn, &name).unwrap_or(Symbol { module: Name::default(), name });
        known.push(of.module.clone());
        facts.runs.push(Run { of, often, owners: Vec::new() });
    }
    for (at, path) in late_imports(context) {
        if is_component_file(&path) && !known.contains(&path) {
            let often = if is_layout(context, at) { Often::Once } else { Often::Again };
            facts.runs.push(Run { of: default_of(path), often, owners: Vec::new() });
        }
    }
    for site in &context.sites {
        let ExprKind::Call { arguments, .. } = module.kind(site.expr) else { continue };
        let Some(argument) = arguments.first().map(|argument| argument.value) else { continue };
        // `document.createElement('side-panel')`: an element with a class of its own.
        if let ExprKind::Literal(Literal::String(tag)) = module.kind(argument)
            && site.shape.method.as_deref() == Some("createElement")
            && tag.contains('-')
        {
            let of = Symbol { module: Name::default(), name: pascal(tag) };
            facts.runs.push(Run { of, often: super::often(context, site.expr), owners: Vec::new() });
        }
        // `createApp(window.components.Banner)`: a component that others know by its name.
        if let ExprKind::Member { name, .. } = module.kind(context.definition(argument))
            && let Some(often) = super::drawn::root(context, argument)
        {
            let of = Symbol { module: Name::default(), name: name.clone() };
            facts.runs.push(Run { of, often, owners: Vec::new() });
        }
    }
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
        let plain = !name.contains('-') && !name.starts_with(char::is_uppercase);
        plain && name != "slot" || passes_on(&pascal(name)) || words::draws_layout(&pascal(name))
    });
    around && !drawn.repeated && drawn.conditions.iter().all(|condition| comes_true(condition))
}

/// Whether a condition turns true when the page has begun, and stays so.
fn comes_true(condition: &str) -> bool {
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
    let path = |site: &crate::analyses::context::CallSite| {
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

/// `SideBar` for `side-bar`.
#[must_use]
pub fn pascal(name: &str) -> Name {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    name.split('-').map(capital).collect::<String>().into()
}
