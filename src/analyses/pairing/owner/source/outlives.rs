//! What speaks for a source that goes on when its owner ends. That somebody gave it says little: who makes an object
//! mostly gives it what they both belong to, and ends them together.

use rustc_hash::FxHashSet;

use super::given;
use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::{Case, How, Life, free, is_sunk};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Place, Root, VariableKind};
use crate::project::Question;

/// Whether something shows that the source of a listener outlives the owner, whose teardown reaches the functions.
#[must_use]
pub fn is_shown(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    released_wrongly(case, reached)
        || leaves_sibling(case, reached)
        || is_one_for_all(case)
        || is_of_framework(case)
        || is_kept_connection(case)
        || is_shared(case)
        || given::is_entry(case)
        || adds_for_each(case)
        || undoes_method(case, reached)
        || is_lent_to_owner(case, reached)
        || is_of_maker(case)
}

/// A method that runs for one thing after another registers something of it on what the object keeps.
fn adds_for_each(case: &Case<'_>) -> bool {
    let trunk = source(case.context, case.site, case.acquire).and_then(|source| trunk(case.context, source));
    trunk.is_some_and(|place| matches!(place.root, Root::This(_)))
        && super::many::is_for_one_of_many(case)
        && super::many::tells_apart(case)
}

/// The method that is given the source has one that undoes it: `onAdd(map)` beside `onRemove()`.
fn undoes_method(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let module = case.context.module;
    let says = |function: FunctionId, verb: &str| {
        let name = module.functions[function].name.as_deref().unwrap_or_default().trim_start_matches(['_', '#']);
        let lower = name.strip_prefix("on").filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(name);
        lower.to_lowercase().starts_with(verb)
    };
    let holder = module.outermost(case.site.function);
    let pairs = words::COUNTERPART.iter().filter(|(begins, _)| *begins != "init");
    pairs.chain(&[("add", &["remove"] as &[&str])]).any(|(begins, ends)| {
        says(holder, begins) && reached.iter().any(|end| ends.iter().any(|verb| says(*end, verb)))
    })
}

/// The teardown asks for a removal, and names another function or another event.
fn released_wrongly(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    case.released_in(reached).any(|found| matches!(found.how, How::Differs(_)))
}

/// Another listener on the same source is taken off by the teardown, or given to who ends the owner.
fn leaves_sibling(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let Some(trunk) = source(context, case.site, case.acquire).and_then(|source| trunk(context, source)) else {
        return false;
    };
    let of_same = |expr: Option<ExprId>| expr.and_then(|expr| self::trunk(context, expr)).as_ref() == Some(&trunk);
    let taken_off = |site: &CallSite| {
        let mut releases = site.releases.iter().filter(|release| release.kind.contains(&case.acquire.kind));
        reached.contains(&site.function)
            && releases.any(|release| release.key.iter().any(|part| of_same(context.part(site.expr, part))))
    };
    let given = |site: &CallSite| {
        let mut alike = site.acquires.iter().filter(|acquire| acquire.kind == case.acquire.kind);
        site.expr != case.site.expr
            && alike.any(|acquire| of_same(source(context, site, acquire)))
            && is_sunk(context, site)
    };
    context.sites.iter().any(|site| taken_off(site) || given(site))
}

