//! Where an obligation begins: which call acquires, what names the handle, and from which step on it is held.

pub mod builders;
pub mod chains;
pub mod ended;
pub mod gives;
pub mod held;
pub mod taken;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use self::builders::{Makes, makes};
use super::calls::elsewhere;
use super::guards::Guards;
use super::raises::{is_in_memory, name_of};
use super::state::{Holder, State};
use super::walk::Start;
use super::{paired, words};
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::catalogue::words::owners as owners_words;
use crate::catalogue::{Acquire, Part, glob};
use crate::lang::Family;
use crate::model::{
    Argument, BlockId, ExprId, ExprKind, FunctionId, Literal, Name, QualifiedName, Step, VariableId, VariableKind,
};
use crate::project::Question;

/// The kinds whose handles are followed through functions.
pub const KINDS: [&str; 6] = ["resource", "connection", "executor", "client", "lock", "transaction"];

/// An acquisition in one function.
#[derive(Clone)]
pub struct Acquisition<'a> {
    pub site: &'a CallSite,
    pub acquire: Arc<Acquire>,
    /// The function in which the handle is held: the one of the call, or a callback of it.
    pub function: FunctionId,
    pub how: Held,
    /// What another file must say for it to be one.
    pub only_if: Option<Question>,
    /// Whether nothing but its own function, which closes it on some way, says that it must be closed.
    pub by_use: bool,
}

impl<'a> Acquisition<'a> {
    /// What has a name of its own and is not followed by its handle.
    #[must_use]
    pub fn named(site: &'a CallSite, acquire: &Arc<Acquire>, function: FunctionId) -> Self {
        Self { site, acquire: Arc::clone(acquire), function, how: Held::Named, only_if: None, by_use: false }
    }

    /// Whether a call is of a method of the thing itself, by the name it was given first.
    #[must_use]
    pub fn is_receiver_of(&self, context: &Context<'_>, call: ExprId) -> bool {
        context.part(call, &Part::Receiver).is_some_and(|object| self.is_named(context, object))
    }

    fn is_named(&self, context: &Context<'_>, expr: ExprId) -> bool {
        let module = context.module;
        let object = module.peel(expr);
        let named = match (context.uses(self.site.expr), module.kind(object)) {
            (Use::Stored(target), ExprKind::Variable(id)) => {
                matches!(module.kind(target), ExprKind::Variable(named) if named == id)
            }
            _ => false,
        };
        object == self.site.expr || named
    }
}

#[derive(Clone, Debug)]
pub enum Held {
    /// From after this step on, the value of the expression.
    From { block: BlockId, step: usize, holders: Vec<Holder> },
    /// As a parameter of a callback, from its beginning.
    Parameter { variable: VariableId, error: Option<VariableId> },
    /// By a receiver or argument that has a name of its own.
    Named,
}

/// The acquisitions of a file that tables, declared types and functions of the file itself make.
#[must_use]
pub fn find<'a>(context: &'a Context<'a>, returns: &FxHashMap<FunctionId, Arc<Acquire>>) -> Vec<Acquisition<'a>> {
    let mut found = Vec::new();
    for site in context.sites.iter().filter(|site| !matches!(makes(context, site), Makes::Builder)) {
        let followed = |acquire: &Arc<Acquire>| {
            KINDS.contains(&acquire.kind.as_str())
                && !acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted))
        };
        let mut acquires: Vec<Arc<Acquire>> =
            site.acquires.iter().filter(|acquire| followed(acquire)).cloned().collect();
        let made_here = local(context, site, returns);
        let (mut only_if, mut by_use) = (None, false);
        if acquires.is_empty() && site.acquires.iter().all(|acquire| !KINDS.contains(&acquire.kind.as_str())) {
            acquires.extend(
                made_here
                    .or_else(|| declared(context, site))
                    .or_else(|| paired::find(context, site))
                    .or_else(|| inlined(context, site))
                    .or_else(|| read_at_once(context, site))
                    .filter(|acquire| KINDS.contains(&acquire.kind.as_str())),
            );
        }
        if acquires.is_empty() && site.acquires.is_empty() {
            if let Some(acquire) = ended::find(context, site) {
                acquires.push(acquire);
                by_use = true;
            } else if let Some(question) = elsewhere::opens(context, site) {
                acquires.push(elsewhere::acquire(context, site));
                only_if = Some(question);
            }
        }
        // One obligation a call: the first that fits how the call is used; several for a pair of things.
        let mut taken = false;
        for acquire in acquires {
            let element = matches!(acquire.handle, Some(Part::Element(_)));
            if (taken && !element)
                || wraps_other(context, site, &acquire)
                || paired::ends_with_field(context, site, &acquire)
            {
                continue;
            }
            if let Some((function, how)) = held(context, site, &acquire) {
                taken = true;
                found.push(Acquisition { site, acquire, function, how, only_if: only_if.clone(), by_use });
            }
        }
    }
    found
}

