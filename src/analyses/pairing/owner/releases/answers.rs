//! What the classes of a file do for their relatives in other files.

use rustc_hash::FxHashSet;

use super::is_handled;
use crate::analyses::context::{Context, Use};
use crate::analyses::owners;
use crate::analyses::pairing::owner::free::temporary;
use crate::analyses::pairing::owner::source::{Life, life};
use crate::analyses::pairing::owner::{self, holding};
use crate::analyses::pairing::path::is_idle;
use crate::analyses::pairing::path::words::{is_getter, takes_in};
use crate::catalogue::Acquire;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, Literal, Name, Place, Root, VariableKind, Visibility};
use crate::project::{ClassFact, EndFact};

/// The facts of every class with a name.
#[must_use]
pub fn classes(context: &Context<'_>) -> Vec<ClassFact> {
    let module = context.module;
    let mut found: Vec<ClassFact> = Vec::new();
    for fact in module.classes.iter().filter(|(_, class)| class.name.is_some()).map(|(id, _)| fact(context, id)) {
        // What a file adds to the prototype of a class, or to its static side, is of that class.
        match found.iter_mut().find(|known| known.name == fact.name) {
            Some(known) => merge(known, fact),
            None => found.push(fact),
        }
    }
    found
}

fn merge(known: &mut ClassFact, other: ClassFact) {
    known.holds |= other.holds;
    known.enrolls |= other.enrolls;
    let lists = [
        (&mut known.teardowns, other.teardowns),
        (&mut known.releases, other.releases),
        (&mut known.shrinks, other.shrinks),
        (&mut known.attaches, other.attaches),
    ];
    for (list, more) in lists {
        list.extend(more);
        list.sort();
        list.dedup();
    }
    known.ends.extend(other.ends);
    known.bases.extend(other.bases);
    known.bases.dedup();
}

fn fact(context: &Context<'_>, class: ClassId) -> ClassFact {
    let module = context.module;
    let cycle = owners::lifecycle(context, class);
    let names = |functions: &[FunctionId]| -> Vec<Name> {
        let mut names: Vec<Name> =
            functions.iter().filter_map(|function| module.functions[*function].name.clone()).collect();
        // What the class hands to an owner has no name.
        if names.is_empty() && !functions.is_empty() {
            names.push(Name::new_static("dispose"));
        }
        names.sort();
        names.dedup();
        names
    };
    let reached = owners::reach(context, &cycle.teardowns);
    let mut releases: Vec<Name> = context
        .fields_named(class)
        .filter(|field| {
            let place = Place { root: Root::This(class), path: Name::from(format!(".{field}")) };
            is_handled(context, &reached, &place, &[])
        })
        .cloned()
        .collect();
    releases.sort();
    ClassFact {
        name: module.class_name(class).name,
        bases: module.classes[class].bases.iter().map(|base| base.name.clone().into()).collect(),
        teardowns: names(&cycle.teardowns),
        ends: ends(context, class, &cycle.teardowns),
        holds: holds(context, class, &reached),
        idle: is_idle(context, class),
        releases,
        attaches: temporary::attaching(context, class),
        enrolls: enrolls(context, class),
        shrinks: Vec::new(),
    }
}

/// Whether its constructor puts the object into a registry of the file, which ends those it has: `_parts.register(self)`.
fn enrolls(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let Some(constructor) = module.constructor(class) else { return false };
    let global = |expr: ExprId| match module.kind(expr) {
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            variable.function == module.root && !matches!(variable.kind, VariableKind::Import(_))
        }
        _ => false,
    };
    context.family() == Family::Python
        && context.sites_in(constructor).any(|site| {
            let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return false };
            let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return false };
            let kept = match module.kind(*object) {
                ExprKind::Member { object, .. } => global(*object),
                _ => global(*object),
            };
            kept && takes_in(name)
                && arguments.iter().any(|argument| matches!(module.kind(argument.value), ExprKind::This(_)))
        })
}

