//! Removals that exist and do not fit what goes in: another part of the key, a way on which nobody removes.

use super::calls;
use super::found::{BoundFound, Gap};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::collection::Home;
use crate::analyses::growth::collection::lives::{self, is_end_only};
use crate::analyses::growth::flow::{at, conditions, follows};
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::keys::{self, Origin};
use crate::analyses::growth::reader::usage::{Growth, Shrink, Usage, What, descendants, last_name, method_name};
use crate::analyses::growth::reader::walked;
use crate::analyses::growth::words;
use crate::analyses::owners::{lifecycle, reach};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Name, Place, Root, TypeRef, VariableKind};

/// Added under `group + "@" + id`, taken out under `id`.
#[must_use]
pub fn part_of_key(case: &Case<'_>, removed: &[ExprId]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    let added: Vec<ExprId> = grown(case).map(|growth| growth.key).collect::<Option<Vec<_>>>()?;
    let parts: Vec<Vec<Name>> = added.iter().map(|key| joined(context, *key)).collect();
    if added.is_empty() || parts.iter().any(|parts| parts.len() < 2) {
        return None;
    }
    let crossed = !removed.is_empty()
        && removed.iter().all(|key| {
            let ExprKind::Call { callee, arguments, .. } = module.kind(module.peel(*key)) else { return false };
            let tail = tail(context, *callee);
            arguments.is_empty() && tail.contains('.') && parts.iter().any(|parts| parts.contains(&tail))
        });
    crossed.then(|| {
        let words =
            format!("it is added under `{}` and removed under `{}`", context.text(added[0]), context.text(removed[0]));
        BoundFound::misfit(Gap::Some, words, removed[0])
    })
}

/// Whether a removal is about one entry, which the caller or the thread at hand names: no end of all of them.
#[must_use]
pub fn takes_one_out(case: &Case<'_>, usage: &Usage, shrink: &Shrink) -> bool {
    let context = case.context;
    let module = context.module;
    let Some(key) = shrink.key else { return false };
    let own = usage.function == module.outermost(usage.function);
    let walked = walked::keys(context, &case.collection.place);
    own && descendants(context, key).iter().all(|part| match module.kind(*part) {
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            let named = match variable.kind {
                VariableKind::Parameter(_) => true,
                VariableKind::Local => !variable.values.is_empty(),
                _ => true,
            };
            named && !walked.contains(id)
        }
        _ => true,
    })
}

/// `acquire` adds, and `release` takes the first one out: that is no end of the owner, as its name may say elsewhere.
#[must_use]
pub fn takes_first_out(case: &Case<'_>, removal: &Usage) -> bool {
    let context = case.context;
    let module = context.module;
    let name = |function: FunctionId| module.functions[module.outermost(function)].name.clone();
    let one = context
        .site_of(removal.expr)
        .is_some_and(|site| site.loops == 0 && site.shape.method.as_deref().is_some_and(words::takes_first));
    if one && context.family() == Family::Java {
        return true;
    }
    let Some(by) = name(removal.function).filter(|_| one) else { return false };
    case.usages
        .iter()
        .filter(|usage| matches!(&usage.what, What::Grow(growth) if !growth.inner))
        .any(|usage| name(usage.function).is_some_and(|add| lives::inverses(&add).iter().any(|undo| *undo == *by)))
}

/// Whether the file makes instances of the owner while it works, one for each thing it works on: they go with it.
#[must_use]
pub fn is_one_of_many(case: &Case<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let Home::Instance(class) = case.collection.home else { return false };
    context.sites.iter().any(|site| {
        let kind = module.functions[site.function].kind;
        matches!(module.kind(site.expr), ExprKind::Call { callee, constructs: true, .. }
            if module.path(*callee).and_then(|path| module.local_class(&path)) == Some(class))
            && !matches!(
                kind,
                FunctionKind::Constructor
                    | FunctionKind::FieldInitializer
                    | FunctionKind::StaticInitializer
                    | FunctionKind::Module
            )
            && context.family() == Family::Java
    })
}

