//! How plausible is it that a step raises? The policy that doc.md of the rules describes.

use super::summary::Summaries;
use super::track::Tracker;
use super::{state::State, words};
use crate::analyses::context::{CallSite, Context};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Step};

/// How plausible an exception is, the most plausible first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `throw`, `raise`.
    Explicit,
    /// I/O, databases, `await`, and calls that work on the resource itself.
    Likely,
    /// Any other call.
    Unlikely,
}

/// An exception in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Raise {
    pub at: ExprId,
    pub level: Level,
    /// A task may be cancelled here, which `except Exception` does not catch.
    pub cancels: bool,
    /// Thrown by a statement with this value.
    pub thrown: bool,
}

impl Raise {
    fn new(at: ExprId, level: Level) -> Self {
        Self { at, level, cancels: false, thrown: false }
    }
}

/// The exception that a step may raise, if any is plausible.
#[must_use]
pub fn raise(tracker: &Tracker<'_>, state: &State, step: &Step) -> Option<Raise> {
    let context = tracker.context;
    match step {
        Step::Eval(expr) => match context.module.kind(*expr) {
            ExprKind::Call { .. } => call_level(tracker, state, *expr).map(|level| Raise::new(*expr, level)),
            ExprKind::Await(value) if begins(tracker, state, *value) => None,
            ExprKind::Await(_) => {
                Some(Raise { cancels: context.family() == Family::Python, ..Raise::new(*expr, Level::Likely) })
            }
            ExprKind::Yield(_) => {
                let level = if tracker.yields_to_with() { Level::Likely } else { Level::Unlikely };
                let cancels = context.module.functions[tracker.function].is_async;
                Some(Raise { cancels, ..Raise::new(*expr, level) })
            }
            ExprKind::Opaque(_) => Some(Raise::new(*expr, Level::Unlikely)),
            _ => None,
        },
        Step::Element { iterable, asynchronous, .. } => {
            let own = tracker.is_it(state, *iterable);
            (own || *asynchronous).then(|| Raise { cancels: *asynchronous, ..Raise::new(*iterable, Level::Likely) })
        }
        _ => None,
    }
}

/// `await client.connect()`: a client that could not connect holds nothing.
fn begins(tracker: &Tracker<'_>, state: &State, value: ExprId) -> bool {
    let module = tracker.context.module;
    let ExprKind::Call { callee, .. } = module.kind(value) else { return false };
    tracker.context.family() == Family::JavaScript
        && matches!(module.kind(*callee), ExprKind::Member { object, name, .. }
            if matches!(name.as_str(), "connect" | "open" | "start" | "initialize" | "init") && tracker.is_it(state, *object))
}

fn call_level(tracker: &Tracker<'_>, state: &State, call: ExprId) -> Option<Level> {
    let context = tracker.context;
    let site = context.site_of(call)?;
    let ExprKind::Call { callee, arguments, constructs, .. } = context.module.kind(call) else { return None };
    let name = name_of(context, site, *callee);
    let receiver = match context.module.kind(*callee) {
        ExprKind::Member { object, .. } => Some(*object),
        _ => None,
    };
    if *constructs {
        return constructor_level(tracker.summaries, context, site, *callee);
    }
    let on_it = receiver.is_some_and(|object| tracker.is_it(state, object));
    if words::is_harmless(&name) && !throws_by_table(context, site) {
        return None;
    }
    let level = site_level(tracker.summaries, context, site, *callee);
    if level == Some(Level::Likely) {
        return level;
    }
    let given = arguments.iter().any(|argument| tracker.is_it(state, argument.value));
    if given && !site.wrappers.is_empty() {
        return None;
    }
    let quiet = tracker.acquire.kind == "executor" || context.family() == Family::JavaScript && on_it;
    if (on_it || given) && !quiet && context.module.local_function(*callee).is_none() {
        Some(Level::Likely)
    } else {
        level
    }
}

/// The level of a call whatever it is given.
#[must_use]
pub fn site_level(summaries: &Summaries, context: &Context<'_>, site: &CallSite, callee: ExprId) -> Option<Level> {
    let name = name_of(context, site, callee);
    if throws_by_table(context, site) {
        return Some(Level::Likely);
    }
    if let Some(function) = context.module.local_function(callee) {
        return Some(if summaries.throws(function) { Level::Likely } else { Level::Unlikely });
    }
    if words::is_harmless(&name) {
        return None;
    }
    if !site.borrows.is_empty() {
        return None;
    }
    if words::closes(&name) || site.acquires.iter().any(|acquire| acquire.callback.is_some()) {
        return Some(Level::Unlikely);
    }
    // What does I/O in JavaScript is awaited, calls back, or says so in its name.
    let blocks = context.family() != Family::JavaScript || name.ends_with("Sync");
    let outward = words::reaches_out(&name) && blocks && !is_log(context, site);
    Some(if outward { Level::Likely } else { Level::Unlikely })
}

fn throws_by_table(context: &Context<'_>, site: &CallSite) -> bool {
    let ends = site.shape.method.as_deref().is_some_and(words::closes);
    let produced = site.acquires.iter().any(|acquire| acquire.throws);
    produced
        || (!ends && site.borrows.iter().any(|borrow| borrow.throws))
        || site.shape.path.as_ref().is_some_and(|path| {
            let path = path.to_string();
            context.family() == Family::Python
                && ["requests.", "urllib.request.", "shutil.", "subprocess."]
                    .iter()
                    .any(|module| path.starts_with(module))
        })
}

fn constructor_level(summaries: &Summaries, context: &Context<'_>, site: &CallSite, callee: ExprId) -> Option<Level> {
    let path = site.shape.path.as_ref();
    if site.acquires.iter().any(|acquire| acquire.throws) || site.borrows.iter().any(|borrow| borrow.throws) {
        return Some(Level::Likely);
    }
    if let Some(ty) = path.and_then(|path| context.catalogue.resource_type(path, context.module, &context.scope)) {
        return ty.throws.then_some(Level::Likely);
    }
    if !site.wrappers.is_empty() || path.is_some_and(|path| words::is_plain_type(path.last())) {
        return None;
    }
    let own = path
        .and_then(|path| context.module.local_class(path))
        .and_then(|class| context.module.constructor(class))
        .or_else(|| context.module.local_function(callee));
    match own {
        Some(function) if summaries.throws(function) => Some(Level::Likely),
        _ => Some(Level::Unlikely),
    }
}

fn is_log(context: &Context<'_>, site: &CallSite) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return false };
    let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return false };
    let text = context.text(*object).to_lowercase();
    text.contains("log")
        || text.contains("console")
        || text.contains("stdout")
        || text.contains("stderr")
        || text.contains("system.")
}

/// The last name of what a call runs.
#[must_use]
pub fn name_of(context: &Context<'_>, site: &CallSite, callee: ExprId) -> String {
    if let Some(method) = &site.shape.method {
        return method.to_string();
    }
    match context.module.kind(context.module.peel(callee)) {
        ExprKind::Variable(id) => context.module.variables[*id].name.to_string(),
        ExprKind::Global(name) => name.to_string(),
        _ => site.shape.path.as_ref().map(|path| path.last().to_owned()).unwrap_or_default(),
    }
}