fn source(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<ExprId> {
    acquire.source.as_ref().and_then(|part| context.part(site.expr, part))
}

/// The field or variable that a source is taken from: `client` of `this.client.sockets().listenable`.
fn trunk(context: &Context<'_>, source: ExprId) -> Option<Place> {
    let module = context.module;
    let mut at = source;
    loop {
        at = context.definition(at);
        if let Some(place) = context.place(at) {
            return match (&place.root, place.field()) {
                (Root::This(_) | Root::Static(_), Some(field)) => {
                    Some(Place { path: format!(".{field}").into(), root: place.root.clone() })
                }
                (root, _) => Some(Place { root: root.clone(), path: crate::model::Name::default() }),
            };
        }
        at = match module.kind(at) {
            ExprKind::Call { callee, constructs: false, .. } => match module.kind(*callee) {
                ExprKind::Member { object, .. } => *object,
                _ => return None,
            },
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => *object,
            _ => return None,
        };
    }
}

/// The names by which code speaks of a source: of the members on the way to it, and of their types.
fn names(context: &Context<'_>, source: ExprId) -> Vec<String> {
    let module = context.module;
    let mut names = Vec::new();
    let mut at = source;
    loop {
        at = module.peel(at);
        if matches!(module.kind(at), ExprKind::This(_)) {
            return names;
        }
        names.extend(module.type_of(at).map(|ty| ty.name.last().to_owned()));
        match module.kind(at) {
            ExprKind::Variable(id) => {
                names.push(module.variables[*id].name.to_string());
                return names;
            }
            ExprKind::Call { callee, constructs: false, .. } => at = *callee,
            ExprKind::Member { object, name, .. } => {
                names.push(name.to_string());
                names.extend(given_as(context, at));
                at = *object;
            }
            _ => return names,
        }
    }
}

/// The names of the parameters that a field was filled from.
fn given_as(context: &Context<'_>, member: ExprId) -> Vec<String> {
    let module = context.module;
    let place = context.place(member);
    let Some((Root::This(class), Some(field))) = place.as_ref().map(|place| (place.root.clone(), place.only_field()))
    else {
        return Vec::new();
    };
    let values = module.field(class, field).into_iter().flat_map(|field| &field.values);
    let name = |value: &ExprId| match module.kind(module.peel(*value)) {
        ExprKind::Variable(id) => Some(module.variables[*id].name.to_string()),
        _ => None,
    };
    values.filter_map(name).collect()
}

/// Whether the source is one for the whole program by its name or type: `this.fileService`.
///
/// A method is mostly given what its object belongs to: `init(broker)`.
fn is_one_for_all(case: &Case<'_>) -> bool {
    let script = case.context.family() == Family::JavaScript;
    if case.context.family() == Family::Java || script && case.life == Life::Parameter {
        return false;
    }
    let source = source(case.context, case.site, case.acquire);
    let names = source.map(|source| names(case.context, source)).unwrap_or_default();
    names.iter().any(|name| words::is_one_for_all(name))
}

/// Whether its name, or that of the method, says that others have the source too.
fn is_shared(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let source = source(case.context, case.site, case.acquire);
    let mut names = source.map(|source| names(case.context, source)).unwrap_or_default();
    let holder = &module.functions[module.outermost(case.site.function)];
    names.extend(holder.name.iter().chain(&case.site.shape.method).map(ToString::to_string));
    names.iter().any(|name| words::says_shared(name))
}

/// Whether a framework makes the owner and ends it, again and again, and gives it what goes on.
fn is_of_framework(case: &Case<'_>) -> bool {
    let context = case.context;
    let class = context.module.functions[case.site.function].this;
    let wanted = match context.family() {
        Family::JavaScript => case.acquire.kind == "subscription" && is_given_at_birth(case),
        _ => case.life == Life::Injected,
    };
    wanted && class.is_some_and(|class| owners::lifecycle(context, class).framework.is_some())
}

/// Whether a subscription is to an object that some variable or field holds, and not to what a library makes.
#[must_use]
pub fn is_of_object(case: &Case<'_>) -> bool {
    let trunk = source(case.context, case.site, case.acquire).and_then(|source| trunk(case.context, source));
    case.acquire.kind == "subscription"
        && trunk.is_some_and(|place| matches!(place.root, Root::This(_) | Root::Variable(_)))
}

/// Whether what keeps it is a part of the owner that is handed to who ends the owner: `this.toDispose.push(this.view)`.
#[must_use]
pub fn ends_with_owner(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(trunk) = source(context, case.site, case.acquire).and_then(|source| trunk(context, source)) else {
        return false;
    };
    let mut handed: Vec<ExprId> = context
        .sites
        .iter()
        .flat_map(|site| site.sinks.iter().filter_map(|sink| context.part(site.expr, &sink.argument)))
        .collect();
    while let Some(value) = handed.pop() {
        match context.module.kind(context.module.peel(value)) {
            ExprKind::List { items, .. } => handed.extend(items),
            _ if context.place(value).as_ref() == Some(&trunk) => return matches!(trunk.root, Root::This(_)),
            _ => {}
        }
    }
    false
}

/// Whether the instance has the source from the one who made it: a container, or a constructor's parameter.
#[must_use]
pub fn is_given_at_birth(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let trunk = source(case.context, case.site, case.acquire).and_then(|source| trunk(case.context, source));
    // What a method is given, or takes out of a list, came later.
    if let Some(Place { root: Root::Variable(id), .. }) = &trunk {
        let variable = &module.variables[*id];
        let constructed = module.functions[variable.function].kind == FunctionKind::Constructor;
        return constructed || variable.kind == VariableKind::Local && !variable.values.is_empty();
    }
    let Some(Place { root: Root::This(class), path }) = trunk else { return true };
    let Some(field) = path.strip_prefix('.').and_then(|name| module.field(class, name)) else { return true };
    field.values.iter().all(|value| match module.kind(module.peel(*value)) {
        ExprKind::Variable(id) => {
            let holder = module.variables[*id].function;
            module.functions[holder].kind == FunctionKind::Constructor
        }
        _ => true,
    })
}

/// Whether the teardown ends the source only where a flag says that it is the owner's: there are owners of which it is
/// not.
fn is_lent_to_owner(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let Some(trunk) = source(context, case.site, case.acquire).and_then(|source| trunk(context, source)) else {
        return false;
    };
    context.sites.iter().filter(|site| reached.contains(&site.function)).any(|site| {
        let ended = context.part(site.expr, &Part::Receiver).and_then(|object| self::trunk(context, object));
        ended.as_ref() == Some(&trunk)
            && site.shape.method.as_deref().is_some_and(words::ends_whole)
            && super::flagged::is_done_if_owned(context, site)
    })
}

/// Whether the source belongs to the object around the owner, which makes such owners when it is asked to:
/// `void open() { view = new View(); }`, where `View` listens to a field of who made it.
fn is_of_maker(case: &Case<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let Some(class) = module.functions[case.site.function].this else { return false };
    let trunk = source(context, case.site, case.acquire).and_then(|source| trunk(context, source));
    let Some(Place { root: Root::This(maker), .. }) = trunk else { return false };
    maker != class && is_made_on_demand(context, class, maker)
}

fn is_made_on_demand(context: &Context<'_>, class: ClassId, maker: ClassId) -> bool {
    let module = context.module;
    let name = module.class_name(class);
    let mut made = context.sites_of(maker).filter(|site| site.shape.constructs).filter(|site| {
        site.shape.path.as_ref().is_some_and(|path| module.local_class(path) == module.local_class(&name))
    });
    made.any(|site| {
        let kind = module.functions[module.outermost(site.function)].kind;
        !matches!(kind, FunctionKind::Constructor | FunctionKind::FieldInitializer)
    })
}

/// Whether the source is an element that the method was given, to which each call adds a function made anew.
#[must_use]
pub fn is_given_element(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = source(context, case.site, case.acquire).map(|source| context.module.kind(context.definition(source)));
    let given = matches!(source, Some(ExprKind::Variable(id))
        if matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)));
    given && context.family() == Family::JavaScript && free::is_on_element(case) && !free::is_stable(case)
}

