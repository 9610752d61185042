//! Which calls of the file release an acquisition, wherever they stand.

pub mod answers;
pub mod attached;
pub mod gesture;
pub mod ineffective;
pub mod mention;
mod through;
pub mod toggle;
pub mod wholes;

use la_arena::ArenaMap;
use rustc_hash::FxHashSet;

use self::wholes::{drains_source, ends_object_alone, puts_nothing, removes_all};
use super::holding::Holding;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::identity::{self, KeyMatch};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Name, Place, QualifiedName, Root, Step, VariableKind};
use crate::source::Span;

/// A call that releases, or tries to.
#[derive(Debug, Clone)]
pub struct Found {
    pub call: ExprId,
    pub function: FunctionId,
    pub how: How,
    /// Where the value that is released was last taken: `const old = this.url` before `revoke(old)`.
    pub taken: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The same handle, or every part of the key.
    Full,
    /// The source itself is ended, or everything on it is released.
    Source,
    /// Of the same kind on the same source, yet another key: the parts that differ.
    Differs(Vec<usize>),
}

/// The variables that stand for the elements of a collection: of loops over it and of callbacks given to it.
#[derive(Default)]
pub struct Elements {
    of: ArenaMap<crate::model::VariableId, Place>,
    /// Calls, by position, that end their receiver or take everything off it.
    ends: Vec<usize>,
}

impl Elements {
    /// Reads the loops and callbacks of a file.
    #[must_use]
    pub fn new(context: &Context<'_>) -> Self {
        let mut elements = Self::default();
        let module = context.module;
        for (_, function) in module.functions.iter() {
            for step in function.cfg.blocks.iter().flat_map(|(_, block)| &block.steps) {
                if let Step::Element { target, iterable, .. } = step {
                    elements.bind(context, *target, *iterable);
                }
            }
        }
        elements.index(context);
        for (at, site) in context.sites.iter().enumerate() {
            let whole = |name: &str| words::ends_whole(name) || words::takes_all(name);
            if site.shape.method.as_deref().is_some_and(whole) || puts_nothing(context, site) {
                elements.ends.push(at);
            }
            let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { continue };
            // `handlers.forEach(f)`, `each(handlers, f)`
            let name = site.shape.method.as_deref().or_else(|| site.shape.path.as_ref().map(QualifiedName::last));
            let first = arguments.first().filter(|_| matches!(name, Some("each" | "forEach")) && arguments.len() > 1);
            let collection = match (module.kind(*callee), first) {
                (_, Some(first)) => first.value,
                (ExprKind::Member { object, .. }, None) => *object,
                _ => continue,
            };
            let Some(place) = collection_place(context, collection) else { continue };
            for function in arguments.iter().filter_map(|argument| module.function_of(argument.value)) {
                // Also what a pattern takes out of them: `({ event, handler }) => …`.
                let taken = module.variables.iter().filter(|(_, variable)| {
                    variable.function == function && matches!(variable.kind, VariableKind::Parameter(_))
                });
                for (parameter, _) in taken {
                    elements.of.insert(parameter, place.clone());
                }
            }
        }
        elements
    }

    /// `const track = tracks[i]`
    fn index(&mut self, context: &Context<'_>) {
        for (id, variable) in context.module.variables.iter() {
            let [value] = variable.values.as_slice() else { continue };
            if let ExprKind::Index { object, key, .. } = context.module.kind(context.module.peel(*value))
                && matches!(context.module.kind(*key), ExprKind::Variable(_))
                && let Some(place) = context.place(*object)
            {
                self.of.insert(id, place);
            }
        }
    }

    fn bind(&mut self, context: &Context<'_>, target: ExprId, iterable: ExprId) {
        let Some(place) = collection_place(context, iterable) else { return };
        let mut queue = vec![target];
        while let Some(expr) = queue.pop() {
            match context.module.kind(expr) {
                ExprKind::Variable(id) => {
                    self.of.insert(*id, place.clone());
                }
                ExprKind::List { .. } | ExprKind::Object(_) => queue.extend(context.module.kind(expr).parts()),
                _ => {}
            }
        }
    }

