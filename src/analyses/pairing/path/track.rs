//! What a step does to an obligation: releases it, hands it on, gives it another name, or loses it.

use std::cell::{Cell, RefCell};

use super::guards::Guards;
use super::state::{Holder, State};
use super::summary::Summaries;
use super::ways::Leak;
use super::words;
use crate::analyses::context::{CallSite, Context};
use crate::catalogue::Acquire;
use crate::lang::Family;
use crate::model::{AssignOp, ExprId, ExprKind, FunctionId, Literal, Place, Step, VariableId, VariableKind};

/// What a step does.
#[derive(Debug)]
pub enum Effect {
    Go,
    Released(ExprId),
    /// Someone else answers for it from here on.
    Escaped,
    /// Given back to the caller.
    Returned,
    Lost(Loss),
    /// A callback that has it loses it.
    LostWithin(Box<Within>),
}

/// How it is lost, other than by leaving the function with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The last name of it is given another value.
    Overwritten(ExprId),
    /// Nobody took the value.
    Dropped(ExprId),
}

/// What a callback does with it that runs once, sooner or later.
#[derive(Debug)]
pub struct Within {
    pub leak: Leak,
    pub released: Vec<ExprId>,
}

/// How an acquisition is told from others.
#[derive(Clone, Copy)]
pub enum Identity<'a> {
    /// By its handle, which is followed from this call on.
    Handle(&'a CallSite),
    /// By its key: these calls release it.
    Key(&'a dyn Fn(&CallSite) -> bool),
}

/// An obligation on its way through a function.
pub struct Tracker<'a> {
    pub context: &'a Context<'a>,
    pub summaries: &'a Summaries,
    pub guards: &'a Guards,
    pub acquire: &'a Acquire,
    pub function: FunctionId,
    /// The function that acquires: this one, or one around this callback.
    pub outer: FunctionId,
    pub identity: Identity<'a>,
    /// The call that acquires, whose result says whether it did: `if (lock.tryLock())`.
    pub acquired: Option<ExprId>,
    /// The place of a handle that has a name of its own: it is there, and open.
    pub held: Option<Place>,
    /// Only an exception loses it: the function need not release it where it was not acquired.
    pub raised_only: bool,
    /// How many callbacks deep this function is.
    pub depth: u8,
    /// Calls of unknown functions that were lent it, with the argument's number.
    pub lent: RefCell<Vec<(ExprId, u16)>>,
    /// Whether unknown functions are taken to answer for what they are lent.
    pub(super) trusting: Cell<bool>,
    /// All calls that were given it, with the argument's number.
    pub(super) handed: RefCell<Vec<(ExprId, u16)>>,
    /// Calls that are taken not to fail.
    pub(super) calm: RefCell<Vec<ExprId>>,
    /// Functions that are being asked whether they release it: one may call itself.
    pub(super) asked: RefCell<Vec<FunctionId>>,
}