/// The acquisition by one table.
#[must_use]
pub fn of<'a>(context: &'a Context<'a>, site: &'a CallSite, acquire: &Arc<Acquire>) -> Option<Acquisition<'a>> {
    let (function, how) = held(context, site, acquire)?;
    Some(Acquisition { site, acquire: Arc::clone(acquire), function, how, only_if: None, by_use: false })
}

/// A function of the file that gives back something open.
fn local(
    context: &Context<'_>,
    site: &CallSite,
    returns: &FxHashMap<FunctionId, Arc<Acquire>>,
) -> Option<Arc<Acquire>> {
    let function = context.module.local_function(callee(context, site.expr)?)?;
    // Another overload may give something else, or what it was given.
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return None };
    if context.family() == Family::Java && context.module.functions[function].parameters.len() != arguments.len() {
        return None;
    }
    returns.get(&function).cloned()
}

/// `PreparedStatement ps = dao.prepare(sql)`: a producer call whose declared type must be closed.
fn declared(context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
    let module = context.module;
    if site.shape.constructs {
        return None;
    }
    let Use::Stored(target) = context.uses(site.expr) else { return None };
    let ExprKind::Variable(id) = module.kind(target) else { return None };
    let variable = &module.variables[*id];
    let ty = variable.ty.as_ref().filter(|_| variable.kind == VariableKind::Local)?;
    let table = context.catalogue.resource_type(&ty.unwrapped().name, module, &context.scope)?;
    let callee = callee(context, site.expr)?;
    let known = module.local_function(callee).is_some_and(|function| !hands_out(context, function));
    let name = name_of(context, site, callee);
    // `getConnection()` of a pool; of anything else it is a getter.
    let getter = name == "getConnection" && (table.kind != "connection" || is_part_of_open(context, site));
    let produces =
        table.produced && !getter && words::produces(&name) || table.producers.iter().any(|verb| glob(verb, &name));
    let in_memory = arguments(context, site.expr).iter().any(|given| is_in_memory(context, given.value, 3));
    if known || !produces || in_memory {
        return None;
    }
    Some(Arc::new(table.acquisition()))
}

fn arguments<'a>(context: &'a Context<'_>, call: ExprId) -> &'a [Argument] {
    match context.module.kind(call) {
        ExprKind::Call { arguments, .. } => arguments,
        _ => &[],
    }
}

/// `statement.getConnection()`: what is open itself tells what it was got from, and that is the owner's.
fn is_part_of_open(context: &Context<'_>, site: &CallSite) -> bool {
    let receiver = site.shape.receiver.as_ref();
    let open = receiver
        .and_then(|ty| context.catalogue.resource_type(ty, context.module, &context.scope))
        .is_some_and(|table| table.kind == "resource");
    open || lends_connection(context, site)
}

