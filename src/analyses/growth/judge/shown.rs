//! Where nothing takes entries out: what shows that they do come again and again, and that the owner is there for
//! more of them than go with it.

use super::{Case, Site};
use crate::analyses::context::Context;
use crate::analyses::growth::collection::Home;
use crate::analyses::growth::collection::kinds::Kind;
use crate::analyses::growth::keys::Origin;
use crate::analyses::growth::reader::usage::{self, descendants, has_name, has_variable, last_name};
use crate::analyses::growth::words;
use crate::analyses::runs::Runs;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, PropertyKey, VariableKind};

/// How many names, members and calls are looked behind.
const DEPTH: u8 = 6;

impl Case<'_> {
    /// Whether the code shows that entries come without end: it runs for each request or event, each entry is made
    /// anew, or stands for one of those who come and go.
    #[must_use]
    pub fn is_shown_to_grow(&self, site: &Site<'_>, kind: Kind) -> bool {
        let context = self.context;
        let growth = site.growth;
        let listed = growth.key.is_none();
        let queue = self.collection.table.is_some_and(|table| table.queue) || self.is_text();
        if kind == Kind::Queue && (queue || self.is_fifo()) {
            return !self.is_served();
        }
        // What a view needs it loads once, however often it is shown.
        let again = match &site.runs {
            Runs::Repeatedly(per) => per != "in a loop" && (listed || per != "per mount"),
            _ => false,
        };
        if again && (site.origin >= Origin::Event || listed) {
            return !growth.value.is_some_and(|value| is_timer(context, value));
        }
        // Each call starts one more, each instance adds one, each failure.
        let caught = || growth.value.is_some_and(|value| holds_caught(context, value));
        if listed && (kind == Kind::Tasks || self.is_text() || self.is_of_each(site.usage.function) || caught()) {
            return true;
        }
        // `futures.put(task, executor.submit(task))`: each task is one more.
        let own = |key: ExprId| kind == Kind::Tasks && constructs(context, key);
        let fresh = growth.key.is_some_and(|key| is_made_anew(context, key) || own(key));
        let keeps = growth.value.is_some_and(|value| {
            listed && self.enters_itself(value) || points(context, value) || self.holds_a_call(value)
        }) || context.family() == Family::Java && self.keeps_heavy(growth);
        let text = kind == Kind::Memo && growth.key.is_some_and(|key| is_of_text(context, key));
        let journal = listed && growth.value.is_some_and(|value| is_timed(context, value));
        let said = growth.key.or(growth.value.filter(|_| self.is_set())).is_some_and(|key| is_said(context, key));
        let set_up = growth.key.is_some_and(|key| has_name(context, key, words::is_task));
        let guest = !said && !set_up && growth.key.or(growth.value).is_some_and(|entry| self.is_of_guest(entry, DEPTH));
        keeps || text || (fresh || journal || guest) && !self.goes_with_one()
    }

    /// Whether each instance adds one. In JavaScript a constructor often only tells a register of the program of itself.
    fn is_of_each(&self, function: FunctionId) -> bool {
        let script = self.context.family() == Family::JavaScript;
        let direct = self.context.module.functions[function].kind == FunctionKind::Constructor;
        self.is_per_instance(function) && (direct || !script)
    }

    fn is_shared(&self) -> bool {
        matches!(self.collection.home, Home::Module | Home::Static(_))
    }

    /// Each instance enters what they all share.
    fn enters_itself(&self, value: ExprId) -> bool {
        self.is_shared() && matches!(self.context.module.kind(self.context.module.peel(value)), ExprKind::This(_))
    }

    /// Whether the owner serves one connection, stream or session, and is dropped with it.
    fn goes_with_one(&self) -> bool {
        let Home::Instance(class) = self.collection.home else { return false };
        self.context.module.classes[class].name.as_deref().is_some_and(words::is_of_one_guest)
    }

    /// A page has a few windows and tells one user, or the few that are looked at, from another.
    fn comes_and_goes(&self, name: &str) -> bool {
        words::comes_and_goes(name) && !(self.context.family() == Family::JavaScript && words::is_of_page(name))
    }

    /// Whether a key stands for one of those who come and go.
    #[must_use]
    pub fn is_shown_guest(&self, key: ExprId) -> bool {
        self.is_of_guest(key, DEPTH)
    }

    /// Whether a key or element stands for one of those who come and go while the program runs.
    fn is_of_guest(&self, expr: ExprId, depth: u8) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let context = self.context;
        let module = context.module;
        let expr = module.peel(expr);
        let script = context.family() == Family::JavaScript;
        let guest = |part: ExprId| self.is_of_guest(part, depth);
        let of_object = |object: ExprId, name: &str| {
            self.comes_and_goes(name)
                || tells(name) && guest(object)
                || words::is_bare_id(name.trim_matches('_')) && is_event(context, object)
                || is_incoming(context, object)
        };
        match module.kind(expr) {
            // `session = connection.createSession()`: the owner asks for as many as it needs.
            ExprKind::Variable(_) if self.is_made_here(expr) => false,
            ExprKind::Variable(id) => {
                let variable = &module.variables[*id];
                let named = module.functions[variable.function].kind != FunctionKind::Lambda;
                let given = matches!(variable.kind, VariableKind::Parameter(_)) && named;
                let typed = variable.ty.as_ref().is_some_and(|ty| {
                    words::is_object_type(ty.name.last()) && (!script || !words::is_of_page(ty.name.last()))
                });
                let defined = context.definition(expr);
                self.comes_and_goes(&variable.name)
                    || given
                        && self.is_shared()
                        && words::is_visitor(&variable.name)
                        && words::is_identity(&variable.name)
                    || words::is_remote_address(&variable.name)
                    // The servers that a program is given to talk to are few.
                    || words::is_address(&variable.name) && variable.kind == VariableKind::Local
                    || typed
                    || given && self.is_shared() && words::is_one_of_many(&variable.name)
                    || defined != expr && guest(defined)
            }
            ExprKind::Member { object, name, .. } => of_object(*object, name),
            ExprKind::Index { object, .. } => is_incoming(context, *object),
            ExprKind::Object(properties) => properties.iter().any(|property| match property.key {
                PropertyKey::Computed(key) => guest(key),
                _ => false,
            }),
            ExprKind::Call { callee, arguments, .. } => {
                let name = last_name(context, *callee);
                let of_own = match module.kind(*callee) {
                    ExprKind::Member { object, .. } => of_object(*object, name.trim_start_matches("get")),
                    _ => false,
                };
                of_own || arguments.iter().any(|argument| guest(argument.value))
            }
            ExprKind::Template(parts) => parts.iter().any(|part| guest(*part)),
            ExprKind::List { items, .. } => items.iter().any(|item| guest(*item)),
            ExprKind::Binary { left, right, .. } | ExprKind::Logical { left, right, .. } => {
                guest(*left) || guest(*right)
            }
            _ => false,
        }
    }

    /// Whether a method of Java has what a variable stands for made by something else, by the name of the call.
    fn is_made_here(&self, variable: ExprId) -> bool {
        let context = self.context;
        let made = context.definition(variable);
        context.family() == Family::Java
            && made != variable
            && matches!(context.module.kind(made), ExprKind::Call { constructs: false, .. })
            && words::makes(&usage::method_name(context, made))
    }
}

