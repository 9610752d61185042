//! Walks all ways from an acquisition to the ends of the function, the most plausible first.
//!
//! A node is a block with a state; each is visited once, in the order of how plausible the way to it is, so that the
//! first loss found is the one to report. Work is counted and bounded.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::guards::{self, Test};
use super::raises::{self, Level, Raise, catches};
use super::state::State;
use super::track::{Effect, Identity, Loss, Tracker, Within};
use super::ways::{End, Exit, Leak, Ways};
use super::words;
use crate::analyses::context::CallSite;
use crate::lang::Family;
use crate::model::{
    Block, BlockId, Catch, CatchFilter, Cfg, ExprId, ExprKind, FunctionKind, Step, Terminator, VariableKind,
};
use crate::source::Span;

/// States that one block may be visited in.
const STATES: u16 = 64;
/// Steps that one obligation may cost.
const WORK: usize = 60_000;

/// Where an obligation begins.
#[derive(Clone, Debug)]
pub struct Start {
    pub block: BlockId,
    /// The first step that is after the acquisition.
    pub step: usize,
    pub state: State,
}

#[derive(Clone, Debug)]
struct Node {
    block: BlockId,
    state: State,
    raised: Option<Raise>,
    /// The exception on its way to a handler.
    flying: Option<Raise>,
    returned: Option<Span>,
    level: Option<Level>,
}

/// Walks from a start.
#[must_use]
pub fn walk(tracker: &Tracker<'_>, start: Start) -> Ways {
    let cfg = &tracker.context.module.functions[tracker.function].cfg;
    let mut walker = Walker {
        tracker,
        cfg,
        queues: Default::default(),
        seen: FxHashSet::default(),
        visits: FxHashMap::default(),
        work: 0,
        ways: Ways::default(),
    };
    let budget = &tracker.context.budget;
    if !budget.allows() {
        walker.ways.given_up = true;
        return walker.ways;
    }
    let node = Node { block: start.block, state: start.state, raised: None, flying: None, returned: None, level: None };
    walker.block(node, start.step);
    while let Some(node) = walker.next() {
        walker.block(node, 0);
        if walker.work > WORK {
            walker.ways.given_up = true;
            break;
        }
    }
    budget.spend(walker.work);
    walker.ways
}

struct Walker<'t, 'a> {
    tracker: &'t Tracker<'a>,
    cfg: &'a Cfg,
    /// By level: without an exception, explicit, likely, unlikely.
    queues: [VecDeque<Node>; 4],
    seen: FxHashSet<(BlockId, State, Option<(bool, bool, Option<ExprId>)>)>,
    visits: FxHashMap<BlockId, u16>,
    work: usize,
    ways: Ways,
}

impl Walker<'_, '_> {
    fn next(&mut self) -> Option<Node> {
        self.queues.iter_mut().find_map(VecDeque::pop_front)
    }

    fn push(&mut self, node: Node) {
        let flight =
            node.flying.map(|raise| (raise.cancels, raise.level == Level::Unlikely, raise.thrown.then_some(raise.at)));
        if !self.seen.insert((node.block, node.state.clone(), flight)) {
            return;
        }
        let visits = self.visits.entry(node.block).or_default();
        *visits += 1;
        if *visits > STATES {
            self.ways.given_up = true;
            return;
        }
        let queue = match node.level {
            None => 0,
            Some(Level::Explicit) => 1,
            Some(Level::Likely) => 2,
            Some(Level::Unlikely) => 3,
        };
        self.queues[queue].push_back(node);
    }

