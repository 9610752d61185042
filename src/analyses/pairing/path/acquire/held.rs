//! Which expressions stand for the thing that is followed, and which functions have it.

use crate::analyses::context::CallSite;
use crate::analyses::pairing::path::guards::{self, Test};
use crate::analyses::pairing::path::state::{Holder, State};
use crate::analyses::pairing::path::track::{Identity, Tracker};
use crate::analyses::pairing::path::{raises, words};
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Step, UnaryOp, VariableKind};

impl Tracker<'_> {
    /// Whether a function that captures it also releases it.
    #[must_use]
    pub fn releases_in(&self, state: &State, function: FunctionId) -> bool {
        !self.releases_by(state, function).is_empty()
    }

    /// The calls by which a function that captures it releases it.
    pub(in crate::analyses::pairing::path) fn releases_by(&self, state: &State, function: FunctionId) -> Vec<ExprId> {
        let state = &self.with_turns(state, function);
        let releases = |site: &CallSite| {
            self.release(state, site)
                || match self.context.module.kind(site.expr) {
                    ExprKind::Call { arguments, .. } => arguments.iter().enumerate().any(|(index, argument)| {
                        (self.is_it(state, argument.value) || self.has_it(state, argument.value))
                            && (self.is_releaser(argument.value)
                                || words::hands_on(&raises::name_of(self.context, site, self.callee(site.expr)))
                                || self.helper_releases(site, argument.name.as_deref(), index))
                    }),
                    _ => false,
                }
        };
        if self.asked.borrow().contains(&function) {
            return Vec::new();
        }
        self.asked.borrow_mut().push(function);
        let sites = self.summaries.sites_within(self.context, function);
        let found = sites.into_iter().filter(|site| releases(site)).map(|site| site.expr).collect();
        self.asked.borrow_mut().pop();
        found
    }

    /// The state with the variables of loops over lists that are written out with it:
    /// `for (const one of [socket, server]) one.close()`.
    fn with_turns(&self, state: &State, function: FunctionId) -> State {
        let module = self.context.module;
        let mut state = state.clone();
        let steps = module.functions[function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps);
        for step in steps {
            if let Step::Element { target, iterable, .. } = step
                && let (ExprKind::Variable(id), ExprKind::List { items, .. }) =
                    (module.kind(*target), module.kind(module.peel(*iterable)))
                && items.iter().any(|item| self.is_it(&state, *item))
            {
                state.add(Holder::Variable(*id));
            }
        }
        state
    }

    /// Whether an expression names the function that came along to release it: whoever is given that will call it.
    pub(in crate::analyses::pairing::path) fn is_releaser(&self, expr: ExprId) -> bool {
        let Some(Part::CallbackParameter(_, index)) = self.acquire.releaser else { return false };
        let module = self.context.module;
        matches!(module.kind(expr), ExprKind::Variable(id)
            if module.variables[*id].function == self.outer
                && module.variables[*id].kind == VariableKind::Parameter(index))
    }

    /// Whether a call runs a function of the file that releases the argument.
    fn helper_releases(&self, site: &CallSite, keyword: Option<&str>, index: usize) -> bool {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let fate = |helper| self.summaries.argument(self.context, site, helper, keyword, index);
        site.callee.and_then(fate).is_some_and(|fate| fate.ends(self.acquire))
    }

    pub(in crate::analyses::pairing::path) fn callee(&self, call: ExprId) -> ExprId {
        match self.context.module.kind(call) {
            ExprKind::Call { callee, .. } => *callee,
            _ => call,
        }
    }

    /// Whether an expression names a function of this one that captures it: `return close`.
    #[must_use]
    pub fn names_releaser(&self, state: &State, expr: ExprId) -> bool {
        let module = self.context.module;
        match module.kind(module.peel(expr)) {
            ExprKind::Variable(_) => module.local_function(expr).is_some_and(|function| self.captures(state, function)),
            ExprKind::Function(function) => self.captures(state, *function),
            ExprKind::Object(properties) => {
                properties.iter().any(|property| self.names_releaser(state, property.value))
            }
            ExprKind::List { items, .. } => items.iter().any(|item| self.names_releaser(state, *item)),
            _ => false,
        }
    }

    /// Whether an expression gives the thing itself, or something that stands for it.
    #[must_use]
    pub fn is_it(&self, state: &State, expr: ExprId) -> bool {
        let module = self.context.module;
        let temporary = Holder::Temporary(expr);
        match module.kind(expr) {
            ExprKind::Variable(id) => state.has(Holder::Variable(*id)),
            ExprKind::Call { .. } => state.has(temporary),
            ExprKind::Member { .. } => self.field_holder(state, expr).is_some(),
            ExprKind::Cast { value, .. } | ExprKind::Await(value) | ExprKind::Spread(value) => {
                self.is_it(state, *value)
            }
            // `options["loop"] = loop = new_loop()`: the inner assignment took it already.
            ExprKind::Assign { target, value, .. } => self.is_it(state, *value) || self.is_it(state, *target),
            ExprKind::Conditional { then, otherwise, .. } => self.is_it(state, *then) || self.is_it(state, *otherwise),
            ExprKind::Logical { left, right, .. } => self.is_it(state, *left) || self.is_it(state, *right),
            ExprKind::Sequence(parts) => parts.last().is_some_and(|last| self.is_it(state, *last)),
            ExprKind::Index { object, .. } => {
                matches!(module.kind(*object), ExprKind::Variable(id) if state.has(Holder::Container(*id)))
            }
            _ => false,
        }
    }

    /// Whether an expression gives something that was got from it and needs it: a result set of a statement, which whoever
    /// has it can still close.
    #[must_use]
    pub fn is_child(&self, state: &State, expr: ExprId) -> bool {
        let module = self.context.module;
        let got = |value: ExprId| match module.kind(module.peel(value)) {
            ExprKind::Call { callee, .. } => match module.kind(*callee) {
                ExprKind::Member { object, .. } => {
                    self.is_it(state, *object)
                        && self.context.site_of(module.peel(value)).is_some_and(|site| !site.acquires.is_empty())
                }
                _ => false,
            },
            _ => false,
        };
        match module.kind(module.peel(expr)) {
            ExprKind::Variable(id) => module.variables[*id].values.iter().any(|value| got(*value)),
            // The item of a data file reads from it.
            ExprKind::Index { object, .. } => self.context.family() == Family::Python && self.is_it(state, *object),
            _ => got(expr),
        }
    }

    /// What a condition says where it tests whether the acquisition succeeded.
    #[must_use]
    pub fn succeeded(&self, condition: ExprId) -> Option<bool> {
        let acquired = self.acquired?;
        let module = self.context.module;
        let (mut at, mut holds) = (condition, true);
        while let ExprKind::Unary { operator: UnaryOp::Not, operand } = module.kind(at) {
            (at, holds) = (*operand, !holds);
        }
        (self.context.definition(at) == acquired).then_some(holds)
    }

    /// What a condition says where it asks for state of the thread that is set: `if (USER.get() != null) USER.remove()`,
    /// or for the value that the release puts back, which was there before.
    #[must_use]
    pub fn set_before(&self, condition: ExprId) -> Option<bool> {
        let Identity::Key(releases) = self.identity else { return None };
        let context = self.context;
        let (Test::Exists(tested), holds) = guards::read(context.module, condition).filter(|_| self.acquire.thread)?
        else {
            return None;
        };
        let tested = context.module.peel(tested);
        let value = context.definition(tested);
        let got = context
            .site_of(value)
            .filter(|site| site.shape.method.as_deref().is_some_and(|name| name.starts_with("get")));
        let state = got.and_then(|site| context.part(site.expr, &Part::Receiver));
        let asks = |site: &CallSite| {
            let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
            arguments.iter().any(|argument| context.same_place(argument.value, tested))
                || state
                    .zip(context.part(site.expr, &Part::Receiver))
                    .is_some_and(|(state, object)| context.same_place(state, object))
        };
        context.sites_in(self.function).any(|site| releases(site) && asks(site)).then_some(holds)
    }

    /// Whether an expression names what it was got from, which is there as long as it is.
    #[must_use]
    pub fn is_parent(&self, state: &State, expr: ExprId) -> bool {
        matches!(self.context.module.kind(expr), ExprKind::Variable(id) if state.has(Holder::Parent(*id)))
    }

    /// Whether an expression gives a list or object with the thing in it.
    #[must_use]
    pub fn has_it(&self, state: &State, expr: ExprId) -> bool {
        let module = self.context.module;
        let any = |parts: &[ExprId]| parts.iter().any(|part| self.is_it(state, *part) || self.has_it(state, *part));
        match module.kind(expr) {
            ExprKind::List { items, .. } => any(items),
            ExprKind::Object(properties) => properties
                .iter()
                .any(|property| self.is_it(state, property.value) || self.has_it(state, property.value)),
            ExprKind::Variable(_) | ExprKind::Comprehension { .. } => self.contains_it(state, expr),
            ExprKind::Cast { value, .. } | ExprKind::Await(value) | ExprKind::Spread(value) => {
                self.has_it(state, *value)
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                self.has_it(state, *then) || self.has_it(state, *otherwise)
            }
            ExprKind::Logical { left, right, .. } => self.has_it(state, *left) || self.has_it(state, *right),
            ExprKind::MethodReference { object, .. } => self.is_it(state, *object),
            // `send(params.toArray())`
            ExprKind::Call { callee, arguments, .. } if arguments.is_empty() => {
                matches!(module.kind(*callee), ExprKind::Member { object, name, .. }
                    if words::gives_elements(name) && self.contains_it(state, *object))
            }
            _ => false,
        }
    }

    pub(in crate::analyses::pairing::path) fn contains_it(&self, state: &State, expr: ExprId) -> bool {
        match self.context.module.kind(expr) {
            ExprKind::Variable(id) => state.has(Holder::Container(*id)),
            ExprKind::Comprehension { .. } => state.has(Holder::Temporary(expr)),
            ExprKind::Call { callee, arguments, .. } => {
                let receiver = match self.context.module.kind(*callee) {
                    ExprKind::Member { object, .. } => self.contains_it(state, *object),
                    _ => false,
                };
                receiver || arguments.iter().any(|argument| self.contains_it(state, argument.value))
            }
            _ => false,
        }
    }

    /// Takes the temporaries out that stand in an expression: it was used.
    pub(in crate::analyses::pairing::path) fn consume(&self, state: &mut State, expr: ExprId) {
        let used: Vec<ExprId> = state
            .temporaries()
            .filter(|temporary| self.context.span(expr).contains(self.context.span(*temporary)))
            .collect();
        for temporary in used {
            state.remove(Holder::Temporary(temporary));
        }
    }
}
