//! Where the handle of an acquisition is kept.

mod lists;
pub mod made;
pub mod named;
pub mod registered;
pub mod settled;
mod shown;
pub mod wrapped;

pub use self::lists::{inserted_into, own_list};
use self::lists::{is_of_caller, kept};
use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::path;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{
    ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, PropertyKey, Root, VariableId, VariableKind,
};

/// How many variables a handle is followed through.
const DEPTH: u8 = 4;

/// What became of a handle.
#[derive(Debug, Default)]
pub struct Holding {
    /// Variables and fields that hold it.
    pub places: Vec<Place>,
    /// Collections it was put in.
    pub collections: Vec<Place>,
    /// It left to someone who answers for it: returned, given to a sink, a constructor or an unknown function.
    pub handed_on: bool,
    /// It was released or made harmless on the spot.
    pub settled: bool,
    /// The acquiring call, which takes the handle as an argument and does not hand it on.
    origin: Option<ExprId>,
}

impl Holding {
    /// Nobody can name it any more.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.places.is_empty() && self.collections.is_empty() && !self.handed_on && !self.settled
    }

    /// The members of `this` that hold it.
    pub fn fields(&self) -> impl Iterator<Item = &Place> {
        self.places
            .iter()
            .chain(&self.collections)
            .filter(|place| matches!(place.root, Root::This(_) | Root::Static(_)))
    }

    /// Whether a place is one of the holders, or an element of one of the collections.
    #[must_use]
    pub fn has(&self, place: &Place) -> bool {
        self.places.contains(place) || self.collections.iter().any(|collection| place.within(collection))
    }
}

/// Follows the handle of an acquisition.
#[must_use]
pub fn holding(context: &Context<'_>, call: ExprId, acquire: &Acquire) -> Holding {
    let mut holding = Holding::default();
    match &acquire.handle {
        Some(Part::Result | Part::Awaited) | None => follow(context, call, acquire, &mut holding, DEPTH),
        Some(part @ (Part::Argument(_) | Part::Receiver | Part::Last | Part::Keyword(_))) => {
            holding.origin = Some(call);
            let named = context.part(call, part);
            match named.and_then(|expr| context.place(expr)) {
                Some(Place { root: Root::Variable(id), path }) if path.is_empty() => {
                    variable(context, id, acquire, &mut holding, DEPTH);
                }
                Some(place) => holding.places.push(place),
                None => holding.handed_on = true,
            }
        }
        Some(Part::Element(index)) => match unpacked(context, call, *index) {
            Some(target) => stored(context, target, acquire, &mut holding, DEPTH),
            None => holding.handed_on = true,
        },
        Some(_) => holding.handed_on = true,
    }
    holding
}

/// What takes one element of a result: `self.writer` of `self.reader, self.writer = await open_connection(…)`.
fn unpacked(context: &Context<'_>, call: ExprId, index: u16) -> Option<ExprId> {
    let Use::Stored(target) = context.uses(call) else { return None };
    let ExprKind::List { items, .. } = context.module.kind(target) else { return None };
    items.get(usize::from(index)).copied()
}

fn follow(context: &Context<'_>, expr: ExprId, acquire: &Acquire, holding: &mut Holding, depth: u8) {
    let Some(depth) = depth.checked_sub(1) else { return holding.handed_on = true };
    match context.uses(expr) {
        Use::Dropped => {}
        Use::Stored(target) => {
            stored(context, target, acquire, holding, depth);
            // `table[key] = timer = Timer(…)`
            if let Some(outer) = assigned_on(context, expr) {
                stored(context, outer, acquire, holding, depth);
            }
        }
        Use::Argument(call, index) => given(context, expr, call, index, acquire, holding, depth),
        Use::Receiver(call) => chained(context, call, acquire, holding, depth),
        Use::Called(_) => holding.settled = true,
        Use::Opaque if shown::by_element(context, acquire, expr) => {}
        Use::Returned if let Some(memo) = shown::memoised(context, acquire, expr) => {
            follow(context, memo, acquire, holding, depth);
        }
        Use::Element(list) => element(context, list, acquire, holding, depth),
        Use::Returned if is_discarding_lambda(context, expr) => {}
        Use::Returned => match property(context, expr) {
            Some(places) => holding.places.extend(places),
            None => holding.handed_on = true,
        },
        _ => holding.handed_on = true,
    }
}

