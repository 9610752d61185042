//! Conditions that are tested more than once: the second test knows the answer of the first.

use rustc_hash::FxHashMap;

use super::state::State;
use super::words;
use crate::catalogue::words::growth;
use crate::lang::Family;
use crate::model::{
    AssignOp, BlockId, Cfg, ExprId, ExprKind, FunctionId, Literal, Module, Root, Step, Terminator, UnaryOp, VariableId,
    VariableKind,
};

/// How the names of tests begin that are answered alike all the time.
const PLATFORM: &str = "typeof";

/// How many conditions of a function are tracked.
const MOST: usize = 24;

/// A condition, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// The value is there: not null, not false.
    Exists(ExprId),
    /// The resource is still open: `isOpen()`; closed when negated.
    Open(ExprId),
    /// Some other comparison, by its text.
    Other(String),
}

/// The conditions of one function.
#[derive(Debug, Default)]
pub struct Guards {
    keys: FxHashMap<String, u16>,
    /// The keys that a variable's assignment makes unknown.
    roots: FxHashMap<VariableId, Vec<u16>>,
    /// The key of a test for each variable.
    exists: FxHashMap<VariableId, u16>,
    /// What is known at the start of each block.
    known: FxHashMap<BlockId, Vec<(u16, bool)>>,
    /// What each managed block entered: the variable or call that stands for it.
    pub entered: FxHashMap<ExprId, Vec<VariableId>>,
}

fn entered(module: &Module, cfg: &Cfg) -> FxHashMap<ExprId, Vec<VariableId>> {
    let mut entered = FxHashMap::default();
    for step in cfg.blocks.iter().flat_map(|(_, block)| &block.steps) {
        let Step::Enter { value, target, .. } = step else { continue };
        let assigned = match module.kind(*value) {
            ExprKind::Assign { target, .. } => Some(*target),
            ExprKind::Variable(_) => Some(*value),
            _ => None,
        };
        let names = assigned.into_iter().chain(*target).filter_map(|expr| match module.kind(expr) {
            ExprKind::Variable(id) => Some(*id),
            _ => None,
        });
        entered.insert(*value, names.collect());
    }
    entered
}

/// Reads a condition: what it tests, and whether it holds when the test does.
#[must_use]
pub fn read(module: &Module, condition: ExprId) -> Option<(Test, bool)> {
    match module.kind(condition) {
        ExprKind::Unary { operator: UnaryOp::Not, operand } => {
            read(module, *operand).map(|(test, holds)| (test, !holds))
        }
        ExprKind::Cast { value, .. } | ExprKind::Await(value) => read(module, *value),
        ExprKind::Assign { value, .. } => read(module, *value),
        ExprKind::Binary { operator, left, right } => binary(module, operator, *left, *right),
        ExprKind::Call { callee, arguments, .. } => {
            call(module, condition, *callee, arguments.first().map(|argument| argument.value))
        }
        ExprKind::Member { object, name, .. }
            if matches!(name.as_str(), "closed" | "destroyed" | "is_closed" | "ended") =>
        {
            Some((Test::Open(*object), false))
        }
        ExprKind::Variable(_) | ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::This(_) => {
            Some((Test::Exists(condition), true))
        }
        ExprKind::TypeTest { value, ty } => {
            let closeable = ty.as_ref().is_some_and(|ty| words::must_close(ty.name.last()));
            closeable.then_some((Test::Exists(*value), true))
        }
        _ => None,
    }
}

/// The list that a condition asks whether there is anything in it, and whether it holds when there is.
#[must_use]
pub fn filled(module: &Module, condition: ExprId) -> Option<(ExprId, bool)> {
    let size = |expr: ExprId| match module.kind(expr) {
        ExprKind::Member { object, name, .. } if growth::is_size(name) => Some(*object),
        _ => None,
    };
    let number = |expr: ExprId, wanted: &str| matches!(module.kind(expr), ExprKind::Literal(Literal::Number(number)) if number == wanted);
    match module.kind(condition) {
        ExprKind::Unary { operator: UnaryOp::Not, operand } => {
            filled(module, *operand).map(|(list, holds)| (list, !holds))
        }
        ExprKind::Binary { operator, left, right } => match operator.as_str() {
            "===" | "==" if number(*right, "0") => size(*left).map(|list| (list, false)),
            "<" if number(*right, "1") => size(*left).map(|list| (list, false)),
            "!==" | "!=" | ">" if number(*right, "0") => size(*left).map(|list| (list, true)),
            _ => None,
        },
        _ => size(condition).map(|list| (list, true)),
    }
}