impl<'a> Tracker<'a> {
    #[must_use]
    pub fn new(
        context: &'a Context<'a>,
        summaries: &'a Summaries,
        guards: &'a Guards,
        acquire: &'a Acquire,
        function: FunctionId,
        identity: Identity<'a>,
    ) -> Self {
        Self {
            context,
            summaries,
            guards,
            acquire,
            function,
            outer: function,
            identity,
            acquired: None,
            held: None,
            raised_only: false,
            depth: 0,
            lent: RefCell::default(),
            trusting: Cell::new(false),
            handed: RefCell::default(),
            calm: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// Whether a call was given it.
    #[must_use]
    pub fn was_handed(&self, call: ExprId) -> bool {
        self.handed.borrow().iter().any(|(handed, _)| *handed == call)
    }

    /// Whether `yield` hands the thing to the body of a `with`, which may raise.
    #[must_use]
    pub fn yields_to_with(&self) -> bool {
        self.context.module.functions[self.function].annotations.iter().any(|annotation| {
            let name = annotation.name.as_str();
            name.contains("contextmanager") || name.contains("fixture")
        })
    }

    /// Whether the method begins the work of its object, by a call of the program and not of a framework.
    #[must_use]
    pub fn starts_up(&self) -> bool {
        let function = &self.context.module.functions[self.function];
        self.context.family() == Family::Java
            && function.kind == crate::model::FunctionKind::Method
            && function.annotations.iter().all(|annotation| annotation.name == "Override")
            && function.name.as_deref().is_some_and(words::starts_up)
    }

    /// What a step does to the state.
    pub fn follow(&self, state: &mut State, step: &Step) -> Effect {
        let effect = match self.identity {
            Identity::Key(releases) => self.follow_key(step, releases),
            Identity::Handle(_) => self.follow_handle(state, step),
        };
        self.guards.follow(self.context.module, state, step);
        if let Step::Eval(expr) = step
            && let ExprKind::Assign { target, value, .. } = self.context.module.kind(*expr)
            && self.acquired.is_some()
            && self.acquired == Some(self.context.module.peel(*value))
            && let ExprKind::Variable(id) = self.context.module.kind(*target)
        {
            self.guards.set(state, *id, Some(true));
        }
        effect
    }

    fn follow_key(&self, step: &Step, releases: &dyn Fn(&CallSite) -> bool) -> Effect {
        // `return lock`: the caller has what is held.
        let held = |expr: ExprId| self.held.is_some() && self.context.place(expr) == self.held;
        let expr = match step {
            Step::Eval(expr) => expr,
            Step::Return(Some(value), _) if held(*value) => return Effect::Escaped,
            _ => return Effect::Go,
        };
        match self.context.module.kind(*expr) {
            // `new Guard(file, permit)`
            ExprKind::Call { arguments, constructs: true, .. } if arguments.iter().any(|given| held(given.value)) => {
                Effect::Escaped
            }
            ExprKind::Call { callee, .. } => {
                let Some(site) = self.context.site_of(*expr) else { return Effect::Go };
                let by_helper = || {
                    let helper = self.context.module.local_function(*callee);
                    helper.is_some_and(|helper| {
                        self.summaries.sites_within(self.context, helper).into_iter().any(releases)
                    })
                };
                if releases(site) || by_helper() { Effect::Released(*expr) } else { Effect::Go }
            }
            // Whoever has the closure releases it.
            ExprKind::Function(function) => {
                let found = self.summaries.sites_within(self.context, *function).into_iter().any(releases);
                if found { Effect::Released(*expr) } else { Effect::Go }
            }
            _ => Effect::Go,
        }
    }

    fn follow_handle(&self, state: &mut State, step: &Step) -> Effect {
        let module = self.context.module;
        match step {
            Step::Eval(expr) => self.evaluate(state, *expr),
            Step::Enter { value, target, .. } => {
                if !self.is_it(state, *value) && !self.has_it(state, *value) {
                    return Effect::Go;
                }
                if self.ends_with_block(*value) {
                    return Effect::Released(*value);
                }
                let effect = target.map_or(Effect::Go, |target| self.keep(state, target, false));
                self.consume(state, *value);
                effect
            }
            Step::Leave(value) => {
                let own = self.ends_with_block(*value)
                    && self
                        .guards
                        .entered
                        .get(value)
                        .into_iter()
                        .flatten()
                        .any(|id| state.has(Holder::Parent(*id)) || state.has(Holder::Variable(*id)));
                if own { Effect::Released(*value) } else { Effect::Go }
            }
            Step::Element { target, iterable, .. } => self.element(state, *target, *iterable),
            Step::Return(Some(value), _) => {
                // What a field has stays with the object.
                if state.fields().next().is_some() && (self.is_it(state, *value) || self.has_it(state, *value)) {
                    return Effect::Escaped;
                }
                if self.is_it(state, *value) {
                    // An object of an unknown class that was given it answers for it.
                    return if state.kept { Effect::Escaped } else { Effect::Returned };
                }
                if self.is_child(state, *value) {
                    return Effect::Escaped;
                }
                if self.has_it(state, *value) || self.names_releaser(state, *value) {
                    return Effect::Escaped;
                }
                Effect::Go
            }
            Step::Throw(Some(value), _) if self.is_it(state, *value) || self.has_it(state, *value) => Effect::Escaped,
            Step::Caught(Some(id)) => {
                state.remove(Holder::Variable(*id));
                let _ = module;
                Effect::Go
            }
            _ => Effect::Go,
        }
    }

    /// Whether leaving the block of `with` ends what it entered: a connection of Python's DB API stays open, unless
    /// something around it closes it.
    fn ends_with_block(&self, value: ExprId) -> bool {
        self.acquire.entered || self.context.site_of(value).is_some_and(|site| !site.wrappers.is_empty())
    }

    fn evaluate(&self, state: &mut State, expr: ExprId) -> Effect {
        let module = self.context.module;
        match module.kind(expr) {
            ExprKind::Call { .. } => self.call(state, expr),
            ExprKind::Assign { target, value, operator: AssignOp::Set | AssignOp::SetIfMissing, .. } => {
                self.assign(state, expr, *target, *value)
            }
            ExprKind::Function(function) => self.closure(state, expr, *function),
            ExprKind::Class(class) => {
                let methods = &module.classes[*class].methods;
                let captures = methods.iter().any(|method| self.captures(state, *method));
                if captures { Effect::Escaped } else { Effect::Go }
            }
            ExprKind::Yield(Some(value)) if self.is_it(state, *value) || self.has_it(state, *value) => {
                if self.yields_to_with() { Effect::Go } else { Effect::Escaped }
            }
            ExprKind::Unary { operand, .. } if self.context.family() == Family::Python => match module.kind(*operand) {
                // `del x`
                ExprKind::Variable(id) if state.has(Holder::Variable(*id)) => Effect::Released(expr),
                _ => Effect::Go,
            },
            ExprKind::Comprehension { element, .. } => {
                let taken: Vec<ExprId> =
                    state.temporaries().filter(|temporary| self.is_part(*temporary, element)).collect();
                for temporary in &taken {
                    state.remove(Holder::Temporary(*temporary));
                }
                if !taken.is_empty() || element.iter().any(|part| self.is_it(state, *part)) {
                    state.add(Holder::Temporary(expr));
                }
                Effect::Go
            }
            ExprKind::Opaque(_) | ExprKind::Markup { .. } => {
                let taken = self
                    .context
                    .module
                    .kind(expr)
                    .parts()
                    .iter()
                    .any(|part| self.is_it(state, *part) || self.has_it(state, *part));
                if taken { Effect::Escaped } else { Effect::Go }
            }
            _ => Effect::Go,
        }
    }

    fn is_part(&self, temporary: ExprId, element: &[ExprId]) -> bool {
        let mut at = temporary;
        loop {
            if element.contains(&at) {
                return true;
            }
            match self.context.parent(at) {
                Some(parent) if !matches!(self.context.module.kind(parent), ExprKind::Call { .. }) => at = parent,
                _ => return false,
            }
        }
    }

    /// Whether a step is that of a loop that ends what it reads: however `for await` is left, the iterator of a stream
    /// destroys it.
    #[must_use]
    pub fn drains(&self, state: &State, step: &Step) -> Option<ExprId> {
        match step {
            Step::Element { iterable, asynchronous: true, .. }
                if self.context.family() == Family::JavaScript && self.is_it(state, *iterable) =>
            {
                Some(*iterable)
            }
            _ => None,
        }
    }

    fn element(&self, state: &mut State, target: ExprId, iterable: ExprId) -> Effect {
        let module = self.context.module;
        let contained = self.contains_it(state, iterable);
        let mut queue = vec![target];
        while let Some(expr) = queue.pop() {
            match module.kind(expr) {
                ExprKind::Variable(id) if contained => state.add(Holder::Variable(*id)),
                ExprKind::Variable(id) => {
                    state.remove(Holder::Variable(*id));
                }
                ExprKind::List { items, .. } => queue.extend(items),
                _ => {}
            }
        }
        if state.dropped.is_none() && state.is_lost() { Effect::Lost(Loss::Overwritten(target)) } else { Effect::Go }
    }

    fn assign(&self, state: &mut State, expr: ExprId, target: ExprId, value: ExprId) -> Effect {
        let module = self.context.module;
        if let (ExprKind::List { items: targets, .. }, ExprKind::List { items: values, .. }) =
            (module.kind(target), module.kind(module.peel(value)))
            && targets.len() == values.len()
        {
            for (target, value) in targets.iter().zip(values) {
                match self.assign(state, expr, *target, *value) {
                    Effect::Go => {}
                    other => return other,
                }
            }
            return Effect::Go;
        }
        let (is, has) = (self.is_it(state, value), self.has_it(state, value));
        if is || has {
            let effect = self.keep(state, target, has && !is);
            self.consume(state, value);
            return effect;
        }
        // `speed[sock] = 0`: a key is kept as its value is.
        if let ExprKind::Index { key, .. } = module.kind(target)
            && self.context.family() == Family::Python
            && self.is_it(state, *key)
        {
            return self.keep(state, target, true);
        }
        if let ExprKind::Member { object, name, .. } = module.kind(module.peel(value))
            && words::closes(name)
            && self.is_it(state, *object)
        {
            return Effect::Escaped;
        }
        if self.names_releaser(state, value) && !self.is_own_variable(target) {
            return Effect::Escaped;
        }
        let removed = match module.kind(target) {
            ExprKind::Variable(id) => state.remove(Holder::Variable(*id)) | state.remove(Holder::Container(*id)),
            ExprKind::Member { .. } => {
                self.field_holder(state, target).is_some_and(|holder| state.remove(Holder::Field(holder)))
            }
            _ => false,
        };
        if removed && state.is_lost() { Effect::Lost(Loss::Overwritten(expr)) } else { Effect::Go }
    }

    /// Whether a target is a field of the object that the function belongs to.
    fn is_field(&self, target: ExprId) -> bool {
        matches!(self.context.module.kind(target), ExprKind::Member { object, .. }
            if matches!(self.context.module.kind(*object), ExprKind::This(_)))
    }

    /// The field that has it, under the name of another expression.
    pub(super) fn field_holder(&self, state: &State, expr: ExprId) -> Option<ExprId> {
        let mut fields = state.fields().peekable();
        fields.peek()?;
        let place = self.context.place(expr)?;
        fields.find(|field| self.context.place(*field).as_ref() == Some(&place))
    }

    /// The value is stored in a target.
    fn keep(&self, state: &mut State, target: ExprId, contained: bool) -> Effect {
        let module = self.context.module;
        match module.kind(target) {
            ExprKind::Variable(id) if self.is_own(*id) => {
                state.add(if contained { Holder::Container(*id) } else { Holder::Variable(*id) });
                Effect::Go
            }
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => {
                if self.is_it(state, *object) {
                    return Effect::Go;
                }
                if !contained && self.is_field(target) {
                    state.add(Holder::Field(target));
                    return Effect::Go;
                }
                match module.kind(*object) {
                    ExprKind::Variable(id) if self.is_fresh(*id) => {
                        state.add(Holder::Container(*id));
                        Effect::Go
                    }
                    // `image.src = url` copies a text; who made it still has to revoke it.
                    ExprKind::Variable(id) if self.is_own(*id) && self.acquire.kind == "object-url" => Effect::Go,
                    _ => Effect::Escaped,
                }
            }
            _ => Effect::Escaped,
        }
    }

    pub(super) fn is_own_variable(&self, target: ExprId) -> bool {
        matches!(self.context.module.kind(target), ExprKind::Variable(id) if self.is_own(*id))
    }

    /// Whether a variable lives and dies with this activation of the function.
    #[must_use]
    pub fn is_own(&self, variable: VariableId) -> bool {
        let variable = &self.context.module.variables[variable];
        variable.function == self.function
            && matches!(variable.kind, VariableKind::Local | VariableKind::Parameter(_) | VariableKind::Caught)
    }

    /// Whether a variable has a collection or object made here.
    #[must_use]
    pub fn is_fresh(&self, variable: VariableId) -> bool {
        let module = self.context.module;
        let data = &module.variables[variable];
        self.is_own(variable)
            && matches!(data.kind, VariableKind::Local)
            && !data.values.is_empty()
            && data.values.iter().all(|value| {
                matches!(
                    module.kind(*value),
                    ExprKind::Object(_)
                        | ExprKind::List { .. }
                        | ExprKind::Comprehension { .. }
                        | ExprKind::Literal(Literal::Null)
                ) || matches!(module.kind(*value), ExprKind::Call { callee, .. } if self.makes_collection(*callee))
            })
    }

    fn makes_collection(&self, callee: ExprId) -> bool {
        let Some(path) = self.context.module.path(callee) else { return false };
        matches!(
            path.last(),
            "ArrayList"
                | "LinkedList"
                | "HashMap"
                | "LinkedHashMap"
                | "TreeMap"
                | "HashSet"
                | "ArrayDeque"
                | "Map"
                | "Set"
                | "Array"
                | "list"
                | "dict"
                | "set"
                | "deque"
                | "OrderedDict"
                | "defaultdict"
                | "Stack"
                | "Vector"
        )
    }
}