    /// The collection that a variable is an element of.
    #[must_use]
    pub fn collection(&self, place: &Place) -> Option<&Place> {
        match place.root {
            Root::Variable(id) => self.of.get(id),
            _ => None,
        }
    }
}

/// The collection behind `xs`, `xs.values()`, `list(xs)`, `[...xs]`, `Object.values(xs)`.
fn collection_place(context: &Context<'_>, expr: ExprId) -> Option<Place> {
    let module = context.module;
    let expr = module.peel(expr);
    match module.kind(expr) {
        ExprKind::Call { callee, arguments, .. } => {
            if let ExprKind::Member { object, name, .. } = module.kind(*callee)
                && matches!(
                    name.as_str(),
                    "values"
                        | "keys"
                        | "items"
                        | "entries"
                        | "entrySet"
                        | "keySet"
                        | "copy"
                        | "slice"
                        | "stream"
                        | "splice"
                        | "filter"
                        | "map"
                )
                && !matches!(module.kind(*object), ExprKind::Global(_))
            {
                return collection_place(context, *object);
            }
            arguments.first().and_then(|argument| collection_place(context, argument.value))
        }
        ExprKind::List { items, .. } if items.len() == 1 => collection_place(context, items[0]),
        _ => context.place(expr),
    }
}

/// All releases of an acquisition in the file.
#[must_use]
pub fn find(
    context: &Context<'_>,
    call: &CallSite,
    acquire: &Acquire,
    holding: &Holding,
    elements: &Elements,
) -> Vec<Found> {
    let source =
        acquire.source.as_ref().and_then(|part| context.part(call.expr, part)).and_then(|expr| context.place(expr));
    let mut found = Vec::new();
    let possible = context.may_release_or(acquire, &elements.ends);
    context.budget.spend(possible.len());
    for site in possible {
        if site.expr == call.expr {
            continue;
        }
        if let Some(how) = how(context, site, call, acquire, holding, elements, source.as_ref()) {
            let handle = identity::released_handles(context, site, acquire).first().copied().unwrap_or(site.expr);
            let taken = match context.definition(handle) {
                value if matches!(context.module.kind(value), ExprKind::Member { .. }) => context.span(value),
                _ => context.span(site.expr),
            };
            found.push(Found { call: site.expr, function: site.function, how, taken });
        }
    }
    found.extend(through::by_function(context, acquire, holding));
    found
}

