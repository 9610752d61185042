//! How plausible is it that a step raises? The policy that doc.md of the rules describes.

pub mod calm;
pub mod catches;
pub mod checked;
pub mod counted;
mod prepared;
mod probed;

use super::state::State;
use super::summary::Summaries;
use super::track::{Identity, Tracker};
use super::words;
use crate::analyses::context::{CallSite, Context};
use crate::catalogue::{Borrow, Part};
use crate::lang::Family;
use crate::model::{Argument, ExprId, ExprKind, Step};

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
        Step::Eval(expr) if tracker.calm.borrow().contains(expr) => None,
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
            ExprKind::Opaque(_) | ExprKind::Markup { .. } => Some(Raise::new(*expr, Level::Unlikely)),
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
    let ExprKind::Call { callee, arguments, constructs, .. } = module.kind(value) else { return false };
    // `await Promise.allSettled(calls)` waits for what fails as well.
    if matches!(module.kind(*callee), ExprKind::Member { name, .. } if name == "allSettled") {
        return true;
    }
    // `await once(socket, 'connect')`: only its own error ends the wait.
    let script = tracker.context.family() == Family::JavaScript;
    let waits = matches!(module.kind(*callee), ExprKind::Variable(_) | ExprKind::Member { .. })
        && tracker.context.site_of(value).is_some_and(|site| name_of(tracker.context, site, *callee) == "once");
    if script && waits && arguments.first().is_some_and(|first| tracker.is_it(state, first.value)) {
        return true;
    }
    // `await new Promise((resolve, reject) => socket.on('error', reject))`: it failed by itself.
    let own_events = *constructs
        && arguments.first().is_some_and(|argument| {
            module.function_of(argument.value).is_some_and(|function| tracker.captures(state, function))
        });
    let begun = matches!(module.kind(*callee), ExprKind::Member { object, name, .. }
            if matches!(name.as_str(), "connect" | "open" | "start" | "initialize" | "init") && tracker.is_it(state, *object));
    script && (own_events || begun)
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
    if *constructs && context.family() == Family::JavaScript {
        let taken = arguments.iter().any(|argument| {
            tracker.is_it(state, argument.value)
                || context.module.function_of(argument.value).is_some_and(|function| tracker.captures(state, function))
        });
        if taken {
            return None;
        }
    }
    if *constructs {
        let level = constructor_level(tracker.summaries, context, site, *callee);
        let buffered = arguments.first().is_some_and(|argument| is_buffered(context, argument.value));
        if buffered || probed::is_probed(context, call) {
            return level.and(Some(Level::Unlikely));
        }
        return if is_made_with(tracker, state, call) { level.and(Some(Level::Likely)) } else { level };
    }
    let on_it = receiver.is_some_and(|object| tracker.is_it(state, object));
    if on_it && (is_quiet_use(context, site, &name) || tracker.returns_handle(site))
        || is_unawaited(context, site, *callee)
        || tracker.acquire.thread && is_thread_state(site)
    {
        return None;
    }
    // A pool or timer that nobody has ended takes work.
    let python = context.family() == Family::Python;
    let works = words::hands_work(&name) || python && name == "start";
    // `group.next().submit(task)`: one of its threads.
    let part = receiver.is_some_and(|object| match context.module.kind(object) {
        ExprKind::Call { callee, .. } => {
            matches!(context.module.kind(*callee), ExprKind::Member { object, .. } if tracker.is_it(state, *object))
        }
        _ => false,
    });
    if (on_it || part) && matches!(tracker.acquire.kind.as_str(), "executor" | "timer") && works {
        // A thread that watches or works off a queue has not begun before it is started.
        return (context.family() == Family::JavaScript || state.kept).then_some(Level::Unlikely);
    }
    if words::is_harmless(&name) && !throws_by_table(context, site) {
        return None;
    }
    if !site.wrappers.is_empty() && !throws_by_table(context, site) {
        return None;
    }
    let java = context.family() == Family::Java;
    if (on_it || java) && receiver.is_some_and(|object| is_in_memory(context, object, 3)) {
        return on_it.then_some(Level::Unlikely);
    }
    // `buffered.write(header)`: it stays in the buffer, but what a loop writes comes to the end of that.
    if java
        && site.loops == 0
        && name.starts_with("write")
        && receiver.is_some_and(|object| is_buffered(context, object))
    {
        return Some(Level::Unlikely);
    }
    // `JdbcUtils.close(statement)` in a `finally`: such helpers keep what fails to themselves.
    if java && site.cleanup && !arguments.is_empty() && words::closes_argument(&name) {
        return None;
    }
    // `process.stdout.readline()`: a pipe of one's own comes to its end rather than fail.
    let part = receiver.is_some_and(|object| match context.module.kind(object) {
        ExprKind::Member { object, .. } => tracker.is_it(state, *object),
        _ => false,
    });
    if part && python && name.starts_with("read") {
        return Some(Level::Unlikely);
    }
    let awaited = context.parent(call).is_some_and(|outer| matches!(context.module.kind(outer), ExprKind::Await(_)));
    // `import(url)` answers with a promise; `browser.version()` tells of the thing at hand.
    let told = on_it && arguments.is_empty() && matches!(context.uses(call), crate::analyses::context::Use::Stored(_));
    if context.family() == Family::JavaScript && !awaited && (name == "import" || told) {
        return None;
    }
    // A socket or stream of Node tells of its errors by an event.
    if context.family() == Family::JavaScript && on_it && !awaited && words::tells_by_event(&name) {
        return None;
    }
    // What listens to an element answers for itself: `link.click()`.
    if context.family() == Family::JavaScript && !awaited && arguments.is_empty() && name == "click" {
        return None;
    }
    let given = arguments.iter().any(|argument| tracker.is_it(state, argument.value));
    // `callback.onReady(stream)`: who is told of it takes it.
    if java && given && words::tells(&name) {
        return Some(Level::Unlikely);
    }
    // `names.forEach(name -> values.remove(name))`: it fails when its function does.
    if java && words::runs_now(&name) && runs_calmly(context, arguments) {
        return None;
    }
    // What is written through a stream is made from an object, which may not be fit for it.
    let streams = |value: ExprId| context.module.type_of(value).is_some_and(|ty| words::wraps_stream(ty.name.last()));
    let streamed = arguments.iter().any(|argument| tracker.is_it(state, argument.value) && streams(argument.value));
    if tracker.acquire.memory && (on_it || given) && !streamed {
        return Some(Level::Unlikely);
    }
    let settled = words::prepares_file(&name) && prepared::is_of_just_opened(tracker, call, given);
    if settled || !site.acquires.is_empty() && prepared::is_over_open(context, call) {
        return None;
    }
    let level = site_level(tracker.summaries, context, site, *callee);
    // State of a thread frames what runs between: whatever that is, it is the program's work, and fails at times.
    // In a `finally`, that work is over.
    let framed = tracker.acquire.thread && !site.cleanup;
    if framed && site.callee.is_some_and(|function| calm::is_calm(context, function)) {
        return None;
    }
    if level == Some(Level::Likely) || framed && level.is_some() {
        return Some(Level::Likely);
    }
    // What closes with the thing fails where the thing is gone as well: the result set of a statement.
    if receiver.is_some_and(|object| closes_stream(context, object, &name) && !tracker.is_child(state, object)) {
        return Some(Level::Likely);
    }
    if given && (!site.wrappers.is_empty() || tracker.gives_stream(site)) {
        return None;
    }
    let quiet = matches!(tracker.acquire.kind.as_str(), "executor" | "client")
        || state.kept
        || context.family() == Family::JavaScript && on_it;
    // What a pool never gets again is worth more care: any failure will do.
    let outside = tracker.acquire.kind == "connection" || checked::may_leave(context, site);
    let outside = outside && context.module.local_function(*callee).is_none();
    // `client.newForwarder(socket)` is a constructor by another name.
    let works = on_it || given && !(java && words::constructs(&name) || tracker.gathers(*callee, &name));
    if works && !quiet && outside { Some(Level::Likely) } else { level }
}