/// The name of a test of what the platform has, which it has all the time: `typeof Worker !== 'function'`.
fn of_platform(module: &Module, left: ExprId, right: ExprId) -> Option<String> {
    let ExprKind::Unary { operator: UnaryOp::Other, operand } = module.kind(left) else { return None };
    match (module.kind(*operand), module.kind(right)) {
        (ExprKind::Global(name), ExprKind::Literal(Literal::String(ty))) => Some(format!("{PLATFORM} {name} {ty}")),
        _ => None,
    }
}

/// The thing that says of itself that it is closed: `context.state === 'closed'`.
fn asks_state(module: &Module, left: ExprId, right: ExprId) -> Option<ExprId> {
    match (module.kind(left), module.kind(right)) {
        (ExprKind::Member { object, name, .. }, ExprKind::Literal(Literal::String(state))) => {
            let says = matches!(name.as_str(), "state" | "readyState" | "status");
            let ended = matches!(state.as_str(), "closed" | "inactive" | "ended" | "destroyed" | "disconnected");
            (says && ended).then_some(*object)
        }
        _ => None,
    }
}

/// The thing that may be the one which the object keeps for itself: `connection === this.shared`.
fn asks_owner(module: &Module, left: ExprId, right: ExprId) -> Option<ExprId> {
    let local = matches!(module.kind(left), ExprKind::Variable(_));
    let kept = module.place(right).is_some_and(|place| matches!(place.root, Root::This(_)) && place.field().is_some());
    (module.language.family() == Family::JavaScript && local && kept).then_some(left)
}

fn binary(module: &Module, operator: &str, left: ExprId, right: ExprId) -> Option<(Test, bool)> {
    let equal = match operator {
        "==" | "===" | "is" => true,
        "!=" | "!==" | "is not" => false,
        ">" | ">=" if is_number(module, right) => return Some((Test::Exists(left), true)),
        "<" if is_number(module, right) => return Some((Test::Exists(left), false)),
        _ => return None,
    };
    if module.is_null(right) {
        return Some((Test::Exists(peel(module, left)), !equal));
    }
    if module.is_null(left) {
        return Some((Test::Exists(peel(module, right)), !equal));
    }
    if let ExprKind::Literal(Literal::Bool(value)) = module.kind(right) {
        return read(module, left).map(|(test, holds)| (test, holds == (equal == *value)));
    }
    let zero = matches!(module.kind(right), ExprKind::Literal(Literal::Number(number)) if number == "0");
    if zero || matches!(module.kind(right), ExprKind::Unary { .. }) {
        // `fd == -1`, `handle == 0`
        return Some((Test::Exists(left), !equal));
    }
    if let Some(object) = asks_state(module, left, right).or_else(|| asks_owner(module, left, right)) {
        return Some((Test::Open(object), !equal));
    }
    if let Some(name) = of_platform(module, left, right) {
        return Some((Test::Other(name), equal));
    }
    // `a != b` and `b != a` are one question.
    let mut sides = [module.place(left)?.to_string(), module.place(right)?.to_string()];
    sides.sort();
    Some((Test::Other(sides.join("=")), equal))
}

fn peel(module: &Module, expr: ExprId) -> ExprId {
    match module.kind(expr) {
        ExprKind::Assign { target, .. } => *target,
        _ => module.peel(expr),
    }
}

fn call(module: &Module, condition: ExprId, callee: ExprId, argument: Option<ExprId>) -> Option<(Test, bool)> {
    let name = match module.kind(callee) {
        ExprKind::Member { name, .. } => name.as_str(),
        ExprKind::Global(name) => name.as_str(),
        _ => "",
    };
    match (name, module.kind(callee), argument) {
        ("nonNull" | "hasattr" | "Boolean" | "bool", _, Some(argument)) => Some((Test::Exists(argument), true)),
        ("isNull", _, Some(argument)) => Some((Test::Exists(argument), false)),
        (name, ExprKind::Member { object, .. }, _) if words::asks_if_closed(name) => Some((Test::Open(*object), false)),
        // An iterator without another element is still open.
        (name, ExprKind::Member { object, .. }, _)
            if words::asks_if_open(name)
                && !module.type_of(*object).is_some_and(|ty| ty.name.last().ends_with("Iterator")) =>
        {
            Some((Test::Open(*object), true))
        }
        _ => module.place(condition).map(|place| (Test::Other(place.to_string()), true)),
    }
}

fn is_number(module: &Module, expr: ExprId) -> bool {
    matches!(module.kind(expr), ExprKind::Literal(Literal::Number(_)) | ExprKind::Unary { .. })
}