/// The field that keeps what a method gives when it is asked for the first time, by all its names: `@cached_property`,
/// the default of a trait.
fn property(context: &Context<'_>, expr: ExprId) -> Option<Vec<Place>> {
    let module = context.module;
    let function = &module.functions[context.function_of(expr)?];
    let class = function.this.filter(|class| {
        context.family() == Family::Python && !function.is_generator && module.classes[*class].kind == ClassKind::Class
    })?;
    let name = function.name.as_ref()?;
    let field = function.annotations.iter().find_map(|annotation| {
        let last = annotation.name.rsplit('.').next().unwrap_or_default();
        let said = annotation.value.and_then(|value| context.part(value, &Part::Argument(0)));
        match (last, said.map(|said| module.kind(said))) {
            ("default", Some(ExprKind::Literal(Literal::String(named)))) => Some(named.as_str()),
            _ if last.ends_with("cached_property") => Some(name.as_str()),
            _ => None,
        }
    });
    let by_name = || {
        let field = name.strip_prefix('_')?.strip_suffix("_default")?;
        module.field(class, field).filter(|field| !field.values.is_empty()).map(|_| field)
    };
    let field = field.or_else(by_name)?;
    let path = crate::model::Name::from(format!(".{field}"));
    // What the class declares is named as a member of the class, though each instance has its own.
    let declared = module.field(class, field).is_some_and(|field| field.is_static);
    let roots = std::iter::once(Root::This(class)).chain(declared.then_some(Root::Static(class)));
    Some(roots.map(|root| Place { root, path: path.clone() }).collect())
}

/// What an assignment's own value is assigned to.
fn assigned_on(context: &Context<'_>, value: ExprId) -> Option<ExprId> {
    let inner = context.parent(value)?;
    let ExprKind::Assign { .. } = context.module.kind(inner) else { return None };
    match context.uses(inner) {
        Use::Stored(target) => Some(target),
        _ => None,
    }
}

/// Whether a collection is one of an object that this one was given, which answers for what is in it:
/// `self.server.timers`.
fn is_of_another(context: &Context<'_>, place: &Place) -> bool {
    let Root::This(class) = place.root else { return false };
    let Some((holder, _)) = place.path.trim_start_matches('.').split_once('.') else { return false };
    let given = |value: &ExprId| match context.module.kind(context.module.peel(*value)) {
        ExprKind::Variable(id) => matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)),
        _ => false,
    };
    context.family() != Family::Java
        && context.module.field(class, holder).is_some_and(|field| field.values.iter().any(given))
}

fn stored(context: &Context<'_>, target: ExprId, acquire: &Acquire, holding: &mut Holding, depth: u8) {
    let module = context.module;
    match module.kind(target) {
        ExprKind::Variable(id) => variable(context, *id, acquire, holding, depth),
        ExprKind::Index { object, .. } => match (context.place(*object), context.place(target)) {
            (Some(place), _) if is_of_another(context, &place) => holding.handed_on = true,
            (Some(place), _) => holding.collections.push(place),
            _ => holding.handed_on = true,
        },
        // `const { unsubscribe } = …`, `const [x, dispose] = …`: the parts are the handle.
        ExprKind::Object(properties) => {
            for property in properties {
                if matches!(property.key, PropertyKey::Name(_)) {
                    stored(context, property.value, acquire, holding, depth);
                }
            }
        }
        ExprKind::List { items, .. } => {
            for item in items {
                stored(context, *item, acquire, holding, depth);
            }
        }
        _ => match context.place(target) {
            Some(place) => {
                holding.settled |= is_one_shot(context, &place);
                // `@session.setter`: the field behind the property has it.
                if let Some(parameter) = super::source::given::setter(context, &place) {
                    variable(context, parameter, acquire, holding, depth);
                }
                holding.places.push(place);
            }
            None => holding.handed_on = true,
        },
    }
}

/// Whether some code makes what a field holds fire once.
fn is_one_shot(context: &Context<'_>, place: &Place) -> bool {
    let (Root::This(class), Some(field)) = (&place.root, place.only_field()) else { return false };
    context
        .field_uses(*class, field)
        .iter()
        .any(|named| matches!(context.uses(*named), Use::Receiver(call) if fires_once(context, call)))
}