/// Whether a class of another file is made of what is open, where checked exceptions are declared: `new PageWriter(document,
/// page)`. What a `catch` says is read where the ways are walked.
fn is_made_with(tracker: &Tracker<'_>, state: &State, call: ExprId) -> bool {
    let context = tracker.context;
    let ExprKind::Call { arguments, constructs: true, .. } = context.module.kind(call) else { return false };
    let Some(site) = context.site_of(call) else { return false };
    let own = site.shape.path.as_ref().is_none_or(|path| context.module.local_class(path).is_some());
    !own && context.family() == Family::Java
        && site.catches == 0
        && tracker.acquire.kind == "resource"
        && !tracker.acquire.memory
        && arguments.iter().any(|argument| {
            let named = matches!(context.module.kind(argument.value), ExprKind::Variable(id)
                if context.module.variables[*id].values.iter().any(|value| is_acquired(tracker, *value)));
            named && tracker.is_it(state, argument.value)
        })
        && checked::may_leave(context, site)
}

/// Whether a value is what the very call gives that acquires.
fn is_acquired(tracker: &Tracker<'_>, value: ExprId) -> bool {
    matches!(tracker.identity, Identity::Handle(site) if site.expr == tracker.context.module.peel(value))
}

/// Whether a call is given functions, and nothing in them fails.
fn runs_calmly(context: &Context<'_>, arguments: &[Argument]) -> bool {
    let mut functions = arguments.iter().filter_map(|argument| context.module.function_of(argument.value)).peekable();
    // `names.forEach(values::remove)`
    let collects = |argument: &Argument| match context.module.kind(context.module.peel(argument.value)) {
        ExprKind::MethodReference { name, .. } => words::inserts(name) || name == "remove",
        _ => false,
    };
    functions.peek().is_some() && functions.all(|function| calm::is_calm(context, function))
        || !arguments.is_empty() && arguments.iter().all(collects)
}