/// Whether a call is the getter of an object that has a connection of somebody else.
#[must_use]
pub fn lends_connection(context: &Context<'_>, site: &CallSite) -> bool {
    if site.shape.method.as_deref() != Some("getConnection") {
        return false;
    }
    let own = |object: &ExprId| matches!(context.module.kind(*object), ExprKind::This(_) | ExprKind::Super);
    let Some(object) = context.part(site.expr, &Part::Receiver).filter(|object| !own(object)) else { return false };
    let cast = match context.module.kind(object) {
        ExprKind::Cast { ty, .. } => ty.as_ref().map(|ty| ty.name.clone()),
        _ => None,
    };
    let named = || match context.module.kind(context.module.peel(object)) {
        ExprKind::Variable(id) => Some(context.module.variables[*id].name.to_string()),
        ExprKind::Member { name, .. } => Some(name.to_string()),
        _ => None,
    };
    let ty = cast.or_else(|| site.shape.receiver.clone()).map(|ty| ty.last().to_owned());
    ty.or_else(named).is_some_and(|name| owners_words::lends_connection(&name))
}

/// Whether a function of the file gives what others make: it is abstract, or returns the result of a call to elsewhere,
/// also by another overload.
fn hands_out(context: &Context<'_>, function: FunctionId) -> bool {
    hands_out_within(context, function, 3)
}

fn hands_out_within(context: &Context<'_>, function: FunctionId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    let data = &module.functions[function];
    let made_elsewhere = |value: ExprId| match module.kind(context.definition(value)) {
        ExprKind::Call { callee, .. } => match module.local_function(*callee) {
            Some(other) if other == function => true,
            Some(other) => hands_out_within(context, other, depth),
            None => module.path(*callee).is_some(),
        },
        _ => false,
    };
    data.is_abstract || owners::returned_values(context, function).into_iter().any(made_elsewhere)
}

/// `properties.load(resource.openStream())`: opened inside the arguments of a call that reads it and leaves it open.
fn inlined(context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
    let module = context.module;
    if context.family() != Family::Java || site.shape.constructs {
        return None;
    }
    let method = site.shape.method.as_deref()?;
    let own = match site.shape.receiver.as_ref() {
        Some(receiver) => words::is_source(receiver.last()) && !is_body(context, site),
        None => false,
    };
    let opens = words::opens(method) || method == "getInputStream" && own;
    if !opens {
        return None;
    }
    let Use::Argument(reader, _) = context.uses(site.expr) else { return None };
    let reading = context.site_of(reader)?;
    let reads = callee(context, reader).is_some_and(|callee| words::reads_through(&name_of(context, reading, callee)));
    if reading.borrows.is_empty() && reading.wrappers.is_empty() && (!reads || is_told_to_close(context, reader)) {
        return None;
    }
    let stream = QualifiedName { module: Name::new_static("java.io"), name: Name::new_static("InputStream") };
    let known = callee(context, site.expr).and_then(|callee| module.local_function(callee));
    let table = context.catalogue.resource_type(&stream, module, &context.scope).filter(|_| known.is_none())?;
    Some(Arc::new(table.acquisition()))
}

/// `copy(in, out, true)`: such a flag says that it closes what it has read.
fn is_told_to_close(context: &Context<'_>, reader: ExprId) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(reader) else { return false };
    let mut values = arguments.iter().map(|argument| context.module.kind(argument.value));
    arguments.len() > 2 && values.any(|value| matches!(value, ExprKind::Literal(Literal::Bool(true))))
}

/// Whether the receiver is what a client has read from a response: it is all in memory.
fn is_body(context: &Context<'_>, site: &CallSite) -> bool {
    let Some(object) = context.part(site.expr, &Part::Receiver) else { return false };
    context
        .site_of(context.definition(object))
        .and_then(|made| made.shape.method.as_deref())
        .is_some_and(words::gives_body)
}