    fn lose(&mut self, node: &Node, end: End) {
        // Something made of it here has a name, and may answer for it.
        if node.state.kept && node.level.is_none() && node.state.variables().next().is_some() {
            self.ways.escaped = true;
            return;
        }
        // A statement that throws before anything ran checks the state, which may well be that nothing is held.
        if self.tracker.raised_only && node.raised.is_none_or(|raise| raise.thrown) {
            return;
        }
        let field = node.state.fields().next().is_some();
        let exit = self.exit(node);
        // What ends with the function is rather lost where the function goes on.
        let leaves = |exit: Exit| self.tracker.acquire.counted && exit != Exit::Normal;
        let worth = (node.level, field, leaves(exit));
        let better = self.ways.leak.as_ref().is_none_or(|leak| worth < (leak.level, leak.field, leaves(leak.exit)));
        if better {
            self.ways.leak = Some(Leak {
                end,
                raised: node.raised,
                level: node.level,
                returned: node.returned,
                kept: node.state.kept,
                field,
                exit,
            });
        }
    }

    fn exit(&self, node: &Node) -> Exit {
        match node.flying {
            Some(raise) if raise.thrown => Exit::Throw,
            None if node.block != self.cfg.raise => Exit::Normal,
            _ => Exit::Exception,
        }
    }

    /// Follows the steps of a block, from the one given.
    fn block(&mut self, mut node: Node, from: usize) {
        let block = &self.cfg.blocks[node.block];
        for step in block.steps.iter().skip(from) {
            self.work += 1;
            if let Some(raise) = raises::raise(self.tracker, &node.state, step) {
                self.raise(&node, block, raise, step);
            }
            match self.tracker.follow(&mut node.state, step) {
                Effect::Go => {}
                Effect::Released(by) => {
                    self.ways.rescued |= node.raised.is_some() && node.flying.is_none();
                    if !self.ways.released.contains(&by) {
                        self.ways.released.push(by);
                    }
                    return;
                }
                Effect::Escaped => return self.ways.escaped = true,
                Effect::Returned => return self.ways.returned = true,
                Effect::LostWithin(within) => {
                    let Within { leak, released } = *within;
                    self.ways.released.extend(released);
                    let level = node.level.max(leak.level);
                    if self.ways.leak.as_ref().is_none_or(|known| level < known.level) {
                        self.ways.leak = Some(Leak { level, raised: node.raised.or(leak.raised), ..leak });
                    }
                    return;
                }
                Effect::Lost(Loss::Overwritten(at)) => return self.lose(&node, End::Overwritten(at)),
                Effect::Lost(Loss::Dropped(at)) => return self.lose(&node, End::Dropped(at)),
            }
            match step {
                Step::Caught(_) => node.flying = None,
                Step::Return(_, span) => node.returned = Some(*span),
                _ => {}
            }
        }
        self.leave(node, block);
    }

    /// An exception leaves a step; the state is that before it.
    fn raise(&mut self, node: &Node, block: &Block, raise: Raise, step: &Step) {
        let mut state = node.state.raised();
        let by_handle = matches!(self.tracker.identity, Identity::Handle(_));
        let mut after = node.state.clone();
        // A call that releases it or takes it over has done so, whether it then fails or not.
        if let Effect::Released(_) | Effect::Escaped = self.tracker.follow(&mut after, step) {
            return;
        }
        // The author expects an exception here: there is a `catch` around it.
        let proof = block.catches > 0 && !self.explains(block, raise.at) && self.is_meant(block, step);
        let level = if proof { raise.level.min(Level::Likely) } else { raise.level };
        // An object of this file that was to keep it hardly fails on what it is given.
        let level = if after.kept && !node.state.kept && self.makes_own(step) { Level::Unlikely } else { level };
        let level = node.level.map_or(level, |before| before.max(level));
        let flown = Node {
            block: block.handler,
            state: std::mem::take(&mut state),
            raised: node.raised.or(Some(raise)),
            flying: Some(raise),
            returned: None,
            level: Some(level),
        };
        if by_handle && flown.state.dropped.is_none() && flown.state.is_lost() {
            if self.takes(node, step) {
                return;
            }
            if flown.state.parents().next().is_some() {
                let mut flown = flown;
                flown.state.dropped = Some(raise.at);
                return self.push(flown);
            }
            return self.lose(&flown, End::Dropped(raise.at));
        }
        self.push(flown);
    }

