//! Builds the control-flow graph from statements.

mod expr;

use la_arena::Arena;
use rustc_hash::FxHashMap;

use super::Name;
use super::cfg::{Block, BlockId, Catch, Cfg, Step, Terminator};
use super::expr::{Expr, ExprId};
use super::stmt::{Arm, Loop, LoopTest, Stmt, Try, With};

/// Steps after which no more `finally` copies are made: nested `finally` in `finally` doubles at each level, and
/// only generated code comes near this. The rest of such a function is cut off, which hides paths but invents none.
const MAX_STEPS: usize = 400_000;

/// The graph of a body. Parameters' default values are steps of the entry block.
#[must_use]
pub fn build(exprs: &Arena<Expr>, defaults: &[ExprId], body: &[Stmt]) -> Cfg {
    let Cfg { blocks, entry: _, exit, raise } = Cfg::empty();
    let mut builder = Builder {
        exprs,
        blocks,
        exit,
        current: exit,
        handler: raise,
        frames: Vec::new(),
        next_frame: 0,
        jumps: FxHashMap::default(),
        loops: 0,
        cleanup: 0,
        catches: 0,
        steps: 0,
        label: None,
    };
    let entry = builder.block();
    builder.current = entry;
    for default in defaults {
        builder.expr(*default);
    }
    builder.stmts(body);
    builder.goto(exit);
    let mut cfg = Cfg { blocks: builder.blocks, entry, exit, raise };
    thread_jumps(&mut cfg);
    cfg
}

/// Redirects edges to empty blocks to where those lead.
fn thread_jumps(cfg: &mut Cfg) {
    let mut target: FxHashMap<BlockId, BlockId> = FxHashMap::default();
    let ids: Vec<BlockId> = cfg.blocks.iter().map(|(id, _)| id).collect();
    for id in ids {
        destination(cfg, id, &mut target);
    }
    let follow = |id: &mut BlockId| {
        if let Some(to) = target.get(id) {
            *id = *to;
        }
    };
    follow(&mut cfg.entry);
    for (_, block) in cfg.blocks.iter_mut() {
        match &mut block.terminator {
            Terminator::Goto(to) => follow(to),
            Terminator::Branch { then, otherwise, .. } => {
                follow(then);
                follow(otherwise);
            }
            Terminator::Choice(ways) => ways.iter_mut().for_each(follow),
            Terminator::Dispatch { catches, uncaught } => {
                catches.iter_mut().for_each(|catch| follow(&mut catch.block));
                follow(uncaught);
            }
            Terminator::Rethrow | Terminator::End => {}
        }
        follow(&mut block.handler);
    }
}

/// Finds where an empty block leads, and notes it for every block on the way, so that each is passed once.
fn destination(cfg: &Cfg, id: BlockId, target: &mut FxHashMap<BlockId, BlockId>) {
    let mut way: Vec<BlockId> = Vec::new();
    let mut at = id;
    let end = loop {
        if let Some(known) = target.get(&at) {
            break *known;
        }
        let block = &cfg.blocks[at];
        let next = match &block.terminator {
            Terminator::Goto(to) if block.steps.is_empty() => *to,
            // A cleanup with nothing to do on the way of an exception.
            Terminator::Rethrow if block.steps.is_empty() => block.handler,
            _ => break at,
        };
        // Marks the way, so that an empty endless loop ends in itself.
        target.insert(at, at);
        way.push(at);
        at = next;
    };
    for block in way {
        target.insert(block, end);
    }
}

struct Builder<'a> {
    exprs: &'a Arena<Expr>,
    blocks: Arena<Block>,
    exit: BlockId,
    current: BlockId,
    handler: BlockId,
    frames: Vec<Frame<'a>>,
    next_frame: u32,
    /// One copy of a cleanup for each frame and each place a jump goes to.
    jumps: FxHashMap<(u32, Jump), BlockId>,
    loops: u16,
    cleanup: u16,
    catches: u16,
    steps: usize,
    /// The label of the statement about to be built.
    label: Option<Name>,
}

/// What a jump leaves on its way out.
#[derive(Clone)]
enum Frame<'a> {
    Loop { label: Option<Name>, after: BlockId, next: Option<BlockId>, breakable: bool },
    Cleanup { id: u32, what: Cleanup<'a>, handler: BlockId, loops: u16, catches: u16 },
}