impl Guards {
    /// Reads the conditions of a function, and what is known of them where each block starts.
    #[must_use]
    pub fn new(module: &Module, function: FunctionId) -> Self {
        let cfg = &module.functions[function].cfg;
        let mut guards = Self { entered: entered(module, cfg), ..Self::default() };
        let mut seen: FxHashMap<String, (u16, Vec<VariableId>)> = FxHashMap::default();
        for (_, block) in cfg.blocks.iter() {
            if let Terminator::Branch { condition, .. } = &block.terminator
                && let Some((name, roots)) = name(module, *condition)
            {
                // Each round of a loop asks again what the function was told.
                let given = |root: &VariableId| matches!(module.variables[*root].kind, VariableKind::Parameter(_));
                let stays = name.starts_with(PLATFORM) || !roots.is_empty() && roots.iter().all(given);
                let again = block.loops > 0 && stays;
                seen.entry(name).or_insert((0, roots)).0 += if again { 2 } else { 1 };
            }
        }
        for block in cfg.blocks.iter().map(|(_, block)| block) {
            for step in &block.steps {
                if let Some((variable, Some(_))) = assigned(module, step)
                    && let Some(entry) = seen.get_mut(&format!("${}", variable.into_raw().into_u32()))
                {
                    entry.0 += 1;
                }
            }
        }
        let mut names: Vec<(String, Vec<VariableId>)> = seen
            .into_iter()
            .filter(|(name, (count, roots))| *count > 1 || is_parameter(module, name, roots))
            .map(|(name, (_, roots))| (name, roots))
            .collect();
        names.sort();
        names.truncate(MOST);
        for (index, (name, roots)) in names.into_iter().enumerate() {
            let key = u16::try_from(index).unwrap_or(u16::MAX);
            for root in roots {
                if name == format!("${}", root.into_raw().into_u32()) {
                    guards.exists.insert(root, key);
                }
                guards.roots.entry(root).or_default().push(key);
            }
            guards.keys.insert(name, key);
        }
        if !guards.keys.is_empty() {
            guards.solve(module, cfg);
        }
        guards
    }

    /// What is known where a block starts.
    #[must_use]
    pub fn at(&self, block: BlockId) -> Vec<(u16, bool)> {
        self.known.get(&block).cloned().unwrap_or_default()
    }

    /// The key of a condition, and whether the condition holds when the key does.
    #[must_use]
    pub fn key(&self, module: &Module, condition: ExprId) -> Option<(u16, bool)> {
        if self.keys.is_empty() {
            return None;
        }
        let (test, holds) = read(module, condition)?;
        let name = match test {
            Test::Exists(expr) => module.place(expr)?.to_string(),
            Test::Open(expr) => format!("open {}", module.place(expr)?),
            Test::Other(name) => name,
        };
        self.keys.get(&name).map(|key| (*key, holds))
    }

    /// What a variable's value says of the test of it.
    pub fn set(&self, state: &mut State, variable: VariableId, exists: Option<bool>) {
        for key in self.roots.get(&variable).into_iter().flatten() {
            state.forget(*key);
        }
        if let (Some(key), Some(exists)) = (self.exists.get(&variable), exists) {
            state.learn(*key, exists);
        }
    }

    /// A variable is known to be null: the error of a callback that was given a result.
    pub fn deny(&self, state: &mut State, variable: VariableId) {
        if let Some(key) = self.exists.get(&variable) {
            state.learn(*key, false);
        }
    }

    /// Follows a step, as far as conditions go.
    pub fn follow(&self, module: &Module, state: &mut State, step: &Step) {
        if self.keys.is_empty() {
            return;
        }
        match step {
            Step::Element { target, .. } => {
                if let ExprKind::Variable(id) = module.kind(*target) {
                    self.set(state, *id, None);
                }
            }
            // `fd, path = mkstemp()`
            Step::Eval(expr)
                if let ExprKind::Assign { target, .. } = module.kind(*expr)
                    && let ExprKind::List { items, .. } = module.kind(*target) =>
            {
                for item in items {
                    if let ExprKind::Variable(id) = module.kind(*item) {
                        self.set(state, *id, None);
                    }
                }
            }
            Step::Eval(expr) if let Some(variable) = receiver(module, *expr) => {
                if let Some(key) = self.exists.get(&variable) {
                    state.learn(*key, true);
                }
            }
            _ => {
                if let Some((variable, exists)) = assigned(module, step) {
                    self.set(state, variable, exists);
                }
            }
        }
    }