    /// Whether another call under the same `catch` is what Java's author catches there: the acquisition itself, or one
    /// of which more than its name says that it fails.
    fn explains(&self, block: &Block, at: ExprId) -> bool {
        let Identity::Handle(acquired) = self.tracker.identity else { return false };
        let context = self.tracker.context;
        // What makes memory does not fail, unless it makes it of something: `encoder.encode(key)`.
        let works =
            !self.tracker.acquire.memory || acquired.shape.method.as_deref().is_some_and(words::works_on_content);
        let beside = |site: &CallSite| {
            site.function == self.tracker.function && self.cfg.blocks[site.block].handler == block.handler
        };
        context.family() == Family::Java
            && (beside(acquired) && raises::makes_fail(self.tracker, acquired)
                // A method whose declared type alone says that it opens something connects to it or reads it.
                || beside(acquired) && acquired.acquires.is_empty() && !acquired.shape.constructs && works
                || context
                    .sites_in(self.tracker.function)
                    .any(|site| site.expr != at && beside(site) && raises::is_known_to_fail(self.tracker, site)))
    }

    /// Whether the author may mean a call by the `catch` around it: one that does not wait is not interrupted, and what
    /// stops a pool or ends a picture has nothing to write that could fail.
    fn is_meant(&self, block: &Block, step: &Step) -> bool {
        let context = self.tracker.context;
        let Step::Eval(expr) = step else { return true };
        let Some(name) = context.site_of(*expr).and_then(|site| site.shape.method.as_deref()) else { return true };
        if context.family() != Family::Java {
            return true;
        }
        let interrupted = |catch: &Catch| match &catch.filter {
            CatchFilter::Types(types) => types.iter().all(|ty| words::is_interruption(ty.name.last())),
            _ => false,
        };
        let only = match &self.cfg.blocks[block.handler].terminator {
            Terminator::Dispatch { catches, .. } => !catches.is_empty() && catches.iter().all(interrupted),
            _ => false,
        };
        let ends = words::closes(name) && !name.starts_with("close");
        !(ends || only && !words::waits(name))
    }

    /// The body of a loop over a collection that has it: there is at least one turn.
    fn turn(&self, node: &Node, ways: &[BlockId]) -> Option<BlockId> {
        let module = self.tracker.context.module;
        ways.iter().copied().find(|way| match self.cfg.blocks[*way].steps.first() {
            Some(Step::Element { target, iterable, .. }) => {
                let own = matches!(module.kind(*iterable), ExprKind::Variable(id)
                    if node.state.has(super::state::Holder::Container(*id)));
                own && !self.tracker.is_it(&node.state, *target)
            }
            _ => false,
        })
    }

    /// Whether a step constructs an object of a class of this file.
    fn makes_own(&self, step: &Step) -> bool {
        let Step::Eval(expr) = step else { return false };
        let site = self.tracker.context.site_of(*expr).filter(|site| site.shape.constructs);
        let path = site.and_then(|site| site.shape.path.as_ref());
        path.is_some_and(|path| self.tracker.context.module.local_class(path).is_some())
    }

    /// Whether the step is the very use of a temporary, whose failure the table of its maker answers for.
    fn takes(&self, node: &Node, step: &Step) -> bool {
        let Step::Eval(expr) = step else { return false };
        match self.tracker.context.module.kind(*expr) {
            ExprKind::Await(value) => self.tracker.is_it(&node.state, *value),
            _ => false,
        }
    }