fn how(
    context: &Context<'_>,
    site: &CallSite,
    call: &CallSite,
    acquire: &Acquire,
    holding: &Holding,
    elements: &Elements,
    source: Option<&Place>,
) -> Option<How> {
    let handles = identity::released_handles(context, site, acquire);
    let taken = handles.iter().filter_map(|handle| taken_from(context, *handle)).collect::<Vec<_>>();
    if handles.iter().any(|handle| {
        through::is_listed_field(context, *handle, holding) || through::is_shown(context, acquire, *handle, holding)
    }) {
        return Some(How::Full);
    }
    for place in handles.into_iter().chain(taken).filter_map(|handle| context.place(handle)) {
        let element = elements.collection(&place).is_some_and(|collection| holding.has(collection));
        if element || holding.has(&place) || through::is_of_sibling(context, &place, holding) {
            return Some(How::Full);
        }
    }
    let mut differs = None;
    for release in identity::releases_of(site, acquire) {
        if !identity::same_star(acquire, call, release, site) {
            continue;
        }
        let alike = |wanted, given| alike(context, elements, wanted, given);
        match identity::match_key_by(context, site, release, acquire, call.expr, alike) {
            Some(KeyMatch::Full) => return Some(How::Full),
            // The same function taken off a receiver that goes by another name.
            Some(KeyMatch::Differs(parts))
                if only_source(context, acquire, call, &parts)
                    && !is_anothers(context, site, release, acquire, call) =>
            {
                return Some(How::Full);
            }
            Some(KeyMatch::Differs(parts)) if only_open_event(context, acquire, release, site, call, &parts) => {
                return Some(How::Full);
            }
            Some(KeyMatch::Differs(parts)) => differs = Some(How::Differs(parts)),
            None => {}
        }
    }
    if differs.is_some() {
        return if drains_source(context, site, elements) { Some(How::Source) } else { differs };
    }
    if puts_nothing(context, site) && site.shape.method == call.shape.method {
        let event = |site: &CallSite| context.part(site.expr, &Part::Argument(0)).map(|event| context.text(event));
        let place = context.place(wholes::chained_on(context, site.expr));
        let same = place.as_ref() == source || place.is_some_and(|place| holding.has(&place));
        return (event(site) == event(call) && same).then_some(How::Full);
    }
    if removes_all(context, site, call, acquire) {
        return Some(How::Source);
    }
    let source = source.filter(|place| !matches!(place.root, Root::Path(_)) || !place.path.is_empty())?;
    let method = site.shape.method.as_deref().filter(|method| words::ends_whole(method))?;
    let ExprKind::Call { callee, arguments, .. } = context.module.kind(site.expr) else { return None };
    let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return None };
    let whole = arguments.is_empty() || method == "removeAllListeners" || method == "destroy" || method == "close";
    let ends = context.place(*object).is_some_and(|object| source.within(&object));
    (whole && ends && !ends_object_alone(context, call, acquire, *object, method)).then_some(How::Source)
}

/// The reference behind `Future<?> job = this.job.get()`: what it holds is what was set.
fn taken_from(context: &Context<'_>, handle: ExprId) -> Option<ExprId> {
    let site = context.site_of(context.definition(handle)).filter(|_| context.family() == Family::Java)?;
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return None };
    let method = site.shape.method.as_deref()?;
    let takes = method == "get" && arguments.is_empty() || method == "getAndSet";
    takes.then(|| context.part(site.expr, &crate::catalogue::Part::Receiver))?
}

/// Whether a release differs in nothing but an event that one of the two calls computes.
fn only_open_event(
    context: &Context<'_>,
    acquire: &Acquire,
    release: &crate::catalogue::Release,
    site: &CallSite,
    call: &CallSite,
    parts: &[usize],
) -> bool {
    let [index] = parts else { return false };
    let Some(part) = acquire.key.get(*index) else { return false };
    if acquire.callback.is_none() || Some(part) == acquire.callback.as_ref() || Some(part) == acquire.source.as_ref() {
        return false;
    }
    let is_computed = |expr: Option<ExprId>| {
        expr.is_some_and(|expr| match context.place(expr) {
            Some(place) => !matches!(place.root, Root::Constant(_) | Root::Path(_)),
            None => true,
        })
    };
    is_computed(context.part(call.expr, part))
        || is_computed(release.key.get(*index).and_then(|part| context.part(site.expr, part)))
}

/// Whether two expressions stand for the same thing by the structure of the code around them: elements of the same
/// collection, a value and the collection it was put in, the same member of what sibling methods are given.
fn alike(context: &Context<'_>, elements: &Elements, wanted: ExprId, given: ExprId) -> bool {
    if referred(context, wanted).is_some_and(|place| referred(context, given) == Some(place)) {
        return true;
    }
    if super::holding::registered::is_recorded(context, wanted, given) {
        return true;
    }
    let looked_up = context.place(context.definition(given));
    let (Some(wanted), Some(given)) = (context.place(wanted), context.place(given)) else { return false };
    if let Some(collection) = elements.collection(&given) {
        let of_same = elements.collection(&wanted) == Some(collection);
        let entry = wanted.path.ends_with(']') && wanted.within(collection);
        return of_same || entry || kept_in(context, &wanted).iter().any(|place| place == collection);
    }
    // `this.handlers[event]`, `const known = this.handlers.get(event)`: what was put in under a key.
    let kept = |given: &Place| {
        given.path.ends_with([']', ')']) && kept_in(context, &wanted).iter().any(|place| given.within(place))
    };
    if kept(&given) || looked_up.is_some_and(|looked_up| kept(&looked_up)) {
        return true;
    }
    let (Root::Variable(one), Root::Variable(other)) = (&wanted.root, &given.root) else { return false };
    let variables = &context.module.variables;
    let (one, other) = (&variables[*one], &variables[*other]);
    matches!((one.kind, other.kind), (VariableKind::Parameter(_), VariableKind::Parameter(_)))
        && one.name == other.name
        && wanted.path == given.path
}