/// Whether a field holds nothing at times: it is given nothing again, or begins with it in so many words.
#[must_use]
pub fn goes_away(context: &Context<'_>, place: &Place) -> bool {
    let (Root::This(class) | Root::Static(class)) = place.root else { return false };
    let Some(field) = place.only_field().and_then(|field| context.module.field(class, field)) else { return false };
    field.values.iter().any(|value| {
        let later = context.function_of(*value).is_some_and(|function| {
            let kind = context.module.functions[function].kind;
            !matches!(kind, FunctionKind::Constructor | FunctionKind::FieldInitializer)
        });
        (later || context.family() != Family::Java) && context.module.is_null(*value)
    })
}

/// Whether a function gives a field a value that is there: then it is set where an entry goes in.
#[must_use]
pub fn sets(context: &Context<'_>, function: FunctionId, place: &Place) -> bool {
    let (Root::This(class) | Root::Static(class)) = place.root else { return false };
    let Some(field) = place.only_field().and_then(|field| context.module.field(class, field)) else { return false };
    field.values.iter().any(|value| context.function_of(*value) == Some(function) && !context.module.is_null(*value))
}

/// Whether a function, or what it calls, names a field: then it has what the field holds.
#[must_use]
pub fn names(context: &Context<'_>, function: FunctionId, place: &Place) -> bool {
    if context.family() != Family::Java {
        return false;
    }
    let reached = reach(context, &[function]);
    context.module.exprs.iter().any(|(id, expr)| {
        matches!(expr.kind, ExprKind::Member { .. } | ExprKind::Variable(_))
            && context.function_of(id).is_some_and(|own| own == function || reached.contains(&own))
            && context.place(id).as_ref() == Some(place)
    })
}

fn grown<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Growth> {
    case.usages.iter().filter_map(|usage| match &usage.what {
        What::Grow(growth) if !growth.inner && !growth.updates => Some(growth),
        _ => None,
    })
}

/// The last two names of each call that a text is put together from.
fn joined(context: &Context<'_>, key: ExprId) -> Vec<Name> {
    let module = context.module;
    match module.kind(context.definition(key)) {
        ExprKind::Binary { operator, left, right } if operator == "+" => {
            [joined(context, *left), joined(context, *right)].concat()
        }
        ExprKind::Template(parts) => parts.iter().flat_map(|part| joined(context, *part)).collect(),
        ExprKind::Call { callee, arguments, .. } if arguments.is_empty() => vec![tail(context, *callee)],
        ExprKind::Literal(_) => Vec::new(),
        _ => vec![Name::from(context.text(key))],
    }
}

/// `id.asLongText` of `channel.id().asLongText`
fn tail(context: &Context<'_>, callee: ExprId) -> Name {
    let module = context.module;
    let before = match module.kind(callee) {
        ExprKind::Member { object, .. } => match module.kind(module.peel(*object)) {
            ExprKind::Call { callee, .. } => last_name(context, *callee),
            ExprKind::Member { name, .. } => name.clone(),
            _ => Name::default(),
        },
        _ => Name::default(),
    };
    Name::from(format!("{before}.{}", last_name(context, callee)))
}

/// `Map<Sensor, List<Sensor>>`: what goes as a key stays in the lists of the others.
#[must_use]
pub fn stays_in_others(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let declared = case.collection.declared.as_ref()?;
    let [key, value] = declared.arguments.as_slice() else { return None };
    let element: &TypeRef = value.arguments.first().filter(|_| value.arguments.len() == 1)?;
    let plain = words::is_plain_type(key.name.last())
        || words::is_finite_type(key.name.last())
        || key.name.last().starts_with(char::is_lowercase);
    let collection = words::is_collection_type(value.name.last());
    // What empties it whole while the owner lives ends one piece of work, with all that is left.
    let whole = removals.iter().any(|usage| matches!(&usage.what, What::Shrink(shrink) if shrink.key.is_none()));
    let plain = plain || !collection || whole;
    // What goes over all entries may take it out of each.
    let walked = case.mentions.iter().any(|mention| match case.context.uses(*mention) {
        Use::Receiver(call) => {
            matches!(method_name(case.context, call).as_str(), "values" | "forEach" | "entrySet" | "entries")
        }
        // `Object.keys(edges).forEach(…)`
        Use::Argument(call, 0) => {
            matches!(method_name(case.context, call).as_str(), "keys" | "values" | "entries")
        }
        _ => false,
    });
    let emptied = walked || case.usages.iter().any(|usage| matches!(&usage.what, What::Shrink(shrink) if shrink.inner));
    if plain || key.name != element.name || emptied || words::is_plain_type(element.name.last()) || holds_copies(case) {
        return None;
    }
    let removal = removals.iter().find(|usage| matches!(&usage.what, What::Shrink(shrink) if shrink.key.is_some()))?;
    let words = format!("a `{}` is removed as a key and stays in the entries of the others", key.name.last());
    Some(BoundFound::misfit(Gap::Some, words, removal.expr))
}