/// A variable holds the handle; what reads it may pass the handle on.
fn variable(context: &Context<'_>, id: VariableId, acquire: &Acquire, holding: &mut Holding, depth: u8) {
    let place = Place { root: Root::Variable(id), path: crate::model::Name::default() };
    if holding.places.contains(&place) {
        return;
    }
    holding.places.push(place);
    if !matches!(context.module.variables[id].kind, VariableKind::Local | VariableKind::Parameter(_)) {
        return;
    }
    for read in context.reads(id) {
        match context.uses(*read) {
            Use::Returned if is_discarding_lambda(context, *read) => {}
            Use::Returned => match property(context, *read) {
                Some(places) => holding.places.extend(places),
                None => holding.handed_on = true,
            },
            Use::Opaque if shown::by_element(context, acquire, *read) => {}
            Use::Yielded | Use::Entered | Use::Opaque => holding.handed_on = true,
            Use::Stored(target) => stored(context, target, acquire, holding, depth),
            Use::Argument(call, _) if holding.origin == Some(call) => {}
            Use::Argument(call, index) => lent(context, *read, call, index, acquire, holding, depth),
            Use::Element(list) => element(context, list, acquire, holding, depth),
            Use::Receiver(call) if is_unref(context, call) || fires_once(context, call) => holding.settled = true,
            _ => {}
        }
    }
}

/// The fresh handle is an argument.
fn given(
    context: &Context<'_>,
    expr: ExprId,
    call: ExprId,
    index: u16,
    acquire: &Acquire,
    holding: &mut Holding,
    depth: u8,
) {
    if let Some(collection) = inserted_into(context, call) {
        if is_of_caller(context, &collection) || is_of_another(context, &collection) {
            holding.handed_on = true;
        }
        kept(context, collection, holding);
    } else if wraps(context, expr, call) {
        follow(context, call, acquire, holding, depth);
    } else if let Some(parameter) = delegated(context, call, index) {
        variable(context, parameter, acquire, holding, depth);
    } else {
        holding.handed_on = !shown::names_only(context, acquire, call);
    }
}

/// The parameter of another constructor that takes the argument: `this(id, Executors.newCachedThreadPool())`.
fn delegated(context: &Context<'_>, call: ExprId, index: u16) -> Option<VariableId> {
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(call) else { return None };
    let ExprKind::This(Some(class)) = module.kind(*callee) else { return None };
    let mut constructors = module.classes[*class]
        .methods
        .iter()
        .map(|method| &module.functions[*method])
        .filter(|data| data.kind == FunctionKind::Constructor && data.parameters.len() == arguments.len());
    let (first, other) = (constructors.next()?, constructors.next());
    if other.is_some() {
        return None;
    }
    first.parameters.get(usize::from(index)).copied()
}

/// A variable that holds the handle is an argument: most calls only look at it.
fn lent(
    context: &Context<'_>,
    read: ExprId,
    call: ExprId,
    index: u16,
    acquire: &Acquire,
    holding: &mut Holding,
    depth: u8,
) {
    if let Some(collection) = inserted_into(context, call) {
        holding.handed_on |= is_of_another(context, &collection);
        return kept(context, collection, holding);
    }
    if wraps(context, read, call) {
        return follow(context, call, acquire, holding, depth);
    }
    let Some(site) = context.site_of(call) else { return };
    let is_release =
        site.releases.iter().any(|release| release.kind.is_empty() || release.kind.contains(&acquire.kind));
    if is_release {
        return;
    }
    let own = context.module.local_function(callee(context, call));
    if !site.borrows.is_empty() || own.is_none() && shown::names_only(context, acquire, call) {
        return;
    }
    match own {
        Some(function) => {
            for parameter in path::parameters(context, call, function, None, index) {
                variable(context, parameter, acquire, holding, depth);
            }
        }
        None => holding.handed_on = true,
    }
}

/// Whether a call gives something that is made around a value, and closes it.
#[must_use]
pub fn wraps(context: &Context<'_>, expr: ExprId, call: ExprId) -> bool {
    context.site_of(call).is_some_and(|site| {
        site.wrappers.iter().any(|wrapper| {
            context
                .part(call, &wrapper.argument)
                .is_some_and(|inner| context.module.peel(inner) == context.module.peel(expr))
        })
    })
}