    /// What is known at the start of each block: what all ways to it agree on.
    fn solve(&mut self, module: &Module, cfg: &Cfg) {
        let mut known: FxHashMap<BlockId, State> = FxHashMap::default();
        known.insert(cfg.entry, State::default());
        let mut queue = vec![cfg.entry];
        let mut budget = 16 * cfg.blocks.len() + 64;
        while let Some(id) = queue.pop() {
            let Some(left) = budget.checked_sub(1) else { return };
            budget = left;
            let block = &cfg.blocks[id];
            let mut state = known.get(&id).cloned().unwrap_or_default();
            let mut raised = state.clone();
            for step in &block.steps {
                self.follow(module, &mut state, step);
                raised.meet(state.facts());
            }
            let mut send = |to: BlockId, state: State| match known.get_mut(&to) {
                None => {
                    known.insert(to, state);
                    queue.push(to);
                }
                Some(there) => {
                    if there.meet(state.facts()) {
                        queue.push(to);
                    }
                }
            };
            for edge in cfg.edges(id) {
                use crate::model::EdgeKind;
                match (&block.terminator, edge.kind) {
                    (Terminator::Branch { condition, .. }, EdgeKind::True | EdgeKind::False) => {
                        let mut state = state.clone();
                        if let Some((key, holds)) = self.key(module, *condition) {
                            state.learn(key, holds == (edge.kind == EdgeKind::True));
                        }
                        send(edge.to, state);
                    }
                    (_, EdgeKind::Exception) => send(edge.to, raised.clone()),
                    _ => send(edge.to, state.clone()),
                }
            }
        }
        self.known = known.into_iter().map(|(block, state)| (block, state.facts().to_vec())).collect();
    }
}

/// The test of a parameter: the error of a callback.
fn is_parameter(module: &Module, name: &str, roots: &[VariableId]) -> bool {
    roots.iter().any(|root| {
        matches!(module.variables[*root].kind, crate::model::VariableKind::Parameter(0))
            && name == format!("${}", root.into_raw().into_u32())
    })
}

/// The name of a condition and the variables it depends on.
fn name(module: &Module, condition: ExprId) -> Option<(String, Vec<VariableId>)> {
    let (test, _) = read(module, condition)?;
    let (name, exprs) = match test {
        Test::Exists(expr) => (module.place(expr)?.to_string(), vec![expr]),
        Test::Open(expr) => (format!("open {}", module.place(expr)?), vec![expr]),
        Test::Other(name) => (name, vec![condition]),
    };
    let mut roots = Vec::new();
    let mut queue = exprs;
    while let Some(expr) = queue.pop() {
        // What is asked of a thing, it is asked for something.
        if let ExprKind::Call { arguments, .. } = module.kind(expr) {
            queue.extend(arguments.iter().map(|argument| argument.value));
        }
        match module.place(expr).map(|place| place.root) {
            Some(Root::Variable(id)) => roots.push(id),
            _ => queue.extend(module.kind(expr).parts().into_iter().take(4)),
        }
        if roots.len() > 4 {
            break;
        }
    }
    roots.sort();
    roots.dedup();
    Some((name, roots))
}

/// The variable whose method a call runs: what comes after the call has it.
fn receiver(module: &Module, expr: ExprId) -> Option<VariableId> {
    let ExprKind::Call { callee, .. } = module.kind(expr) else { return None };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return None };
    match module.kind(*object) {
        ExprKind::Variable(id) if module.language.family() == Family::Java => Some(*id),
        _ => None,
    }
}

/// The variable that a step assigns, and whether it then is a value that is there.
fn assigned(module: &Module, step: &Step) -> Option<(VariableId, Option<bool>)> {
    let Step::Eval(expr) = step else { return None };
    let ExprKind::Assign { target, value, operator, .. } = module.kind(*expr) else { return None };
    let ExprKind::Variable(id) = module.kind(*target) else { return None };
    if *operator != AssignOp::Set {
        return Some((*id, None));
    }
    Some((*id, exists(module, *value)))
}

fn exists(module: &Module, value: ExprId) -> Option<bool> {
    match module.kind(value) {
        ExprKind::Literal(Literal::Null) => Some(false),
        ExprKind::Literal(Literal::Bool(value)) => Some(*value),
        ExprKind::Literal(Literal::Number(number)) => Some(number != "0"),
        ExprKind::Global(name) if name == "undefined" => Some(false),
        ExprKind::Call { constructs: true, .. }
        | ExprKind::Function(_)
        | ExprKind::Object(_)
        | ExprKind::Template(_) => Some(true),
        ExprKind::Unary { operator: UnaryOp::Other, .. } => Some(false),
        ExprKind::Cast { value, .. } => exists(module, *value),
        _ => None,
    }
}