/// Whether the elements are made for the purpose, or got from something else: no key is one of them.
fn holds_copies(case: &Case<'_>) -> bool {
    let java = case.context.family() == Family::Java;
    java && !case.usages.iter().any(|usage| match &usage.what {
        What::Grow(Growth { inner: true, value: Some(value), .. }) => {
            !matches!(case.context.module.kind(case.context.module.peel(*value)), ExprKind::Call { .. })
        }
        _ => false,
    })
}

/// One function takes the key out when its last element goes; another takes elements out and leaves the key.
#[must_use]
pub fn key_left(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    let outer = |usage: &Usage| module.outermost(usage.function);
    let inner: Vec<&Usage> =
        case.usages.iter().filter(|usage| matches!(&usage.what, What::Shrink(shrink) if shrink.inner)).collect();
    let tidy = !removals.is_empty()
        && removals.iter().all(|removal| {
            let after = at(context, removal.expr).is_some_and(|there| {
                inner.iter().any(|usage| at(context, usage.expr).is_some_and(|here| follows(context, here, there)))
            });
            after && conditions(context, removal.expr).iter().any(|test| asks_for_emptiness(context, *test))
        });
    if !tidy {
        return None;
    }
    let left = inner.iter().find(|usage| {
        let home = outer(usage);
        // `list.remove(x); list.add(at, x)`: it is only moved.
        let moved = case.usages.iter().any(|other| {
            other.function == usage.function
                && matches!(&other.what, What::Grow(growth) if growth.inner)
                && context.span(usage.expr).end < context.span(other.expr).start
        });
        !moved
            && !is_end_only(context, case.collection.home, usage.function)
            && !removals.iter().any(|removal| outer(removal) == home || calls(context, home, outer(removal)))
    })?;
    let words = "its elements are taken out here, and the key stays when the last one goes";
    Some(BoundFound::misfit(Gap::Keys, words, left.expr))
}

/// Whether a condition is about how many there are.
pub fn asks_for_emptiness(context: &Context<'_>, test: ExprId) -> bool {
    descendants(context, test).iter().any(|part| match context.module.kind(*part) {
        ExprKind::Call { callee, .. } => {
            let name = last_name(context, *callee);
            name == "isEmpty" || words::is_size(&name) || name == "len"
        }
        ExprKind::Member { name, .. } => words::is_size(name),
        _ => false,
    })
}