/// `for line in self.path.open()`, `entry.open().read()`: what is opened by a method and read on the spot is a file.
fn read_at_once(context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
    let module = context.module;
    if context.family() != Family::Python || site.shape.constructs || site.shape.method.as_deref() != Some("open") {
        return None;
    }
    let receiver = context.part(site.expr, &Part::Receiver)?;
    let known = module.path(receiver).is_some()
        || callee(context, site.expr).is_some_and(|callee| module.local_function(callee).is_some());
    let reads = match context.uses(site.expr) {
        Use::Iterated => true,
        Use::Receiver(call) => {
            let method = context.site_of(call).and_then(|site| site.shape.method.as_deref());
            method.is_some_and(words::works_on_file)
        }
        _ => false,
    };
    if known || !reads {
        return None;
    }
    let file = QualifiedName { module: Name::new_static("io"), name: Name::new_static("FileIO") };
    let table = context.catalogue.resource_type(&file, module, &context.scope)?;
    Some(Arc::new(Acquire { handle: Some(Part::Result), ..table.acquisition() }))
}

fn callee(context: &Context<'_>, call: ExprId) -> Option<ExprId> {
    match context.module.kind(call) {
        ExprKind::Call { callee, .. } => Some(*callee),
        _ => None,
    }
}

/// A wrapper answers for what it wraps, which has an obligation of its own or none.
fn wraps_other(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    site.wrappers.iter().any(|wrapper| {
        let Some(inner) = context.part(site.expr, &wrapper.argument) else { return false };
        let required = acquire.require.iter().any(|require| require.argument.as_ref() == Some(&wrapper.argument));
        let text = context
            .module
            .type_of(inner)
            .is_some_and(|ty| matches!(ty.name.last(), "String" | "File" | "Path" | "str" | "InetAddress"));
        !required && !text
    })
}