/// `new ObjectOutputStream(new BufferedOutputStream(file))`: the header goes to the buffer.
fn is_buffered(context: &Context<'_>, inner: ExprId) -> bool {
    let named = || {
        let ty = context.module.type_of(context.definition(inner));
        ty.is_some_and(|ty| words::buffers_output(ty.name.last()))
    };
    context.family() == Family::Java && (named() || is_in_memory(context, inner, 3))
}

/// Whether what is written or read goes to memory: `new DeflaterOutputStream(new ByteArrayOutputStream(), deflater)`.
pub(super) fn is_in_memory(context: &Context<'_>, object: ExprId, depth: u8) -> bool {
    let module = context.module;
    let Some(depth) = depth.checked_sub(1) else { return false };
    let made = context.definition(object);
    let ExprKind::Call { arguments, constructs: true, .. } = module.kind(made) else { return false };
    if module.type_of(made).is_some_and(|ty| words::is_memory(ty.name.last())) {
        return true;
    }
    arguments.first().is_some_and(|inner| is_in_memory(context, inner.value, depth))
}

/// `self._run()` of an `async def` that nobody awaits here: the call only makes a coroutine.
fn is_unawaited(context: &Context<'_>, site: &CallSite, callee: ExprId) -> bool {
    let module = context.module;
    let function = site.callee.or_else(|| module.local_function(callee));
    context.family() == Family::Python
        && function.is_some_and(|function| module.functions[function].is_async)
        && !context.parent(site.expr).is_some_and(|outer| matches!(module.kind(outer), ExprKind::Await(_)))
}

/// Uses of the thing itself that do not fail, or after whose failure nothing is held.
fn is_quiet_use(context: &Context<'_>, site: &CallSite, name: &str) -> bool {
    // `serial.Serial()` without a port, a handle that opens itself later: what could not open holds nothing.
    if context.family() == Family::Python && (name == "open" || words::prepares(name)) {
        return true;
    }
    if context.family() != Family::Java {
        return false;
    }
    // A stream of a socket fails only where it is closed already, or where the author says so with a `catch`.
    let wraps = site.wrappers.iter().any(|wrapper| wrapper.argument == Part::Receiver);
    let derives = (words::derives(name) || wraps) && !throws_by_table(context, site) || wraps && site.catches == 0;
    let harmless = !site.borrows.is_empty() && site.borrows.iter().all(|borrow| !borrow.throws);
    // A socket or client that could not connect holds nothing.
    let begins = matches!(name, "connect" | "open") && !throws_by_table(context, site);
    derives || harmless || begins || words::returns_self(name) || words::only_notes(name) || words::asks_size(name)
}

/// Sets or removes some state of the thread: as little as the state at hand.
fn is_thread_state(site: &CallSite) -> bool {
    let thread = |kind: &String| kind == "thread-local";
    site.acquires.iter().any(|acquire| acquire.thread)
        || site.releases.iter().any(|release| release.kind.iter().any(thread))
        || matches!(site.shape.method.as_deref(), Some("remove" | "clear" | "reset" | "unbind" | "unset"))
}