/// The place of a reference to an element, or of the element that it refers to: `this.host`, `this.host.nativeElement`.
fn referred(context: &Context<'_>, expr: ExprId) -> Option<Place> {
    let expr = context.definition(expr);
    match context.module.kind(expr) {
        ExprKind::Member { object, name, .. } if name == "nativeElement" => context.place(*object),
        _ => context.place(expr),
    }
}

/// The collections that a variable is put in, as itself or as part of a record.
fn kept_in(context: &Context<'_>, place: &Place) -> Vec<Place> {
    let Root::Variable(id) = place.root else { return Vec::new() };
    let mut found = Vec::new();
    for read in context.reads(id) {
        let mut at = context.uses(*read);
        while let Use::Element(record) = at {
            at = context.uses(record);
        }
        // `this.pairs = events.map((event) => { …; return [event, handler]; })`
        if at == Use::Returned
            && let Some(function) = context.function_of(*read).and_then(|function| context.function_expr(function))
            && let Use::Argument(call, _) = context.uses(function)
            && context.site_of(call).and_then(|site| site.shape.method.as_deref()) == Some("map")
        {
            at = context.uses(call);
        }
        match at {
            Use::Argument(call, _) => found.extend(super::holding::inserted_into(context, call)),
            Use::Stored(target) => match context.module.kind(target) {
                ExprKind::Index { object, .. } => found.extend(context.place(*object)),
                _ => found.extend(context.place(target)),
            },
            _ => {}
        }
    }
    found
}

/// Whether a release names another registration of the file in full.
fn is_anothers(
    context: &Context<'_>,
    site: &CallSite,
    release: &crate::catalogue::Release,
    acquire: &Acquire,
    call: &CallSite,
) -> bool {
    let module = context.module;
    context.acquiring(&acquire.kind).any(|other| {
        other.expr != call.expr
            && module.functions[other.function].this == module.functions[call.function].this
            && other.acquires.iter().any(|known| known.kind == acquire.kind && known.key == acquire.key)
            && identity::match_key(context, site, release, acquire, other.expr) == Some(KeyMatch::Full)
    })
}

/// Whether a release differs in the source alone, and the source is none that everybody calls by one name.
fn only_source(context: &Context<'_>, acquire: &Acquire, call: &CallSite, parts: &[usize]) -> bool {
    let [index] = parts else { return false };
    let Some(part) = acquire.key.get(*index).filter(|part| Some(*part) == acquire.source.as_ref()) else {
        return false;
    };
    let callback =
        acquire.callback.as_ref().and_then(|part| context.part(call.expr, part)).and_then(|expr| context.place(expr));
    let global = context
        .part(call.expr, part)
        .and_then(|expr| context.place(expr))
        .is_some_and(|place| matches!(&place.root, Root::Path(path) if path.module.is_empty()));
    callback.is_some() && !global
}

/// Whether code of the functions given does something with a field that can release what it holds: calls a method of
/// it, passes it on, takes it into a variable. Assigning null or testing it does nothing.
#[must_use]
pub fn is_handled(context: &Context<'_>, functions: &FxHashSet<FunctionId>, place: &Place, closes: &[String]) -> bool {
    let (Root::This(class) | Root::Static(class)) = place.root else { return false };
    let Some(field) = place.field() else { return false };
    let mut classes = context.module.ancestors(class);
    classes.push(class);
    classes.iter().flat_map(|class| context.field_uses(*class, field)).any(|named| {
        !context.is_target(*named)
            && context.function_of(*named).is_some_and(|function| functions.contains(&function))
            && handles(context, *named, closes)
    })
}

