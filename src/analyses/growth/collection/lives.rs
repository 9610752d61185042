//! How long a collection lives, by evidence.

use super::{Collection, Home};
use crate::analyses::context::Context;
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::keys::few;
use crate::analyses::growth::reader::usage::{self, descendants};
use crate::analyses::growth::words;
use crate::analyses::owners::{is_singleton, lifecycle, reach, returned_functions};
use crate::analyses::runs::{Runs, runs};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Name, TypeRef};
use crate::source::Span;

/// How long a collection lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Longevity {
    Unknown,
    /// By evidence: a teardown, inverse methods, something that goes on.
    Long,
    Process,
}

/// A lifetime with the words and the place of its evidence.
#[derive(Clone, Debug)]
pub struct Life {
    pub longevity: Longevity,
    pub because: String,
    pub span: Span,
    /// Only a teardown by which screens and handles go says so: many come and go while the process lives.
    pub of_view: bool,
}

/// How long a collection lives.
#[must_use]
pub fn life(case: &Case<'_>) -> Life {
    let (context, collection) = (case.context, case.collection);
    let module = context.module;
    let at = |longevity, because: String, span| Life { longevity, because, span, of_view: false };
    match collection.home {
        Home::Module => {
            let whose = if collection.declared_as.is_some() { "another module" } else { "the module" };
            at(
                Longevity::Process,
                format!("`{}` lives as long as the process: it is a variable of {whose}", collection.name),
                collection.declaration,
            )
        }
        Home::Static(class) => {
            let name = module.classes[class].name.clone().unwrap_or_default();
            at(
                Longevity::Process,
                format!("`{}` lives as long as the process: it belongs to the class `{name}`", collection.name),
                collection.declaration,
            )
        }
        Home::Closure(function) => closure(context, function, collection),
        Home::Instance(class) => instance(case, class),
    }
}

/// A function's variable that inner functions keep: as long as what the function gives back.
fn closure(context: &Context<'_>, function: FunctionId, collection: &Collection<'_>) -> Life {
    let data = &context.module.functions[function];
    let name = data.name.clone().unwrap_or_default();
    let unknown =
        Life { longevity: Longevity::Unknown, because: String::new(), span: collection.declaration, of_view: false };
    if data.kind == FunctionKind::Component {
        return unknown;
    }
    let inner: Vec<Name> = context
        .module
        .functions
        .iter()
        .filter(|(_, inner)| inner.parent == Some(function))
        .filter_map(|(_, inner)| inner.name.clone())
        .collect();
    match pair(&inner) {
        Some((add, remove)) => Life {
            longevity: Longevity::Long,
            because: format!("it is kept by the functions made in `{name}`, which has both `{add}` and `{remove}`"),
            span: collection.declaration,
            of_view: false,
        },
        None => handlers(context, function, collection).unwrap_or(unknown),
    }
}

/// What a factory gives back is called again and again: made once at the top level, or a handler of requests.
fn handlers(context: &Context<'_>, function: FunctionId, collection: &Collection<'_>) -> Option<Life> {
    let module = context.module;
    let name = module.functions[function].name.clone().unwrap_or_default();
    if collection.table.is_some_and(|table| table.queue) {
        return between(context, function, collection);
    }
    let given = returned_functions(context, function);
    if given.is_empty() {
        return None;
    }
    let calls: Vec<FunctionId> = context.calls_of(function).map(|site| site.function).collect();
    let span = collection.declaration;
    if !calls.is_empty() && calls.iter().all(|caller| *caller == module.root) {
        let because = format!("it is kept by what `{name}` gives back, which is made once, at the top level");
        return Some(Life { longevity: Longevity::Process, because, span, of_view: false });
    }
    let handler = given.iter().any(|inner| {
        module.functions[*inner]
            .parameters
            .first()
            .is_some_and(|parameter| words::is_request(&module.variables[*parameter].name))
    });
    handler.then(|| Life {
        longevity: Longevity::Long,
        because: format!("it is kept by what `{name}` gives back, which is called for each request"),
        span,
        of_view: false,
    })
}