/// Whether the source is the connection that a request was given, which an agent keeps for the next one.
fn is_kept_connection(case: &Case<'_>) -> bool {
    let source = source(case.context, case.site, case.acquire).map(|source| case.context.module.kind(source));
    matches!(source, Some(ExprKind::Variable(id)) if super::parameters::is_lent(case.context, *id))
}

/// The question whether the program makes one instance of the owner alone, so that it lives as long as what keeps it.
#[must_use]
pub fn question(case: &Case<'_>, class: ClassId) -> Option<Question> {
    let module = case.context.module;
    let name = module.class_name(class);
    let data = &module.classes[class];
    let wanted = matches!(case.acquire.kind.as_str(), "listener" | "subscription")
        && data.kind == ClassKind::Class
        && case.context.family() == Family::Java
        && !name.name.is_empty();
    wanted.then(|| Question::RunsOnce { function: name.into() })
}

/// Whether something says that there is more than one instance of the owner in the life of a program. A service of Java
/// is mostly made once; a function of Python that a program is ended by is registered for each instance by its
/// constructor alone.
#[must_use]
pub fn come_and_go(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let module = case.context.module;
    let home = &module.functions[module.outermost(case.site.function)];
    let Some(class) = home.this else { return true };
    match case.context.family() {
        Family::JavaScript => true,
        Family::Python => home.kind == FunctionKind::Constructor || !is_exit_handler(case),
        Family::Java => {
            owners::lifecycle(case.context, class).framework.is_some()
                || free::is_made_with(case, class)
                || is_shown(case, reached)
        }
    }
}

/// Whether the teardown takes a listener of another event off the very object, one that was added together with this.
#[must_use]
pub fn takes_another_off(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let source = case.acquire.key.iter().position(|part| Some(part) == case.acquire.source.as_ref());
    let Some(source) = source.filter(|_| case.acquire.kind == "listener") else { return false };
    if case.released_in(reached).any(|found| matches!(&found.how, How::Differs(parts) if !parts.contains(&source))) {
        return true;
    }
    let place = self::source(context, case.site, case.acquire).and_then(|expr| context.place(expr));
    let Some(place) = place else { return false };
    // The event that a call names beside the very object.
    let event = |site: &CallSite, key: &[Part]| {
        let part = |part: &Part| context.part(site.expr, part);
        let at = key.get(source).and_then(part).and_then(|expr| context.place(expr));
        let named = key.iter().enumerate().find(|(index, _)| *index != source).and_then(|(_, event)| part(event));
        named.filter(|_| at.as_ref() == Some(&place)).map(|event| context.text(event))
    };
    let taken: Vec<String> = context
        .sites
        .iter()
        .filter(|site| reached.contains(&site.function))
        .flat_map(|site| site.releases.iter().map(move |release| (site, release)))
        .filter(|(_, release)| release.kind.contains(&case.acquire.kind))
        .filter_map(|(site, release)| event(site, &release.key))
        .collect();
    let home = context.module.outermost(case.site.function);
    let mut together = context.sites.iter().filter(|site| context.module.outermost(site.function) == home);
    together.any(|site| {
        let mut alike = site.acquires.iter().filter(|acquire| acquire.kind == case.acquire.kind);
        alike.any(|acquire| event(site, &acquire.key).is_some_and(|event| taken.contains(&event)))
    })
}

/// A registry of the process itself, of which no object is the source: exit handlers. A function registers what it
/// sets up; how many there are the instances of a class say.
#[must_use]
pub fn is_exit_handler(case: &Case<'_>) -> bool {
    case.context.family() == Family::Python
        && case.acquire.kind == "listener"
        && case.acquire.source.is_none()
        && case.acquire.handle.is_none()
}