/// A method is called on the fresh handle: `setInterval(…).unref()`, `new ResizeObserver(f).observe(el)`.
fn chained(context: &Context<'_>, call: ExprId, acquire: &Acquire, holding: &mut Holding, depth: u8) {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return };
    let ExprKind::Member { name, .. } = context.module.kind(*callee) else { return };
    if is_unref(context, call) || acquire.closes.iter().any(|close| close == name) {
        holding.settled = true;
    } else if matches!(acquire.handle, Some(Part::Awaited)) && name == "then" {
        let given = context.function_part(call, &Part::Argument(0));
        match given.map(|function| context.module.functions[function].parameters.first().copied()) {
            Some(Some(parameter)) => variable(context, parameter, acquire, holding, depth),
            Some(None) => {}
            None => holding.handed_on = true,
        }
        if context.uses(call) != Use::Dropped {
            follow(context, call, acquire, holding, depth);
        }
    } else if context.uses(call) != Use::Dropped {
        follow(context, call, acquire, holding, depth);
    }
}

fn is_unref(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
    matches!(context.module.kind(*callee), ExprKind::Member { name, .. } if name == "unref")
}

/// `timer.setRepeats(false)`, `timer.setSingleShot(True)`: it ends by itself.
fn fires_once(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, arguments, .. } = context.module.kind(call) else { return false };
    let ExprKind::Member { name, .. } = context.module.kind(*callee) else { return false };
    let given = arguments.first().map(|argument| context.module.kind(argument.value));
    let flag = |wanted: bool| matches!(given, Some(ExprKind::Literal(Literal::Bool(value))) if *value == wanted);
    name == "setRepeats" && flag(false) || name == "setSingleShot" && flag(true)
}

fn element(context: &Context<'_>, list: ExprId, acquire: &Acquire, holding: &mut Holding, depth: u8) {
    match context.uses(list) {
        Use::Stored(target) => match (context.module.kind(target), context.place(target)) {
            (ExprKind::Variable(id), Some(place)) => {
                holding.collections.push(place);
                for read in context.reads(*id) {
                    match context.uses(*read) {
                        Use::Returned | Use::Yielded | Use::Argument(..) | Use::Element(_) => holding.handed_on = true,
                        Use::Stored(target) => stored(context, target, acquire, holding, depth),
                        _ => {}
                    }
                }
            }
            (_, Some(place)) => holding.collections.push(place),
            _ => holding.handed_on = true,
        },
        Use::Element(outer) if depth > 0 => element(context, outer, acquire, holding, depth - 1),
        Use::Argument(call, _) => match inserted_into(context, call) {
            Some(place) => {
                holding.handed_on |= is_of_another(context, &place);
                holding.collections.push(place);
            }
            None => holding.handed_on = true,
        },
        _ => holding.handed_on = true,
    }
}

/// Whether the value is what a lambda gives back to someone who does not look: `xs.forEach(x => x.on(…))`.
fn is_discarding_lambda(context: &Context<'_>, expr: ExprId) -> bool {
    let Some(function) = context.function_of(expr) else { return false };
    let Some(value) = context.function_expr(function) else { return false };
    // What the cleanup of a hook gives back, nobody looks at.
    if context.uses(value) == Use::Returned {
        let setup = context.module.functions[function].parent.and_then(|setup| context.function_expr(setup));
        return setup.is_some_and(|setup| match context.uses(setup) {
            Use::Argument(call, _) => context.site_of(call).is_some_and(|site| !site.hooks.is_empty()),
            _ => false,
        });
    }
    let Use::Argument(call, _) = context.uses(value) else { return false };
    discards(context, call, function)
}

fn discards(context: &Context<'_>, call: ExprId, _lambda: FunctionId) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
    let by_name = match context.module.kind(*callee) {
        ExprKind::Member { name, .. } => {
            matches!(name.as_str(), "forEach" | "addEventListener" | "on" | "once" | "then" | "ifPresent")
        }
        ExprKind::Global(name) => matches!(name.as_str(), "setTimeout" | "setInterval" | "queueMicrotask"),
        _ => false,
    };
    // What `then` gives is what its function gives.
    let settles = matches!(context.module.kind(*callee), ExprKind::Member { name, .. } if name == "then");
    let kept = settles && !matches!(context.uses(call), Use::Dropped | Use::Receiver(_));
    by_name && !kept && context.uses(call) != Use::Returned
}

fn callee(context: &Context<'_>, call: ExprId) -> ExprId {
    match context.module.kind(call) {
        ExprKind::Call { callee, .. } => *callee,
        _ => call,
    }
}