fn instance(case: &Case<'_>, class: ClassId) -> Life {
    let (context, collection) = (case.context, case.collection);
    let module = context.module;
    let data = &module.classes[class];
    let name = data.name.clone().unwrap_or_default();
    let span = context.source.first_line(data.name_span);
    let long = |longevity, because: String| Life { longevity, because, span, of_view: false };
    if is_one(context, class) {
        return long(Longevity::Process, format!("there is one `{name}` for the life of the process"));
    }
    let cycle = lifecycle(context, class);
    let unknown =
        Life { longevity: Longevity::Unknown, because: String::new(), span: collection.declaration, of_view: false };
    // A view is filled when it is shown and goes when it is left, unless what fills it comes again and again.
    if cycle.framework.is_some() && context.family() == Family::JavaScript && !grows_again(case) {
        return unknown;
    }
    let names: Vec<Name> = data.methods.iter().filter_map(|method| module.functions[*method].name.clone()).collect();
    if words::is_of_one_task(&name)
        || few::serves_one(context, class)
        || names.iter().any(|method| words::is_told_of_tests(method))
    {
        return unknown;
    }
    let ends: Vec<Name> =
        cycle.teardowns.iter().filter_map(|teardown| module.functions[*teardown].name.clone()).collect();
    let python = context.family() == Family::Python;
    if let Some(method) = ends.iter().find(|method| *method != "finalize" && !(python && words::ends_one_use(method))) {
        let of_view = context.family() == Family::JavaScript && !ends.iter().any(|name| words::ends_a_service(name));
        let because = format!("it lives as long as its `{name}`, which lives until `{method}`");
        return Life { of_view, ..long(Longevity::Long, because) };
    }
    if let Some((add, remove)) = pair(&names) {
        return long(
            Longevity::Long,
            format!("it lives as long as its `{name}`, which goes on between `{add}` and `{remove}`"),
        );
    }
    if let Some(works) = works_on(case, class) {
        return long(Longevity::Long, format!("it lives as long as its `{name}`: {works}"));
    }
    unknown
}

/// One instance for the process: by the tables, by how the file makes it, or by its own accessor.
fn is_one(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let data = &module.classes[class];
    if data.kind == ClassKind::Enum {
        return true;
    }
    // An object literal of the top level is there once; what a function gives back is there for each call.
    if data.kind == ClassKind::Object {
        return context
            .object_expr(class)
            .and_then(|object| context.function_of(object))
            .is_some_and(|function| runs(context, function) == Runs::Once)
            && !is_options(context, class);
    }
    let own = module.class_name(class);
    let accessor = data.fields.iter().any(|field| {
        field.is_static
            && (field.ty.as_ref().is_some_and(|ty| module.local_class(&ty.name) == Some(class))
                || field.values.iter().any(|value| {
                    matches!(module.kind(module.peel(*value)), ExprKind::Call { callee, constructs: true, .. } if module.path(*callee).as_ref() == Some(&own))
                }))
            && (matches!(field.name.to_ascii_lowercase().trim_matches(['_', '#', '$', 's']), "instance" | "in" | "shared" | "singleton" | "ingleton" | "default" | "me"))
    });
    accessor || is_singleton(context, class)
}

/// Options of a framework (`Vue.extend({…})`) are a component, of which there are many.
fn is_options(context: &Context<'_>, class: ClassId) -> bool {
    lifecycle(context, class).framework.is_some()
}

/// What in a class says that its instances live long: it listens, it is shared, its other collections come and go.
fn works_on(case: &Case<'_>, class: ClassId) -> Option<String> {
    let context = case.context;
    let module = context.module;
    let data = &module.classes[class];
    let name = data.name.as_deref().unwrap_or_default();
    if let Some(other) = case.siblings.churns(class, case.collection) {
        return Some(format!("the entries of its `{other}` come and go while it lives"));
    }
    // A `Condition` of a project is mostly no lock.
    let foreign = |ty: &TypeRef| context.family() == Family::Java && !ty.name.module.starts_with("java.");
    let guards = |ty: &TypeRef| words::is_lock_type(ty.name.last()) && !foreign(ty);
    let lock = data.fields.iter().find(|field| {
        field.values.iter().any(|value| module.type_of(*value).as_ref().is_some_and(guards))
            || field.ty.as_ref().is_some_and(guards)
    });
    if let Some(lock) = lock {
        return Some(format!("it is shared: `{}` guards it", lock.name));
    }
    // What waits for events lives on; what grows beside, when it is set up, does not grow with them.
    let listens = context.sites.iter().find(|site| {
        module.functions[site.function].this == Some(class)
            && site
                .acquires
                .iter()
                .any(|acquire| matches!(acquire.kind.as_str(), "listener" | "subscription" | "timer" | "executor"))
    });
    if let Some(site) = listens.filter(|_| grows_again(case)) {
        return Some(format!("it waits for events: `{}`", context.text(site.expr)));
    }
    let service = data.bases.iter().any(|base| base.name.last().strip_prefix('I') == Some(name));
    service.then(|| format!("it is the implementation of the service `I{name}`"))
}

