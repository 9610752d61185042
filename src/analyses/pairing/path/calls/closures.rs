//! Functions that capture an obligation, and who runs them.

use crate::analyses::context::Use;
use crate::analyses::pairing::path::guards::Guards;
use crate::analyses::pairing::path::raises::{self, Level, Raise};
use crate::analyses::pairing::path::state::{Holder, State};
use crate::analyses::pairing::path::track::{Effect, Identity, Tracker, Within};
use crate::analyses::pairing::path::walk::{self, Start};
use crate::analyses::pairing::path::ways::{End, Exit, Leak};
use crate::analyses::pairing::path::words;
use crate::catalogue::Runs;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Root, VariableKind};

impl Tracker<'_> {
    /// A function that captures it is made.
    pub(in crate::analyses::pairing::path) fn closure(
        &self,
        state: &State,
        expr: ExprId,
        function: FunctionId,
    ) -> Effect {
        if !self.captures(state, function) {
            return Effect::Go;
        }
        let releases = self.releases_in(state, function);
        let settled = if releases {
            Effect::Released(expr)
        } else if self.makes_owner(state, function) {
            Effect::Escaped
        } else {
            Effect::Go
        };
        match self.context.uses(expr) {
            // Looked at where the variable is used.
            Use::Stored(target) if self.is_own_variable(target) => Effect::Go,
            Use::Stored(target) => match self.context.module.kind(target) {
                ExprKind::Member { object, .. } if self.is_it(state, *object) => settled,
                _ => Effect::Escaped,
            },
            Use::Called(_) => settled,
            Use::Argument(call, _) => self.callback(state, call, function, settled),
            _ => Effect::Escaped,
        }
    }

    /// A parameter of a JavaScript function that is called: the caller's callback.
    pub(super) fn is_callback(&self, callee: ExprId) -> bool {
        let module = self.context.module;
        self.context.family() == Family::JavaScript
            && matches!(module.kind(callee), ExprKind::Variable(id) if matches!(module.variables[*id].kind, VariableKind::Parameter(_)))
    }

    /// A function that captures it is given to a call.
    fn callback(&self, state: &State, call: ExprId, function: FunctionId, settled: Effect) -> Effect {
        let module = self.context.module;
        let ExprKind::Call { callee, constructs, .. } = module.kind(call) else { return Effect::Escaped };
        let Some(site) = self.context.site_of(call) else { return Effect::Escaped };
        let promise = *constructs && site.shape.path.as_ref().is_some_and(|path| path.last() == "Promise");
        let (on_it, name) = match module.kind(*callee) {
            ExprKind::Member { object, name, .. } => (self.is_it(state, *object), name.as_str()),
            _ => (false, ""),
        };
        let later = words::runs_in_turn(name);
        if !later && site.callbacks.iter().any(|callback| callback.runs == Runs::Now) {
            return settled;
        }
        let again = words::tries_again(&raises::name_of(self.context, site, *callee));
        let own = on_it || later || again || words::runs_now(name);
        if !promise && !own && module.local_function(*callee).is_none() {
            return Effect::Escaped;
        }
        if matches!(settled, Effect::Released(_))
            && self.context.family() == Family::JavaScript
            && (on_it || later)
            && !words::listens(name)
            && let Some(within) = self.loses(state, function).or_else(|| self.rejected(state, call, name, function))
        {
            return Effect::LostWithin(Box::new(within));
        }
        settled
    }

    /// Whether a function has it in a variable of its own or by a function that has: `() => done(true)`.
    #[must_use]
    pub fn captures(&self, state: &State, function: FunctionId) -> bool {
        self.captures_within(state, function, 3)
    }

    fn captures_within(&self, state: &State, function: FunctionId, depth: u8) -> bool {
        let module = self.context.module;
        let captures = &module.functions[function].captures;
        if state.variables().any(|variable| captures.contains(&variable)) {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        captures.iter().any(|variable| {
            let data = &module.variables[*variable];
            let inner = match (data.kind, data.values.as_slice()) {
                (VariableKind::Function(inner), _) => Some(inner),
                (VariableKind::Local, [value]) => match module.kind(*value) {
                    ExprKind::Function(inner) => Some(*inner),
                    _ => None,
                },
                _ => None,
            };
            inner.is_some_and(|inner| {
                inner != function && module.encloses(self.outer, inner) && self.captures_within(state, inner, depth)
            })
        })
    }

    /// Whether the call that gives it has a callback that ends it or hands it on:
    /// `const socket = connect(port, () => resolve(socket))`.
    #[must_use]
    pub fn ends_by_itself(&self, call: ExprId) -> bool {
        let module = self.context.module;
        let mut end = call;
        while let Use::Receiver(outer) = self.context.uses(end) {
            end = outer;
        }
        let Use::Stored(target) = self.context.uses(end) else { return false };
        let ExprKind::Variable(variable) = module.kind(target) else { return false };
        // `options.pid = child.pid`: whoever has the number can end the process.
        let by_number = self.context.reads(*variable).iter().any(|read| match self.context.uses(*read) {
            Use::Read(member) => {
                matches!(module.kind(member), ExprKind::Member { name, .. } if name == "pid")
                    && match self.context.uses(member) {
                        Use::Stored(target) => !matches!(module.kind(target), ExprKind::Variable(_)),
                        Use::Element(_) | Use::Returned => true,
                        _ => false,
                    }
            }
            _ => false,
        });
        if by_number {
            return true;
        }
        let state = State::new([Holder::Variable(*variable)], Vec::new());
        let whole = self.context.span(end);
        let named = |function: FunctionId| match module.kind(call) {
            ExprKind::Call { arguments, .. } => arguments.iter().any(|argument| {
                matches!(module.kind(argument.value), ExprKind::Variable(_))
                    && module.function_of(argument.value) == Some(function)
            }),
            _ => false,
        };
        module.functions.iter().any(|(function, data)| {
            data.captures.contains(variable)
                && (named(function)
                    || self.context.function_expr(function).is_some_and(|expr| whole.contains(self.context.span(expr))))
                && (self.releases_in(&state, function) || self.makes_owner(&state, function))
        })
    }

    /// Whether a callback makes an object of it, puts it where its object has it, or answers with a function that has
    /// it: `() => start(new Channel(socket))`, `() => this.servers.push(server)`, `() => resolve({ send })`.
    fn makes_owner(&self, state: &State, function: FunctionId) -> bool {
        let module = self.context.module;
        let of_object = |expr: ExprId| {
            let place = self.context.place(expr);
            place.is_some_and(|place| matches!(place.root, Root::This(_)) && !place.path.is_empty())
        };
        let has = |value: ExprId| self.is_it(state, value) || self.has_it(state, value);
        self.context.sites_within(function).any(|site| {
            let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return false };
            let mut given = arguments.iter().map(|argument| argument.value);
            match module.kind(*callee) {
                _ if site.shape.constructs => given.any(has),
                ExprKind::Member { object, name, .. } if words::inserts(name) => of_object(*object) && given.any(has),
                ExprKind::Variable(_) if self.is_callback(*callee) => {
                    given.any(|value| self.names_releaser(state, value))
                }
                _ => false,
            }
        })
    }

    /// The way out of a callback, without an exception that nobody threw, on which it is lost.
    fn loses(&self, state: &State, function: FunctionId) -> Option<Within> {
        let data = &self.context.module.functions[function];
        if !matches!(self.identity, Identity::Handle(_)) || self.depth > 4 {
            return None;
        }
        let guards = Guards::new(self.context.module, function);
        let mut inner = Tracker::new(self.context, self.summaries, &guards, self.acquire, function, self.identity);
        inner.outer = self.outer;
        inner.depth = self.depth + 1;
        let holders = state.variables().filter(|id| data.captures.contains(id)).map(Holder::Variable);
        let start = Start { block: data.cfg.entry, step: 0, state: State::new(holders, guards.at(data.cfg.entry)) };
        let ways = walk::walk(&inner, start);
        let leak = ways.leak.filter(|leak| leak.level.is_none_or(|level| level == Level::Explicit) && !leak.kept)?;
        (!ways.given_up && !ways.released.is_empty()).then_some(Within { leak, released: ways.released })
    }

    /// `query().then(release)` with nothing that releases when the query fails.
    fn rejected(&self, state: &State, call: ExprId, name: &str, function: FunctionId) -> Option<Within> {
        let context = self.context;
        let ExprKind::Call { callee, arguments, .. } = context.module.kind(call) else { return None };
        let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return None };
        let first = arguments.first().and_then(|argument| context.module.function_of(argument.value));
        if name != "then" || arguments.len() != 1 || first != Some(function) {
            return None;
        }
        let mut end = call;
        while let Use::Receiver(outer) = context.uses(end) {
            let ExprKind::Call { callee, arguments, .. } = context.module.kind(outer) else { return None };
            let ExprKind::Member { name, .. } = context.module.kind(*callee) else { return None };
            let handles = match name.as_str() {
                "then" => arguments.get(1),
                "catch" | "finally" => arguments.first(),
                _ => return None,
            };
            if handles.is_some_and(|handler| self.may_release(state, handler.value)) {
                return None;
            }
            end = outer;
        }
        if !matches!(context.uses(end), Use::Returned | Use::Dropped) {
            return None;
        }
        let raise = Raise { at: *object, level: Level::Likely, cancels: false, thrown: false };
        let leak = Leak {
            end: End::Dropped(call),
            raised: Some(raise),
            level: Some(Level::Likely),
            returned: None,
            kept: false,
            field: false,
            exit: Exit::Exception,
        };
        let released = self.releases_by(state, function).into_iter().take(1).collect();
        Some(Within { leak, released })
    }

    /// Whether a handler is one that releases it, or one of which that is not known.
    fn may_release(&self, state: &State, handler: ExprId) -> bool {
        match self.context.module.function_of(handler) {
            Some(function) => self.releases_in(state, function),
            None => true,
        }
    }
}