/// The teardowns of a class that release something, and those that it leaves to the classes below.
fn ends(context: &Context<'_>, class: ClassId, teardowns: &[FunctionId]) -> Vec<EndFact> {
    let module = context.module;
    let left = module.classes[class].methods.iter().map(|method| &module.functions[*method]);
    let left = left.filter(|method| method.is_abstract).filter_map(|method| method.name.clone());
    let left = left.filter(|name| crate::catalogue::words::owners::ends(name));
    let declared = left.map(|name| EndFact { name, after: Vec::new(), fields: Vec::new(), declared: true });
    teardowns.iter().filter_map(|teardown| end(context, class, *teardown)).chain(declared).collect()
}

/// What a teardown of the class itself releases, as far as an override of it has to care.
fn end(context: &Context<'_>, class: ClassId, teardown: FunctionId) -> Option<EndFact> {
    let module = context.module;
    let name = module.functions[teardown].name.clone().filter(|_| module.functions[teardown].this == Some(class))?;
    let mut reached = owners::reach(context, &[teardown]);
    // What the class only asks for, as for its log, it does not end.
    reached.retain(|function| {
        let asks = module.functions[*function].name.as_deref().is_some_and(is_getter);
        context.family() != Family::Java || !asks || *function == teardown
    });
    let keyed = context.sites.iter().filter(|site| reached.contains(&site.function)).any(|site| {
        site.releases.iter().any(|release| !release.key.is_empty())
            && matches!(module.kind(site.expr), ExprKind::Call { arguments, .. } if !arguments.is_empty())
    });
    let calls_itself = |name: &str| context.family() == Family::Java && module.class_function(class, name).is_some();
    let released: Vec<&Name> = context
        .fields_named(class)
        .filter(|field| !calls_itself(field))
        .filter(|field| is_ended(context, class, field, &reached) && is_filled(context, class, field))
        .collect();
    if !keyed && released.is_empty() {
        return None;
    }
    let fields = if keyed { Vec::new() } else { released.iter().map(|field| (*field).clone()).collect() };
    let fillers: Option<Vec<Name>> = released.iter().map(|field| filler(context, class, field)).collect();
    Some(EndFact { name, after: if keyed { Vec::new() } else { fillers.unwrap_or_default() }, fields, declared: false })
}

/// Whether the functions end what a field holds, and do not merely empty it or look at it.
fn is_ended(context: &Context<'_>, class: ClassId, field: &str, functions: &FxHashSet<FunctionId>) -> bool {
    context
        .field_uses(class, field)
        .iter()
        .filter(|named| context.function_of(**named).is_some_and(|function| functions.contains(&function)))
        .any(|named| ends_content(context, class, field, *named, 3))
}

fn ends_content(context: &Context<'_>, class: ClassId, field: &str, named: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let undoes = |call| context.site_of(call).is_some_and(|site| !site.releases.is_empty());
    match context.uses(named) {
        Use::Receiver(call) => {
            let method = context.site_of(call).and_then(|site| site.shape.method.as_deref()).unwrap_or_default();
            undoes(call) || words::ends_content(method)
        }
        Use::Argument(call, _) => undoes(call),
        Use::Called(_) => context.module.field(class, field).is_some(),
        Use::Iterated => true,
        Use::Read(member) => {
            matches!(context.module.kind(member), ExprKind::Index { .. })
                && ends_content(context, class, field, member, depth)
        }
        Use::Stored(target) => matches!(context.module.kind(target), ExprKind::Variable(id)
            if context.reads(*id).iter().any(|read| ends_content(context, class, field, *read, depth))),
        _ => false,
    }
}

/// Whether the class itself puts something in a field: what it merely declares is for subclasses to fill.
fn is_filled(context: &Context<'_>, class: ClassId, field: &str) -> bool {
    let module = context.module;
    // A field that the class never fills is one of a class above it, or for those below.
    let Some(data) = module.field(class, field) else {
        return context.family() != Family::JavaScript || module.classes[class].superclasses > 0;
    };
    let empty = |value: &ExprId| match module.kind(module.peel(*value)) {
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Global(name) => name == "undefined",
        ExprKind::List { items, .. } => items.is_empty(),
        _ => false,
    };
    context.family() != Family::JavaScript
        || data.values.iter().any(|value| !empty(value))
        || context.field_uses(class, field).iter().any(|named| match context.uses(*named) {
            Use::Receiver(call) => holding::inserted_into(context, call).is_some(),
            _ => false,
        })
}