/// Whether one use of a field can release what it holds.
#[must_use]
pub fn handles(context: &Context<'_>, named: ExprId, closes: &[String]) -> bool {
    // `await self.task`
    if context.parent(named).is_some_and(|parent| matches!(context.module.kind(parent), ExprKind::Await(_))) {
        return true;
    }
    match context.uses(named) {
        Use::Receiver(call) => {
            let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
            let ExprKind::Member { name, .. } = context.module.kind(*callee) else { return false };
            // `Selector selector = this.selector.get()` of a reference.
            let taken = matches!(name.as_str(), "get" | "getAndSet")
                && matches!(context.uses(call), Use::Stored(_) | Use::Argument(..));
            let ends =
                closes.iter().any(|close| close == name) || words::ends(name) && !only_forgets(context, named, call);
            ends || taken && context.family() == Family::Java
        }
        Use::Argument(..)
        | Use::Called(_)
        | Use::Stored(_)
        | Use::Iterated
        | Use::Element(_)
        | Use::Returned
        | Use::Entered => true,
        Use::Read(member) => match context.module.kind(member) {
            // `this.timers[id]`, `this.sub.unsubscribe` handed on.
            ExprKind::Index { .. } => handles(context, member, closes),
            ExprKind::Member { name, .. } => words::ends(name) || name == "current" || handles(context, member, closes),
            _ => false,
        },
        _ => false,
    }
}

/// `channels.clear()`, `channels.remove(id)`: a map or list lets go of what is in it, and ends nothing.
fn only_forgets(context: &Context<'_>, named: ExprId, call: ExprId) -> bool {
    let plain = context.module.type_of(named).is_some_and(|ty| words::is_plain_collection(ty.name.last()));
    let method = context.site_of(call).and_then(|site| site.shape.method.as_deref());
    plain
        && context.family() == Family::Java
        && context.uses(call) == Use::Dropped
        && method.is_some_and(words::forgets)
}

/// The name of the member that a place is about, for messages.
#[must_use]
pub fn member_name(place: &Place) -> Option<Name> {
    place.field().map(Name::new)
}

/// Whether a method that closes what another one opens releases it: `onOpened` and `closeDialog`.
#[must_use]
pub fn closes_round(case: &super::Case<'_>) -> bool {
    let module = case.context.module;
    let effective = case.releases.iter().filter(|found| !matches!(found.how, How::Differs(_)));
    case.context.family() == Family::JavaScript
        && effective
            .filter_map(|found| module.functions[found.function].name.as_deref())
            .any(crate::catalogue::words::owners::closes_round)
}

/// `connection.onClose(() => this.dispose())`: it runs a teardown, and releases nothing itself.
#[must_use]
pub fn runs_own_end(case: &super::Case<'_>, found: &Found) -> bool {
    let context = case.context;
    let ExprKind::Call { callee, .. } = context.module.kind(found.call) else { return false };
    let own = matches!(context.module.kind(*callee), ExprKind::Member { object, .. }
        if matches!(context.module.kind(*object), ExprKind::This(_)));
    own && context.site_of(found.call).is_some_and(|site| site.callee.is_some())
}

/// In which parts a release differs from what was acquired.
#[must_use]
pub fn differing(case: &super::Case<'_>, how: &How) -> String {
    let How::Differs(parts) = how else { return "one".to_owned() };
    let names = parts.iter().filter_map(|index| case.acquire.key.get(*index)).map(|part| match part {
        part if Some(part) == case.acquire.callback.as_ref() => "function",
        part if Some(part) == case.acquire.source.as_ref() => "source",
        _ => "event",
    });
    names.collect::<Vec<_>>().join(" and ")
}