    fn leave(&mut self, node: Node, block: &Block) {
        match &block.terminator {
            Terminator::Goto(to) => self.push(Node { block: *to, ..node }),
            Terminator::Choice(ways) => {
                let steps = ways.iter().filter_map(|way| self.cfg.blocks[*way].steps.first());
                if let Some(by) = steps.into_iter().find_map(|step| self.tracker.drains(&node.state, step)) {
                    return self.ways.released.push(by);
                }
                if let Some(body) = self.turn(&node, ways) {
                    return self.push(Node { block: body, ..node });
                }
                for way in ways {
                    self.push(Node { block: *way, ..node.clone() });
                }
            }
            Terminator::Branch { condition, then, otherwise } => self.branch(&node, *condition, *then, *otherwise),
            Terminator::Dispatch { catches, uncaught } => self.dispatch(&node, catches, *uncaught),
            Terminator::Rethrow => self.rethrow(node, block),
            // A field goes on with its object, unless its constructor failed.
            Terminator::End if node.state.fields().next().is_some() && !self.unfinished(&node) => {
                self.ways.escaped = true;
            }
            Terminator::End => {
                if let Some(at) = node.state.dropped {
                    return self.lose(&node, End::Dropped(at));
                }
                if !node.state.is_lost() || matches!(self.tracker.identity, Identity::Key(_)) {
                    self.lose(&node, End::Function);
                }
            }
        }
    }

    /// Whether nobody gets the object, or whoever starts it is told that it does not run: nobody stops that.
    fn unfinished(&self, node: &Node) -> bool {
        let kind = self.tracker.context.module.functions[self.tracker.function].kind;
        let told = || node.flying.is_some_and(|raise| raise.thrown) && self.tracker.starts_up();
        node.block == self.cfg.raise && (kind == FunctionKind::Constructor || told())
    }

    /// `raise SystemExit(1)`: all goes with the process.
    fn ends_process(&self, thrown: ExprId) -> bool {
        let context = self.tracker.context;
        let class = match context.module.kind(thrown) {
            ExprKind::Call { callee, .. } => *callee,
            _ => thrown,
        };
        matches!(context.module.kind(class), ExprKind::Global(name) if words::ends_process(name))
    }

    fn rethrow(&mut self, mut node: Node, block: &Block) {
        if let Some(Step::Throw(value, _)) = block.steps.last() {
            if value.is_some_and(|value| self.ends_process(value)) {
                self.ways.escaped = true;
                return;
            }
            if let Some(at) = value.or(node.flying.map(|raise| raise.at)) {
                let raise = Raise { at, level: Level::Explicit, cancels: false, thrown: value.is_some() };
                node.level = at_best(&node, Level::Explicit);
                node.raised = node.raised.or(Some(raise));
                node.flying = Some(raise);
            }
            node.returned = None;
        }
        self.push(Node { block: block.handler, ..node });
    }

    fn branch(&mut self, node: &Node, condition: ExprId, then: BlockId, otherwise: BlockId) {
        let module = self.tracker.context.module;
        // A held resource exists and is open.
        let known = match guards::read(module, condition) {
            Some((Test::Exists(expr) | Test::Open(expr), holds))
                if self.tracker.is_it(&node.state, module.peel(expr))
                    || self.tracker.is_parent(&node.state, module.peel(expr))
                    || self.tracker.held.is_some() && self.tracker.context.place(expr) == self.tracker.held =>
            {
                Some(holds)
            }
            _ => None,
        };
        // `if fd > 2: os.close(fd)`: the author knows which values want a release.
        let compared = match module.kind(condition) {
            ExprKind::Binary { operator, left, right } if known.is_none() => {
                let numbers = matches!(operator.as_str(), ">" | ">=" | "<" | "<=" | "in" | "not in");
                numbers && (self.tracker.is_it(&node.state, *left) || self.tracker.is_it(&node.state, *right))
            }
            _ => false,
        };
        // A list that has it is not empty.
        let filled = guards::filled(module, condition).filter(|(list, _)| self.tracker.contains_it(&node.state, *list));
        let known = known.or(filled.map(|(_, holds)| holds));
        let known = known.or_else(|| self.is_another(node, condition));
        let known = known.or_else(|| self.tracker.succeeded(condition)).or_else(|| self.tracker.set_before(condition));
        let key = self.tracker.guards.key(module, condition);
        let known = known.or_else(|| key.and_then(|(key, holds)| node.state.fact(key).map(|fact| fact == holds)));
        for (to, way) in [(then, true), (otherwise, false)] {
            if known.is_some_and(|known| known != way) {
                continue;
            }
            let mut next = Node { block: to, ..node.clone() };
            next.state.kept |= compared;
            if let Some((key, holds)) = key {
                next.state.learn(key, holds == way);
            }
            self.push(next);
        }
    }