/// The method for subclasses that alone fills a field, and that the class itself does not call.
fn filler(context: &Context<'_>, class: ClassId, field: &str) -> Option<Name> {
    let module = context.module;
    let mut methods = module.field(class, field)?.values.iter().map(|value| {
        let function = context.function_of(*value)?;
        std::iter::successors(Some(function), |function| module.functions[*function].parent)
            .find(|function| module.classes[class].methods.contains(function))
    });
    let method = methods.next()??;
    let data = &module.functions[method];
    let name = data.name.clone().filter(|_| data.visibility == Visibility::Protected && !data.is_abstract)?;
    (methods.all(|other| other == Some(method)) && context.field_uses(class, &name).is_empty()).then_some(name)
}

/// Whether an instance, or what it makes of other classes of the file, acquires anything of a known kind, or may do so
/// in a base class or in a class of another file.
#[must_use]
pub fn reaches_outside(context: &Context<'_>, class: ClassId, depth: u8) -> bool {
    let module = context.module;
    let Some(depth) = depth.checked_sub(1) else { return true };
    let own = context.sites_of(class).any(|site| {
        let made = site.shape.path.as_ref().filter(|_| site.shape.constructs);
        let made = made.and_then(|path| module.local_class(path)).filter(|made| *made != class);
        !site.acquires.is_empty()
            || made.is_some_and(|made| reaches_outside(context, made, depth))
            || made.is_none() && site.shape.path.as_ref().is_some_and(|path| !path.module.is_empty() && !path.is_here())
    });
    let bases =
        &module.classes[class].bases[..module.classes[class].superclasses.min(module.classes[class].bases.len())];
    own || bases.iter().any(|base| match module.local_class(&base.name) {
        Some(above) => reaches_outside(context, above, depth),
        None => true,
    })
}

/// Whether an instance holds something that its own teardown releases, so that it must be ended itself.
#[must_use]
pub fn must_close(context: &Context<'_>, class: ClassId) -> bool {
    let cycle = owners::lifecycle(context, class);
    !cycle.teardowns.is_empty() && holds(context, class, &owners::reach(context, &cycle.teardowns))
}

/// `private view: Window`, `private wide = this.view.matchMedia(…)`: there is one, whoever gives it.
fn is_page(context: &Context<'_>, source: ExprId) -> bool {
    context.module.type_of(source).is_some_and(|ty| matches!(ty.name.last(), "Window" | "Document" | "MediaQueryList"))
}

/// Whether an instance acquires something of a known kind that its teardown releases: by a field that holds it, or by
/// what it was registered under.
fn holds(context: &Context<'_>, class: ClassId, reached: &FxHashSet<FunctionId>) -> bool {
    let released = |acquire: &Acquire| {
        let torn_down = reached.iter().flat_map(|function| context.sites_in(*function));
        torn_down.flat_map(|site| &site.releases).any(|release| acquire.is_undone_by(release))
    };
    context.sites_of(class).any(|site| {
        // A lock is taken and let go call by call; an instance that has one holds nothing.
        // What listens to a part of its owner goes with that.
        let lasts = |acquire: &&std::sync::Arc<Acquire>| match acquire.kind.as_str() {
            "lock" | "transaction" => false,
            "listener" | "observer" if context.family() != Family::Python => {
                acquire.source.as_ref().is_none_or(|part| {
                    let source = context.part(site.expr, part);
                    source.is_some_and(|source| {
                        life(context, source, site.function) == Life::Process || is_page(context, source)
                    })
                })
            }
            _ => true,
        };
        site.acquires.iter().filter(lasts).any(|acquire| {
            let kept = owner::holding(context, site.expr, acquire);
            kept.fields().any(|place| is_handled(context, reached, place, &acquire.closes))
                || released(acquire)
                || context.family() == crate::lang::Family::JavaScript && owner::is_sunk(context, site)
        })
    })
}