#[derive(Clone, Copy)]
enum Cleanup<'a> {
    Finally(&'a [Stmt]),
    Leave(ExprId),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Jump {
    Return,
    To(BlockId),
}

impl<'a> Builder<'a> {
    fn block(&mut self) -> BlockId {
        let mut block = Block::new(self.handler);
        block.loops = self.loops;
        block.cleanup = self.cleanup > 0;
        block.catches = self.catches;
        self.blocks.alloc(block)
    }

    fn step(&mut self, step: Step) {
        self.steps += 1;
        if self.steps <= MAX_STEPS {
            self.blocks[self.current].steps.push(step);
        }
    }

    fn end(&mut self, terminator: Terminator) {
        self.blocks[self.current].terminator = terminator;
    }

    fn goto(&mut self, to: BlockId) {
        self.end(Terminator::Goto(to));
    }

    /// Ends the current block into a new one, which becomes the current.
    fn enter(&mut self, block: BlockId) {
        self.goto(block);
        self.current = block;
    }

    /// What follows a jump cannot be reached; it is built all the same, with no way in.
    fn unreachable(&mut self) {
        self.current = self.block();
    }

    fn stmts(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        let label = self.label.take();
        match stmt {
            Stmt::Expr(expr) => self.expr(*expr),
            Stmt::Block(stmts) if label.is_some() => self.labeled_block(label, stmts),
            Stmt::Block(stmts) => self.stmts(stmts),
            Stmt::If { condition, then, otherwise } => self.if_stmt(*condition, then, otherwise),
            Stmt::Loop(looped) => self.loop_stmt(looped, label),
            Stmt::Switch { subject, arms, breakable } => self.switch(*subject, arms, *breakable, label),
            Stmt::Try(tried) => self.try_stmt(tried),
            Stmt::With(with) => self.with(with, 0),
            Stmt::Labeled(label, stmt) => {
                self.label = Some(label.clone());
                self.stmt(stmt);
                self.label = None;
            }
            Stmt::Return(value, span) => {
                if let Some(value) = value {
                    self.expr(*value);
                }
                self.step(Step::Return(*value, *span));
                self.jump(Jump::Return, 0);
            }
            Stmt::Throw(value, span) => {
                if let Some(value) = value {
                    self.expr(*value);
                }
                self.step(Step::Throw(*value, *span));
                self.end(Terminator::Rethrow);
                self.unreachable();
            }
            Stmt::Break(label) => self.leave_loop(label.as_deref(), true),
            Stmt::Continue(label) => self.leave_loop(label.as_deref(), false),
        }
    }

    fn labeled_block(&mut self, label: Option<Name>, stmts: &'a [Stmt]) {
        let after = self.block();
        self.frames.push(Frame::Loop { label, after, next: None, breakable: false });
        self.stmts(stmts);
        self.frames.pop();
        self.enter(after);
    }

    fn if_stmt(&mut self, condition: ExprId, then: &'a [Stmt], otherwise: &'a [Stmt]) {
        let then_block = self.block();
        let else_block = self.block();
        self.branch(condition, then_block, else_block);
        let after = self.block();
        self.current = then_block;
        self.stmts(then);
        self.goto(after);
        self.current = else_block;
        self.stmts(otherwise);
        self.enter(after);
    }

    fn loop_stmt(&mut self, looped: &'a Loop, label: Option<Name>) {
        self.stmts(&looped.init);
        if let LoopTest::Each { iterable, .. } = looped.test {
            self.expr(iterable);
        }
        let after = self.block();
        self.loops += 1;
        let test = self.block();
        let body = self.block();
        let next = self.block();
        self.loops -= 1;
        let done = if looped.otherwise.is_empty() { after } else { self.block() };

        self.goto(if looped.post_test { body } else { test });
        self.loops += 1;
        self.current = test;
        match looped.test {
            LoopTest::Forever => self.goto(body),
            LoopTest::While(condition) => self.branch(condition, body, done),
            LoopTest::Each { target, iterable, asynchronous } => {
                let take = self.block();
                self.end(Terminator::Choice(vec![take, done]));
                self.current = take;
                self.step(Step::Element { target, iterable, asynchronous });
                self.goto(body);
            }
        }
        self.frames.push(Frame::Loop { label, after, next: Some(next), breakable: true });
        self.current = body;
        self.stmts(&looped.body);
        self.enter(next);
        for update in &looped.update {
            self.expr(*update);
        }
        self.goto(test);
        self.frames.pop();
        self.loops -= 1;
        if done != after {
            self.current = done;
            self.stmts(&looped.otherwise);
            self.goto(after);
        }
        self.current = after;
    }

    fn switch(&mut self, subject: ExprId, arms: &'a [Arm], breakable: bool, label: Option<Name>) {
        self.expr(subject);
        let head = self.current;
        let after = self.block();
        let mut ways: Vec<BlockId> = arms.iter().map(|_| self.block()).collect();
        if !arms.iter().any(|arm| arm.is_default) {
            ways.push(after);
        }
        self.frames.push(Frame::Loop { label, after, next: None, breakable });
        for (index, arm) in arms.iter().enumerate() {
            let later = ways.get(index + 1..).unwrap_or_default();
            self.current = ways[index];
            for test in &arm.tests {
                self.expr(*test);
            }
            if let Some(guard) = arm.guard {
                let (taken, refused) = (self.block(), self.block());
                self.branch(guard, taken, refused);
                self.current = refused;
                self.end(Terminator::Choice(if later.is_empty() { vec![after] } else { later.to_vec() }));
                self.current = taken;
            }
            self.stmts(&arm.body);
            let falls = arm.falls_through && index + 1 < arms.len();
            self.goto(if falls { ways[index + 1] } else { after });
        }
        self.frames.pop();
        self.blocks[head].terminator = Terminator::Choice(ways);
        self.current = after;
    }

    fn try_stmt(&mut self, tried: &'a Try) {
        let finally = (!tried.finally.is_empty()).then_some(Cleanup::Finally(tried.finally.as_slice()));
        let outer = self.handler;
        if let Some(what) = finally {
            self.push_cleanup(what);
        }
        let uncaught = self.handler;
        if tried.catches.is_empty() {
            self.stmts(&tried.body);
            self.stmts(&tried.otherwise);
        } else {
            self.caught_body(tried, uncaught);
        }
        if let Some(what) = finally {
            self.frames.pop();
            self.handler = outer;
            self.copy_cleanup(what);
        } else {
            let after = self.block();
            self.enter(after);
        }
    }

    fn caught_body(&mut self, tried: &'a Try, uncaught: BlockId) {
        let dispatch = self.block();
        let after = self.block();
        self.handler = dispatch;
        self.catches += 1;
        let body = self.block();
        self.enter(body);
        self.stmts(&tried.body);
        self.catches -= 1;
        self.handler = uncaught;
        let otherwise = self.block();
        self.enter(otherwise);
        self.stmts(&tried.otherwise);
        self.goto(after);
        let mut catches = Vec::with_capacity(tried.catches.len());
        for clause in &tried.catches {
            let block = self.block();
            catches.push(Catch { filter: clause.filter.clone(), block });
            self.current = block;
            self.step(Step::Caught(clause.variable));
            self.stmts(&clause.body);
            self.goto(after);
        }
        self.blocks[dispatch].terminator = Terminator::Dispatch { catches, uncaught };
        self.current = after;
    }

    fn with(&mut self, with: &'a With, index: usize) {
        let Some(item) = with.items.get(index) else {
            self.stmts(&with.body);
            return;
        };
        self.expr(item.value);
        self.step(Step::Enter { value: item.value, target: item.target, asynchronous: with.asynchronous });
        let outer = self.handler;
        let what = Cleanup::Leave(item.value);
        self.push_cleanup(what);
        let inside = self.block();
        self.enter(inside);
        self.with(with, index + 1);
        self.frames.pop();
        self.handler = outer;
        self.copy_cleanup(what);
    }

    /// Opens a region with a cleanup: the copy for exceptions becomes the handler, jumps will find the frame.
    fn push_cleanup(&mut self, what: Cleanup<'a>) {
        let handler = self.handler;
        let back = self.current;
        self.cleanup += 1;
        let raised = self.block();
        self.current = raised;
        self.copy_in_place(what);
        self.cleanup -= 1;
        self.end(Terminator::Rethrow);
        self.current = back;
        self.handler = raised;
        let id = self.next_frame;
        self.next_frame += 1;
        self.frames.push(Frame::Cleanup { id, what, handler, loops: self.loops, catches: self.catches });
        let inside = self.block();
        self.enter(inside);
    }

    /// The copy of a cleanup on the normal way; the current block ends up behind it.
    fn copy_cleanup(&mut self, what: Cleanup<'a>) {
        self.cleanup += 1;
        let copy = self.block();
        self.enter(copy);
        self.copy_in_place(what);
        self.cleanup -= 1;
        let after = self.block();
        self.enter(after);
    }

    fn copy_in_place(&mut self, what: Cleanup<'a>) {
        if self.steps > MAX_STEPS {
            return;
        }
        match what {
            Cleanup::Finally(stmts) => self.stmts(stmts),
            Cleanup::Leave(value) => self.step(Step::Leave(value)),
        }
    }

    fn leave_loop(&mut self, label: Option<&str>, breaks: bool) {
        let found = self.frames.iter().enumerate().rev().find_map(|(index, frame)| match frame {
            Frame::Loop { label: own, after, next, breakable } => {
                let named = label.is_some() && own.as_deref() == label;
                let target = if breaks { Some(*after) } else { *next };
                let matches = named || (label.is_none() && if breaks { *breakable } else { next.is_some() });
                target.filter(|_| matches).map(|target| (index, target))
            }
            Frame::Cleanup { .. } => None,
        });
        match found {
            Some((depth, target)) => self.jump(Jump::To(target), depth),
            None => self.unreachable(),
        }
    }

    /// Jumps out of all frames above `depth`, through the cleanups among them.
    fn jump(&mut self, jump: Jump, depth: usize) {
        let target = match jump {
            Jump::Return => self.exit,
            Jump::To(block) => block,
        };
        let saved = (self.handler, self.loops, self.catches, self.frames.clone());
        let mut first = None;
        while self.frames.len() > depth {
            let Some(Frame::Cleanup { id, what, handler, loops, catches }) = self.frames.pop() else { continue };
            (self.handler, self.loops, self.catches) = (handler, loops, catches);
            if let Some(copy) = self.jumps.get(&(id, jump)) {
                self.goto(*copy);
                first = Some(());
                break;
            }
            self.cleanup += 1;
            let copy = self.block();
            self.jumps.insert((id, jump), copy);
            self.enter(copy);
            self.copy_in_place(what);
            self.cleanup -= 1;
        }
        if first.is_none() {
            self.goto(target);
        }
        (self.handler, self.loops, self.catches, self.frames) = saved;
        self.unreachable();
    }
}