    /// `if out is not sys.stdout: out.close()`: what was opened here is not what the process has, or what the caller gave.
    fn is_another(&self, node: &Node, condition: ExprId) -> Option<bool> {
        let module = self.tracker.context.module;
        let ExprKind::Binary { operator, left, right } = module.kind(condition) else { return None };
        let equal = match operator.as_str() {
            "is" | "==" | "===" => true,
            "is not" | "!=" | "!==" => false,
            _ => return None,
        };
        let it = |expr: ExprId| self.tracker.is_it(&node.state, module.peel(expr));
        let shared = |expr: ExprId| match module.kind(expr) {
            ExprKind::Member { .. } => module.path(expr).is_some_and(|path| !path.is_here()),
            ExprKind::Variable(id) => matches!(module.variables[*id].kind, VariableKind::Parameter(_)) && !it(expr),
            _ => false,
        };
        (it(*left) && shared(*right) || it(*right) && shared(*left)).then_some(!equal)
    }

    fn dispatch(&mut self, node: &Node, catches: &[Catch], uncaught: BlockId) {
        let python = self.tracker.context.family() == Family::Python;
        let flying = node.flying;
        let module = self.tracker.context.module;
        for catch in catches {
            match catches::of_constant(self.tracker.context, &catch.filter).as_ref().unwrap_or(&catch.filter) {
                CatchFilter::Everything => return self.push(Node { block: catch.block, ..node.clone() }),
                CatchFilter::Errors(_) => {
                    self.push(Node { block: catch.block, ..node.clone() });
                    let cancelled = python && flying.is_some_and(|raise| raise.cancels);
                    if cancelled {
                        self.push(Node { block: uncaught, level: at_best(node, Level::Likely), ..node.clone() });
                    }
                    return;
                }
                CatchFilter::Types(types) => {
                    let thrown =
                        flying.filter(|raise| raise.thrown).and_then(|raise| catches::thrown_type(module, raise.at));
                    if let Some(thrown) = &thrown {
                        if types.iter().any(|ty| catches::takes(module, ty.name.last(), thrown)) {
                            return self.push(Node { block: catch.block, ..node.clone() });
                        }
                        if !types.iter().any(|ty| words::is_wide_error(ty.name.last())) {
                            continue;
                        }
                    }
                    self.push(Node { block: catch.block, ..node.clone() });
                }
            }
        }
        let wide = catches.iter().any(|catch| match &catch.filter {
            CatchFilter::Types(types) => types.iter().any(|ty| words::is_wide_error(ty.name.last())),
            _ => true,
        });
        let named =
            |raise: Raise| catches.iter().any(|catch| catches::is_of(self.tracker.context, &catch.filter, raise));
        // Who writes to memory names the one exception that this has.
        let memory = self.tracker.acquire.memory && self.tracker.context.family() == Family::Java;
        let least = match flying {
            Some(raise) if raise.thrown => Level::Explicit,
            Some(raise) if memory || named(raise) => Level::Unlikely,
            Some(raise) if !wide => raise.level,
            _ => Level::Unlikely,
        };
        self.push(Node { block: uncaught, level: at_best(node, least), ..node.clone() });
    }
}

/// The level of a way that goes on by an exception which is at least that unlikely.
fn at_best(node: &Node, least: Level) -> Option<Level> {
    Some(node.level.map_or(least, |level| level.max(least)))
}