/// The level of a call whatever it is given.
#[must_use]
pub fn site_level(summaries: &Summaries, context: &Context<'_>, site: &CallSite, callee: ExprId) -> Option<Level> {
    let name = name_of(context, site, callee);
    if throws_by_table(context, site) {
        return Some(Level::Likely);
    }
    if is_given_work(site) {
        return Some(Level::Unlikely);
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
    // Nobody awaits it: what fails in it fails later, and elsewhere.
    let calm = context.family() == Family::JavaScript
        && words::closes(&name)
        && !context.parent(site.expr).is_some_and(|outer| matches!(context.module.kind(outer), ExprKind::Await(_)));
    if calm {
        return None;
    }
    if words::closes(&name) || site.acquires.iter().any(|acquire| acquire.callback.is_some()) {
        return Some(Level::Unlikely);
    }
    // What does I/O in JavaScript is awaited, calls back, or says so in its name.
    let blocks = context.family() != Family::JavaScript || name.ends_with("Sync");
    let outward = words::reaches_out(&name)
        && blocks
        && checked::may_leave(context, site)
        && !is_log(context, site)
        && !takes_slot(context, site, &name)
        && !is_consumer(context, site, &name);
    Some(if outward { Level::Likely } else { Level::Unlikely })
}

/// `consumer.accept(value)` waits for nobody, as `server.accept()` does.
fn is_consumer(context: &Context<'_>, site: &CallSite, name: &str) -> bool {
    name == "accept" && context.family() == Family::Java && context.part(site.expr, &Part::Argument(0)).is_some()
}

/// `button.clicked.connect(self.open)`: a signal gets a function, and nobody is dialled.
fn takes_slot(context: &Context<'_>, site: &CallSite, name: &str) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
    name == "connect" && arguments.iter().any(|argument| context.module.function_of(argument.value).is_some())
}

/// `out.close()` of a stream or statement writes, flushes or talks to someone, and is the classic reason why the
/// `close()` behind it does not run.
fn closes_stream(context: &Context<'_>, object: ExprId, name: &str) -> bool {
    context.family() == Family::Java
        && name == "close"
        && context
            .module
            .type_of(object)
            .and_then(|ty| context.catalogue.resource_type(&ty.name, context.module, &context.scope))
            .is_some_and(|table| matches!(table.kind.as_str(), "resource" | "connection"))
        && !context.module.type_of(object).is_some_and(|ty| words::closes_calmly(ty.name.last()))
}

/// Whether the call that acquires fails by itself for reasons outside the program.
#[must_use]
pub fn makes_fail(tracker: &Tracker<'_>, site: &CallSite) -> bool {
    let context = tracker.context;
    let ExprKind::Call { callee, constructs, .. } = context.module.kind(site.expr) else { return false };
    tracker.acquire.throws
        || if *constructs {
            constructor_level(tracker.summaries, context, site, *callee) == Some(Level::Likely)
        } else {
            site_level(tracker.summaries, context, site, *callee) == Some(Level::Likely)
        }
}

/// Whether a table or the file itself says that a call fails for reasons outside the program.
#[must_use]
pub fn is_known_to_fail(tracker: &Tracker<'_>, site: &CallSite) -> bool {
    let context = tracker.context;
    let ExprKind::Call { callee, constructs, .. } = context.module.kind(site.expr) else { return false };
    if *constructs {
        return constructor_level(tracker.summaries, context, site, *callee) == Some(Level::Likely);
    }
    let own = context.module.local_function(*callee);
    throws_by_table(context, site) || own.is_some_and(|function| tracker.summaries.throws(function))
}

fn throws_by_table(context: &Context<'_>, site: &CallSite) -> bool {
    let ends = site.shape.method.as_deref().is_some_and(words::closes);
    let produced = site.acquires.iter().any(|acquire| acquire.throws);
    produced
        || (!ends
            && !is_given_work(site)
            && site.borrows.iter().any(|borrow| borrow.throws && is_named(context, site, borrow)))
        || site.shape.path.as_ref().is_some_and(|path| {
            let (name, path) = (path.last(), path.to_string());
            context.family() == Family::Python
                && !words::cannot_fail(name)
                && ["requests.", "urllib.request.", "shutil.", "subprocess."]
                    .iter()
                    .any(|module| path.starts_with(module))
        })
}

/// Whether a pool is given a task: only one that somebody has ended refuses it.
fn is_given_work(site: &CallSite) -> bool {
    let pool = site.shape.receiver.as_ref().is_some_and(|ty| words::runs_work(ty.last()));
    pool && site.shape.method.as_deref().is_some_and(words::hands_work)
}

/// Whether the table means this very method: `Connection#*` says nothing of its setters.
fn is_named(context: &Context<'_>, site: &CallSite, borrow: &Borrow) -> bool {
    let method = site.shape.method.as_deref().unwrap_or_default();
    let bare = context.part(site.expr, &Part::Argument(0)).is_none();
    let reads = bare && (words::is_getter(method) || words::asks_size(method));
    !(words::is_setter(method) || reads) || borrow.call.iter().any(|call| !call.is_wild() && call.name == method)
}

fn constructor_level(summaries: &Summaries, context: &Context<'_>, site: &CallSite, callee: ExprId) -> Option<Level> {
    let path = site.shape.path.as_ref();
    if site.acquires.iter().any(|acquire| acquire.throws) || site.borrows.iter().any(|borrow| borrow.throws) {
        return Some(Level::Likely);
    }
    if let Some(ty) = path.and_then(|path| context.catalogue.resource_type(path, context.module, &context.scope)) {
        return ty.throws.then_some(Level::Likely);
    }
    let java = context.family() == Family::Java;
    let plain = |name: &str| words::is_plain_type(name) || java && words::wraps_stream(name);
    if !site.wrappers.is_empty() || path.is_some_and(|path| plain(path.last())) {
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