/// A queue that one inner function fills and another one empties, each at its own pace.
fn between(context: &Context<'_>, function: FunctionId, collection: &Collection<'_>) -> Option<Life> {
    let crate::model::Root::Variable(id) = collection.place.root else { return None };
    let users = |words: &[&str]| -> Vec<FunctionId> {
        context
            .reads(id)
            .iter()
            .filter_map(|read| match context.uses(*read) {
                crate::analyses::context::Use::Receiver(call)
                    if words.contains(&usage::method_name(context, call).as_str()) =>
                {
                    context.function_of(*read).filter(|user| *user != function)
                }
                _ => None,
            })
            .collect()
    };
    let (fill, empty) = (users(&["put", "put_nowait", "add", "offer"]), users(&["get", "take", "get_nowait", "poll"]));
    let apart = !fill.is_empty() && !empty.is_empty() && !fill.iter().any(|one| empty.contains(one));
    apart.then(|| Life {
        longevity: Longevity::Long,
        because: "one function fills it and another one empties it, each at its own pace".to_owned(),
        span: collection.declaration,
        of_view: false,
    })
}

fn grows_again(case: &Case<'_>) -> bool {
    case.usages.iter().any(|usage| {
        matches!(usage.what, usage::What::Grow(_))
            && matches!(runs(case.context, usage.function), Runs::Repeatedly(per) if per != "in a loop")
    })
}

/// Whether a function runs only when the owner of a collection ends.
#[must_use]
pub fn is_end_only(context: &Context<'_>, home: Home, function: FunctionId) -> bool {
    let name = &context.module.functions[context.module.outermost(function)].name;
    if name.as_deref().is_some_and(words::ends_all) {
        return true;
    }
    let Home::Instance(class) = home else { return false };
    let teardowns = lifecycle(context, class).teardowns;
    let outer = context.module.outermost(function);
    if teardowns.contains(&outer) {
        return true;
    }
    let data = &context.module.functions[outer];
    let private = data.visibility != crate::model::Visibility::Public
        || data.name.as_deref().is_some_and(|name| name.starts_with(['_', '#']));
    private && reach(context, &teardowns).contains(&outer) && !called_elsewhere(context, outer, &teardowns)
}

/// Whether a removal happens only when the owner ends: `close()` ends it, `close(id)` ends one of its entries.
#[must_use]
pub fn removes_at_end(context: &Context<'_>, home: Home, function: FunctionId, key: Option<ExprId>) -> bool {
    let module = context.module;
    let named = key.is_some_and(|key| {
        let outer = &module.functions[module.outermost(function)];
        descendants(context, key)
            .iter()
            .any(|part| matches!(module.kind(*part), ExprKind::Variable(id) if outer.parameters.contains(id)))
    });
    !(named && matches!(home, Home::Instance(_))) && is_end_only(context, home, function)
}

/// Whether anything but the teardowns calls a function.
fn called_elsewhere(context: &Context<'_>, function: FunctionId, teardowns: &[FunctionId]) -> bool {
    let module = context.module;
    context
        .calls_of(function)
        .map(|site| module.outermost(site.function))
        .any(|caller| !teardowns.contains(&caller) && caller != function)
}

/// Two methods that undo each other.
#[must_use]
pub fn pair(names: &[Name]) -> Option<(Name, Name)> {
    // What starts and stops, or opens and closes, may do so once.
    // What `with` enters and leaves goes with the block.
    let once = |name: &str| words::may_run_once(name.trim_start_matches('_')) || name.starts_with("__");
    names.iter().filter(|name| !once(name)).find_map(|add| {
        inverses(add)
            .into_iter()
            .find_map(|remove| names.iter().find(|name| **name == remove).map(|name| (add.clone(), name.clone())))
    })
}

/// The names that would undo a method: `removeRule` of `addRule`.
#[must_use]
pub fn inverses(name: &str) -> Vec<String> {
    let stem = name.trim_start_matches('_');
    let (lead, stem) = match stem.strip_prefix("on").filter(|rest| rest.starts_with(char::is_uppercase)) {
        // `onJoin` and `onLeave`
        Some(rest) => {
            let undone = inverses(&rest.to_ascii_lowercase());
            return undone.iter().map(|undo| format!("on{}{}", undo[..1].to_ascii_uppercase(), &undo[1..])).collect();
        }
        None => (&name[..name.len() - stem.len()], stem),
    };
    let mut found = Vec::new();
    for (add, removes) in words::INVERSE {
        let Some(rest) = stem.strip_prefix(add) else { continue };
        if !(rest.is_empty() || rest.starts_with(char::is_uppercase) || rest.starts_with('_')) {
            continue;
        }
        found.extend(removes.iter().map(|remove| format!("{lead}{remove}{rest}")));
    }
    found
}