/// Where and how the handle is held.
fn held(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<(FunctionId, Held)> {
    match acquire.handle.as_ref()? {
        Part::Result => {
            let from_here = match makes(context, site) {
                Makes::Built(made) => from(context, made, false)?,
                _ => from(context, site, false)?,
            };
            Some((site.function, from_here))
        }
        Part::Awaited => match context.uses(site.expr) {
            Use::Receiver(then) if !is_awaited(context, site.expr) => promised(context, then),
            _ if is_awaited(context, site.expr) => Some((site.function, from(context, site, true)?)),
            _ => None,
        },
        Part::Element(index) => element(context, site, *index),
        Part::CallbackParameter(argument, index) => {
            let function = context.function_part(site.expr, &Part::Argument(*argument))?;
            let parameters = &context.module.functions[function].parameters;
            let variable = *parameters.get(usize::from(*index))?;
            let error = (*index > 0).then(|| parameters[0]);
            Some((function, Held::Parameter { variable, error }))
        }
        Part::Receiver | Part::Argument(_) => Some((site.function, Held::Named)),
        _ => None,
    }
}

fn is_awaited(context: &Context<'_>, call: ExprId) -> bool {
    awaited(context, call).is_some()
}

/// The `await` around a call.
fn awaited(context: &Context<'_>, call: ExprId) -> Option<ExprId> {
    let mut at = call;
    loop {
        let parent = context.parent(at)?;
        match context.module.kind(parent) {
            ExprKind::Await(_) => return Some(parent),
            ExprKind::Cast { .. } => at = parent,
            _ => return None,
        }
    }
}

/// `pool.connect().then(client => …)`
fn promised(context: &Context<'_>, then: ExprId) -> Option<(FunctionId, Held)> {
    let ExprKind::Member { name, .. } = context.module.kind(callee(context, then)?) else { return None };
    if name != "then" {
        return None;
    }
    let function = context.function_part(then, &Part::Argument(0))?;
    let variable = *context.module.functions[function].parameters.first()?;
    Some((function, Held::Parameter { variable, error: None }))
}

fn from(context: &Context<'_>, site: &CallSite, only_awaited: bool) -> Option<Held> {
    let mut holders = vec![Holder::Temporary(site.expr)];
    holders.extend(parents(context, site));
    let step = match awaited(context, site.expr) {
        Some(outer) => position(context, site, outer)?,
        None if only_awaited => return None,
        None => site.step,
    };
    Some(Held::From { block: site.block, step: step + 1, holders })
}

/// The step of an expression behind the call in its block.
fn position(context: &Context<'_>, site: &CallSite, wanted: ExprId) -> Option<usize> {
    let steps = &context.module.functions[site.function].cfg.blocks[site.block].steps;
    steps
        .iter()
        .enumerate()
        .skip(site.step)
        .find(|(_, step)| matches!(step, Step::Eval(expr) if *expr == wanted))
        .map(|(index, _)| index)
}

/// What it is got from, and ends with: the connection of a statement, also behind `conn.getMetaData()`.
fn parents(context: &Context<'_>, site: &CallSite) -> Vec<Holder> {
    let module = context.module;
    let mut found = Vec::new();
    let mut next = context.part(site.expr, &Part::Receiver);
    for _ in 0..6 {
        let Some(object) = next else { break };
        let call = match module.kind(object) {
            ExprKind::Variable(id) if matches!(module.variables[*id].kind, VariableKind::Local) => {
                found.push(Holder::Parent(*id));
                context.definition(object)
            }
            ExprKind::Cast { value, .. } => *value,
            _ => object,
        };
        next = context.part(call, &Part::Receiver);
    }
    found
}

/// `conn, address = server.accept()`
fn element(context: &Context<'_>, site: &CallSite, index: u16) -> Option<(FunctionId, Held)> {
    let module = context.module;
    // `mkstemp()[1]`: the other one is taken, and this one is gone.
    if let Use::Read(member) = context.uses(site.expr)
        && let ExprKind::Index { key, .. } = module.kind(member)
        && let ExprKind::Literal(Literal::Number(taken)) = module.kind(*key)
        && *taken != index.to_string()
    {
        return Some((site.function, Held::From { block: site.block, step: site.step + 1, holders: Vec::new() }));
    }
    let Use::Stored(target) = context.uses(site.expr) else { return None };
    let ExprKind::List { items, .. } = module.kind(target) else { return None };
    let ExprKind::Variable(id) = module.kind(*items.get(usize::from(index))?) else { return None };
    let variable = &module.variables[*id];
    if variable.function != site.function {
        return None;
    }
    let steps = &module.functions[site.function].cfg.blocks[site.block].steps;
    let step = steps.iter().enumerate().skip(site.step).find(|(_, step)| {
        matches!(step, Step::Eval(expr) if matches!(module.kind(*expr), ExprKind::Assign { target: assigned, .. } if *assigned == target))
    });
    let (step, _) = step?;
    Some((site.function, Held::From { block: site.block, step: step + 1, holders: vec![Holder::Variable(*id)] }))
}

/// The state in which an acquisition begins.
#[must_use]
pub fn start(context: &Context<'_>, guards: &Guards, acquisition: &Acquisition<'_>) -> Option<Start> {
    let module = context.module;
    let cfg = &module.functions[acquisition.function].cfg;
    let (block, step, holders) = match &acquisition.how {
        Held::From { block, step, holders } => (*block, *step, holders.clone()),
        Held::Named => (acquisition.site.block, acquisition.site.step + 1, Vec::new()),
        Held::Parameter { variable, error } => {
            let along = releaser(context, acquisition).map(Holder::Variable);
            let holders = along.into_iter().chain([Holder::Variable(*variable)]);
            let mut state = State::new(holders, guards.at(cfg.entry));
            if let Some(error) = error {
                guards.deny(&mut state, *error);
            }
            return Some(Start { block: cfg.entry, step: 0, state });
        }
    };
    let mut state = State::new(holders, guards.at(block));
    for step in cfg.blocks[block].steps.iter().take(step) {
        guards.follow(module, &mut state, step);
    }
    Some(Start { block, step, state })
}

/// The parameter of the callback that stands for the function which releases the thing.
fn releaser(context: &Context<'_>, acquisition: &Acquisition<'_>) -> Option<VariableId> {
    let Some(Part::CallbackParameter(_, index)) = &acquisition.acquire.releaser else { return None };
    context.module.functions[acquisition.function].parameters.get(usize::from(*index)).copied()
}
