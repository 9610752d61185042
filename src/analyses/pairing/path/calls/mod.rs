//! What a call does to an obligation.

pub mod closures;
pub mod elsewhere;
pub mod endings;
mod local;
pub mod served;
pub mod threads;

use super::raises::name_of;
use super::state::{Holder, State};
use super::track::{Effect, Identity, Loss, Tracker};
use super::words;
use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::identity;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, VariableKind};

/// What a call does with one argument that is the thing.
enum Taken {
    Borrowed,
    Released,
    Escaped,
    /// The result stands for it.
    Wrapped,
    /// The result may have taken it over.
    Kept,
}

impl Tracker<'_> {
    pub(super) fn call(&self, state: &mut State, call: ExprId) -> Effect {
        let context = self.context;
        let Some(site) = context.site_of(call) else { return Effect::Go };
        if self.release(state, site) || self.releases_each(state, site) {
            return Effect::Released(call);
        }
        if site.shape.path.as_ref().is_some_and(|path| words::ends_process(&path.to_string())) || self.exits(site) {
            return Effect::Escaped;
        }
        let ExprKind::Call { callee, arguments, .. } = context.module.kind(call) else { return Effect::Go };
        if self.awaits_end(state, *callee, arguments.first().map(|argument| argument.value)) {
            return Effect::Released(call);
        }
        if state.fields().next().is_some()
            && let Some(effect) = self.own_object(state, call, *callee)
        {
            return effect;
        }
        if self.is_finished_by_thread(state, site) {
            return Effect::Escaped;
        }
        let (mut alias, mut used) = (false, false);
        for (index, argument) in arguments.iter().enumerate() {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            if let Some(effect) = self.reference(state, argument.value) {
                return effect;
            }
            let (is, has) = (self.is_it(state, argument.value), self.has_it(state, argument.value));
            if !is && !has {
                continue;
            }
            used = true;
            self.hand(call, index);
            match self.given(state, site, *callee, argument.value, argument.name.as_deref(), index, has && !is) {
                Taken::Borrowed => {}
                Taken::Released => return Effect::Released(call),
                Taken::Escaped => return Effect::Escaped,
                Taken::Wrapped => alias = true,
                Taken::Kept => {
                    state.kept = true;
                    alias = true;
                }
            }
        }
        match self.receiver(state, site, *callee) {
            Receiver::None => {}
            Receiver::Used => used = true,
            Receiver::Gives => (used, alias) = (true, true),
            Receiver::Escapes => return Effect::Escaped,
        }
        if !used {
            return Effect::Go;
        }
        self.consume_parts(state, call);
        if alias && context.uses(call) != Use::Dropped {
            state.add(Holder::Temporary(call));
        }
        if !state.is_lost() {
            return Effect::Go;
        }
        // It may still end with what it was got from: the statement of a connection.
        if state.parents().next().is_some() {
            state.dropped = Some(call);
            return Effect::Go;
        }
        Effect::Lost(Loss::Dropped(call))
    }

    /// A field has it: methods of the same object may end it, and others may get the object.
    fn own_object(&self, state: &State, call: ExprId, callee: ExprId) -> Option<Effect> {
        let module = self.context.module;
        let ExprKind::Call { arguments, .. } = module.kind(call) else { return None };
        let own = |expr: ExprId| matches!(module.kind(expr), ExprKind::This(_));
        let bound = |expr: ExprId| match module.kind(expr) {
            ExprKind::Member { object, .. } | ExprKind::MethodReference { object, .. } => {
                own(*object) && !self.is_it(state, expr)
            }
            _ => false,
        };
        let handed = |expr: ExprId| own(expr) || (bound(expr) && module.function_of(expr).is_some());
        if arguments.iter().any(|argument| handed(module.peel(argument.value))) {
            return Some(Effect::Escaped);
        }
        let ExprKind::Member { object, name, .. } = module.kind(module.peel(callee)) else { return None };
        if !own(*object) && !matches!(module.kind(*object), ExprKind::Super) {
            return None;
        }
        if words::closes(name) || words::closes_argument(name) {
            return Some(Effect::Released(call));
        }
        match module.local_function(callee) {
            Some(function) => self
                .summaries
                .sites_within(self.context, function)
                .into_iter()
                .any(|site| self.release(state, site))
                .then_some(Effect::Released(call)),
            None => Some(Effect::Escaped),
        }
    }

    fn consume_parts(&self, state: &mut State, call: ExprId) {
        let own = Holder::Temporary(call);
        let had = state.has(own);
        self.consume(state, call);
        if had {
            state.add(own);
        }
    }

    /// Whether a call releases it.
    #[must_use]
    pub fn release(&self, state: &State, site: &CallSite) -> bool {
        let context = self.context;
        let module = context.module;
        let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return false };
        if identity::released_handles(context, site, self.acquire)
            .into_iter()
            .any(|handle| self.is_it(state, handle) || self.has_it(state, handle))
        {
            return true;
        }
        if let Identity::Handle(acquired) = self.identity
            && identity::released_by_key(context, site, self.acquire, acquired)
        {
            return true;
        }
        // `closeArchive()` after `openArchive()`: the object counts its users.
        if context.family() == Family::Java
            && arguments.is_empty()
            && let Identity::Handle(acquired) = self.identity
            && !acquired.shape.constructs
            && let (Some(opener), Some(closer)) = (&acquired.shape.method, &site.shape.method)
            && words::undoes(opener, closer)
        {
            return true;
        }
        if self.ends_source(site) {
            return true;
        }
        // `plt.close()` ends all of them.
        if identity::releases_of(site, self.acquire).any(|release| release.handle.is_none() && release.key.is_empty()) {
            return true;
        }
        let callee = module.peel(*callee);
        match module.kind(callee) {
            ExprKind::Member { object, name, .. } => {
                let bare = arguments.is_empty() || !words::closes_weakly(name);
                let ends = words::closes(name) && bare || self.acquire.closes.iter().any(|close| close == name);
                if ends && (self.is_it(state, *object) || self.has_it(state, *object)) {
                    return true;
                }
                if ends && matches!(module.kind(*object), ExprKind::Variable(id) if state.has(Holder::Parent(*id))) {
                    return true;
                }
            }
            ExprKind::Variable(id) => {
                let captures = module.local_function(callee).filter(|function| self.captures(state, *function));
                if let Some(function) = captures
                    && matches!(module.variables[*id].kind, VariableKind::Function(_) | VariableKind::Local)
                    && self.inner(function)
                    && self.releases_in(state, function)
                {
                    return true;
                }
            }
            _ => {}
        }
        !site.shape.constructs
            && arguments.iter().any(|argument| {
                let value = argument.value;
                self.is_it(state, value) || self.has_it(state, value) || self.is_parent(state, value)
            })
            && words::closes_argument(&name_of(context, site, callee))
    }

    /// Whether a function stands inside this one; not this one itself.
    fn inner(&self, function: crate::model::FunctionId) -> bool {
        function != self.function && self.context.module.encloses(self.outer, function)
    }

    /// `stack.callback(f.close)`, `on('end', cleanup)`: somebody else releases it from here on.
    fn reference(&self, state: &State, argument: ExprId) -> Option<Effect> {
        let module = self.context.module;
        match module.kind(module.peel(argument)) {
            ExprKind::Member { object, name, .. } | ExprKind::MethodReference { object, name } => {
                let ends = words::closes(name) || self.acquire.closes.iter().any(|close| close == name);
                (ends && self.is_it(state, *object)).then_some(Effect::Released(argument))
            }
            ExprKind::Variable(_) => {
                let function = module.local_function(argument).filter(|function| self.inner(*function))?;
                if !self.captures(state, function) {
                    return None;
                }
                Some(if self.releases_in(state, function) { Effect::Released(argument) } else { Effect::Escaped })
            }
            _ => None,
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn given(
        &self,
        state: &mut State,
        site: &CallSite,
        callee: ExprId,
        argument: ExprId,
        keyword: Option<&str>,
        index: u16,
        contained: bool,
    ) -> Taken {
        let context = self.context;
        let is_part = |part: &Part| context.stands_in(site.expr, part, argument);
        if site.sinks.iter().any(|sink| is_part(&sink.argument)) {
            return Taken::Escaped;
        }
        if self.is_releaser(argument) {
            return Taken::Released;
        }
        if site.wrappers.iter().any(|wrapper| is_part(&wrapper.argument)) {
            return Taken::Wrapped;
        }
        if !site.borrows.is_empty() {
            return Taken::Borrowed;
        }
        let name = name_of(context, site, callee);
        if let Some(taken) = self.inserted(state, site, callee, &name) {
            return taken;
        }
        // Another constructor of the same object.
        if matches!(context.module.kind(callee), ExprKind::This(_) | ExprKind::Super) {
            return Taken::Escaped;
        }
        // `tasks.forEach(pool::submit)`
        if contained
            && words::runs_now(&name)
            && matches!(context.module.kind(argument), ExprKind::MethodReference { .. })
        {
            return Taken::Borrowed;
        }
        if contained {
            let borrows = self.is_options(site, callee, argument, &name);
            return if borrows { self.lend(site, index) } else { Taken::Escaped };
        }
        if let Some(taken) = self.local(state, site, callee, keyword, index) {
            return taken;
        }
        // A base class is made of it: `super().__init__(file)`, `Base.__init__(self, file)`.
        let base = matches!(context.module.kind(callee), ExprKind::Member { object, name, .. }
            if matches!(context.module.kind(*object), ExprKind::Super) || name == "__init__");
        if base {
            return Taken::Escaped;
        }
        if site.shape.constructs {
            let wraps = context.family() == Family::Java
                && site.shape.path.as_ref().is_some_and(|path| words::wraps_stream(path.last()));
            return if wraps { Taken::Wrapped } else { Taken::Kept };
        }
        let told_of = || match context.module.kind(site.expr) {
            ExprKind::Call { arguments, .. } => {
                arguments.iter().any(|given| matches!(context.module.kind(given.value), ExprKind::This(_)))
            }
            _ => false,
        };
        // `self.channel_class(self, sock)`: what is told of its maker answers to it.
        let chosen = self.is_chosen_class(callee) && (context.uses(site.expr) != Use::Dropped || told_of());
        if chosen || self.gives_owner(site, argument) {
            return Taken::Escaped;
        }
        // `remote(host, sock=sock)`: what comes back is made of it.
        let named = matches!(keyword, Some("sock" | "socket" | "fileno" | "fd"));
        if named && context.family() == Family::Python && !matches!(context.uses(site.expr), Use::Dropped) {
            return Taken::Kept;
        }
        // A library's `readLines` leaves it open; one of the project may close it.
        if words::reads_through(&name) {
            return self.lend(site, index);
        }
        let awaited = self
            .context
            .parent(site.expr)
            .is_some_and(|outer| matches!(self.context.module.kind(outer), ExprKind::Await(_)));
        if self.renames(site, argument) {
            return Taken::Wrapped;
        }
        if words::hands_on(&name) || self.is_callback(callee) && !awaited {
            return Taken::Escaped;
        }
        if self.gives_stream(site) {
            return Taken::Wrapped;
        }
        if matches!(
            name.as_str(),
            "requireNonNull"
                | "checkNotNull"
                | "ofNullable"
                | "map"
                | "filter"
                | "zip"
                | "enumerate"
                | "iter"
                | "reversed"
                | "cast"
        ) || name == "of" && site.shape.path.as_ref().is_some_and(|path| path.to_string().ends_with("Optional.of"))
        {
            return Taken::Wrapped;
        }
        if words::produces(&name)
            || ["wrap", "as", "buffer", "source", "sink", "decorate", "from", "to", "build"]
                .iter()
                .any(|verb| name.starts_with(verb))
        {
            return match context.uses(site.expr) {
                Use::Dropped if elsewhere::works(context, site, &name) => self.lend(site, index),
                Use::Dropped => Taken::Borrowed,
                _ => Taken::Kept,
            };
        }
        if words::is_setter(&name) && (context.family() != Family::Python || elsewhere::is_of_base(context, callee)) {
            return Taken::Escaped;
        }
        // `pools.addItem(pool)`, `registry.registerPool(pool)`
        if context.family() == Family::Java && index == 0 && words::takes_in(&name) {
            return Taken::Escaped;
        }
        if self.gathers(callee, &name) && !matches!(context.uses(site.expr), Use::Dropped | Use::Receiver(_)) {
            return Taken::Kept;
        }
        // `withConnection(connection, work)` of another file does the work, and may well close it behind that.
        let around = name.starts_with("with")
            && site.shape.method.is_none()
            && context.part(site.expr, &Part::Argument(1)).is_some();
        if words::is_harmless(&name) && !around {
            return Taken::Borrowed;
        }
        self.lend(site, index)
    }

    fn hand(&self, call: ExprId, index: u16) {
        let mut handed = self.handed.borrow_mut();
        if !handed.contains(&(call, index)) {
            handed.push((call, index));
        }
    }

    fn lend(&self, site: &CallSite, index: u16) -> Taken {
        let mut lent = self.lent.borrow_mut();
        if !lent.contains(&(site.expr, index)) {
            lent.push((site.expr, index));
        }
        if self.trusting.get() { Taken::Escaped } else { Taken::Borrowed }
    }

    /// Named in the options of an ordinary call, which borrows like any other: `save(order, { session })`.
    fn is_options(&self, site: &CallSite, callee: ExprId, argument: ExprId, name: &str) -> bool {
        matches!(self.context.module.kind(argument), ExprKind::Object(_))
            && !site.shape.constructs
            && !words::hands_on(name)
            && !self.is_callback(callee)
            && self.context.uses(site.expr) != Use::Returned
    }

    /// It is put into a collection.
    fn inserted(&self, state: &mut State, site: &CallSite, callee: ExprId, name: &str) -> Option<Taken> {
        let module = self.context.module;
        let ExprKind::Member { object, .. } = module.kind(callee) else { return None };
        if !words::inserts(name) || site.shape.constructs {
            return None;
        }
        match module.kind(*object) {
            ExprKind::Variable(id) if self.is_fresh(*id) => {
                state.add(Holder::Container(*id));
                Some(Taken::Borrowed)
            }
            _ if self.is_it(state, *object) => Some(Taken::Borrowed),
            _ => Some(Taken::Escaped),
        }
    }

    fn receiver(&self, state: &State, site: &CallSite, callee: ExprId) -> Receiver {
        let module = self.context.module;
        let ExprKind::Member { object, name, .. } = module.kind(module.peel(callee)) else {
            // `knex('orders')`: a client that is a function is asked by a call.
            let asked = if self.acquire.kind == "client" { Receiver::Used } else { Receiver::Escapes };
            return if self.is_it(state, callee) { asked } else { Receiver::None };
        };
        if !self.is_it(state, *object) {
            return Receiver::None;
        }
        let wraps = site.wrappers.iter().any(|wrapper| wrapper.argument == Part::Receiver);
        let fresh = state.has(Holder::Temporary(module.peel(*object))) || state.has(Holder::Temporary(*object));
        // The builder of a client, whose methods give the builder and at last the client.
        let builds = fresh && self.acquire.kind == "client" && self.context.family() == Family::Java;
        // What the tables name says that the result stands for itself.
        let lends = site
            .borrows
            .iter()
            .flat_map(|borrow| &borrow.call)
            .any(|call| !call.is_wild() && call.name == name.as_str());
        // `new Options().setCreateIfMissing(true)`: a setter whose result is used gives the object itself.
        let java = self.context.family() == Family::Java;
        let fluent = java && words::is_setter(name) && self.context.uses(site.expr) != Use::Dropped;
        // `allocator.buffer(8).order(LITTLE_ENDIAN).writeInt(n)`: what does not read from memory gives it again.
        let reads = name.starts_with("read") || words::is_getter(name);
        let fluent = fluent || self.acquire.memory && fresh && !reads && self.context.uses(site.expr) != Use::Dropped;
        if java && words::enrols(name) {
            return Receiver::Escapes;
        }
        // A thread or the like that was made of it runs from here on, and has it.
        if state.kept && name == "start" && self.context.family() == Family::Python {
            return Receiver::Escapes;
        }
        let gives = wraps
            || builds
            || fluent
            || fresh && (self.returns_handle(site) || java && self.enters_chain(site))
            || !lends && words::derives(name)
            || (!lends && words::returns_self(name) && (fresh || self.context.family() == Family::Java));
        if gives { Receiver::Gives } else { Receiver::Used }
    }
}

/// What the receiver of a call is.
enum Receiver {
    None,
    /// A method of it is called.
    Used,
    /// A method of it is called whose result stands for it.
    Gives,
    Escapes,
}