/// A counter, a random id, the time: each value is another one.
fn is_made_anew(context: &Context<'_>, key: ExprId) -> bool {
    descendants(context, key)
        .into_iter()
        .chain(descendants(context, context.definition(key)))
        .any(|part| super::makes_anew(context, part))
}

fn constructs(context: &Context<'_>, value: ExprId) -> bool {
    matches!(context.module.kind(context.definition(value)), ExprKind::Call { constructs: true, .. })
}

/// The handle of a timer, a small number.
pub(in crate::analyses::growth) fn is_timer(context: &Context<'_>, value: ExprId) -> bool {
    context
        .site_of(context.definition(value))
        .is_some_and(|site| site.acquires.iter().any(|acquire| acquire.kind == "timer"))
}

/// A record with the time at which it was made.
fn is_timed(context: &Context<'_>, value: ExprId) -> bool {
    descendants(context, context.definition(value)).iter().any(|part| match context.module.kind(*part) {
        ExprKind::Call { callee, .. } => words::tells_time(&last_name(context, *callee)),
        _ => false,
    })
}

/// An exception that was caught, and what it holds.
fn holds_caught(context: &Context<'_>, value: ExprId) -> bool {
    descendants(context, value).iter().any(|part| {
        matches!(context.module.kind(*part), ExprKind::Variable(id)
            if context.module.variables[*id].kind == VariableKind::Caught)
    })
}

/// The text of a message: the same ones come again.
fn is_said(context: &Context<'_>, key: ExprId) -> bool {
    match context.module.kind(context.module.peel(key)) {
        ExprKind::Variable(id) => words::is_message(&context.module.variables[*id].name),
        ExprKind::Member { name, .. } => name == "message",
        _ => false,
    }
}

/// A weak reference: what it points to goes, and the reference stays.
fn points(context: &Context<'_>, value: ExprId) -> bool {
    match context.module.kind(context.definition(value)) {
        ExprKind::Call { callee, .. } => words::is_reference(&last_name(context, *callee)),
        _ => false,
    }
}

/// The member that tells one object from another: `client.id`, `peer.address`.
fn tells(name: &str) -> bool {
    let name = name.trim_matches('_');
    words::is_bare_id(name) || words::ends_with_id(name) || words::is_address(name)
}

/// A part of a request or message, which is at the root of what is read.
fn is_incoming(context: &Context<'_>, object: ExprId) -> bool {
    let module = context.module;
    match module.kind(module.peel(object)) {
        ExprKind::Variable(id) => words::is_incoming(&module.variables[*id].name),
        ExprKind::Global(name) => words::is_incoming(name),
        ExprKind::Member { object, name, .. } => words::is_incoming(name) || is_incoming(context, *object),
        ExprKind::Index { object, .. } => is_incoming(context, *object),
        ExprKind::Call { callee, .. } => is_incoming(context, *callee),
        _ => false,
    }
}

/// A text that somebody writes, as its name says: what is computed from it is kept for each one.
fn is_of_text(context: &Context<'_>, key: ExprId) -> bool {
    has_variable(context, key, words::is_free_text)
}

/// Each event has an id of its own.
fn is_event(context: &Context<'_>, object: ExprId) -> bool {
    matches!(context.module.kind(object), ExprKind::Variable(id) if words::is_event_object(&context.module.variables[*id].name))
}