/// Those who wait for an answer are taken out by the answer alone: when the connection ends, they stay.
#[must_use]
pub fn abandoned(case: &Case<'_>, removals: &[&Usage]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    let Home::Instance(class) = case.collection.home else { return None };
    let by_key = removals.iter().all(|usage| matches!(&usage.what, What::Shrink(Shrink { key: Some(_), .. })));
    let waits = grown(case).any(|growth| {
        let origin = growth.key.map(|key| keys::origin(context, key));
        let value = growth.value.map(|value| made_on_demand(context, value).unwrap_or(value));
        origin.is_some_and(|origin| origin >= Origin::Event) && value.is_some_and(|value| is_waiter(context, value, 3))
    });
    // `for (id : C.keySet()) if (isTooOld(id)) C.remove(id)`: those who wait in vain go in time.
    let aged = walked::keys(context, &case.collection.place);
    let expires = removals.iter().any(|usage| match &usage.what {
        What::Shrink(Shrink { key: Some(key), .. }) => descendants(context, *key)
            .iter()
            .any(|part| matches!(module.kind(*part), ExprKind::Variable(id) if aged.contains(id))),
        _ => false,
    });
    // Who was registered is taken off by those who did it.
    let registered = words::is_registered_name(&case.collection.name)
        || case.collection.name.to_ascii_lowercase().contains("subscri")
        || removals.iter().any(|usage| {
            module.functions[module.outermost(usage.function)].name.as_deref().is_some_and(words::removes)
        });
    // `setTimeout(() => { reject(…); C.delete(id) }, limit)`, `answer.orTimeout(…).whenComplete(() -> C.remove(id))` beside
    // the add: nobody waits for ever.
    let timed = removals.iter().any(|usage| {
        let home = module.outermost(usage.function);
        let limited = || {
            let mut inner = context.sites.iter().filter(|site| module.outermost(site.function) == home);
            inner.any(|site| words::limits_a_wait(&method_name(context, site.expr)))
        };
        let settled = usage.function != home && limited();
        // Who has entered it takes it out in a `finally`.
        let own = usage.function == home && context.site_of(usage.expr).is_some_and(|site| site.cleanup);
        (settled || own) && grown_in(case).any(|function| function == home)
    });
    if removals.is_empty() || !by_key || !waits || registered || expires || timed {
        return None;
    }
    let ends: Vec<FunctionId> = module.classes[class]
        .methods
        .iter()
        .copied()
        .filter(|method| module.functions[*method].name.as_deref().is_some_and(words::loses_connection))
        .chain(lifecycle(context, class).teardowns)
        .collect();
    let reached = reach(context, &ends);
    let touched = case
        .mentions
        .iter()
        .any(|mention| context.function_of(*mention).is_some_and(|function| reached.contains(&function)));
    let end = ends.iter().find(|end| context.sites_in(**end).next().is_some())?;
    // Only what is opened again goes on with those who wait.
    let reopens = module.classes[class]
        .methods
        .iter()
        .any(|method| module.functions[*method].name.as_deref().is_some_and(words::connects));
    if touched || !reopens {
        return None;
    }
    let name = module.functions[*end].name.clone().unwrap_or_default();
    let words = format!("the answer alone takes it out: `{name}` leaves those who wait");
    Some(BoundFound::misfit(Gap::Some, words, removals[0].expr))
}

/// The outermost functions in which the collection grows.
fn grown_in<'c>(case: &'c Case<'_>) -> impl Iterator<Item = FunctionId> + 'c {
    let grows = |usage: &&Usage| matches!(&usage.what, What::Grow(growth) if !growth.inner);
    case.usages.iter().filter(grows).map(|usage| case.context.module.outermost(usage.function))
}

/// What `computeIfAbsent(id, key -> new Queue())` puts in.
#[must_use]
pub fn made_on_demand(context: &Context<'_>, value: ExprId) -> Option<ExprId> {
    let Use::Argument(call, _) = context.uses(value) else { return None };
    let ExprKind::Function(function) = context.module.kind(context.module.peel(value)) else { return None };
    matches!(method_name(context, call).as_str(), "computeIfAbsent" | "compute" | "merge")
        .then(|| crate::analyses::owners::returned_values(context, *function).into_iter().next())
        .flatten()
}

/// Something that an answer will call or settle.
fn is_waiter(context: &Context<'_>, value: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    match module.kind(module.peel(value)) {
        ExprKind::Function(_) => true,
        ExprKind::Object(properties) => properties.iter().any(|property| is_waiter(context, property.value, depth)),
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            words::is_waiter(&variable.name)
                || variable.ty.as_ref().is_some_and(|ty| words::is_waiter(ty.name.last()))
                || variable.values.iter().any(|value| is_waiter(context, *value, depth))
        }
        ExprKind::Call { callee, .. } => words::is_waiter(&last_name(context, *callee)),
        _ => false,
    }
}
