//! The control-flow graph of a function, with exception and cleanup edges from the first day.
//!
//! Blocks are long: a step that may throw does not end its block. A block knows the one place where an exception
//! raised inside it arrives, and an analysis sends the state before such a step there. `finally` and the leaving of
//! `with` are copied for each kind of way out (normal, exception, each jump), as `javac` compiles them, so that no
//! path mixes two ways.

use la_arena::{Arena, Idx};
use rustc_hash::FxHashSet;

use super::{CatchFilter, ExprId, VariableId};
use crate::source::Span;

pub type BlockId = Idx<Block>;

/// The graph of one function body.
#[derive(Debug)]
pub struct Cfg {
    pub blocks: Arena<Block>,
    pub entry: BlockId,
    /// The normal end.
    pub exit: BlockId,
    /// The end by an exception that nothing caught.
    pub raise: BlockId,
}

/// A run of steps with one way in and one decision at its end.
#[derive(Debug)]
pub struct Block {
    pub steps: Vec<Step>,
    pub terminator: Terminator,
    /// Where an exception raised by a step arrives: a [`Terminator::Dispatch`] block, a copy of a `finally`, or
    /// [`Cfg::raise`].
    pub handler: BlockId,
    /// How many loops of this function are around the block.
    pub loops: u16,
    /// Whether the block belongs to a `finally` or to the leaving of a `with`.
    pub cleanup: bool,
    /// How many `catch` clauses of this function are around the block.
    pub catches: u16,
}

/// One thing that happens, in the order of evaluation.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A call, assignment, `await`, `yield`, `delete`, closure or opaque form.
    Eval(ExprId),
    /// A context manager or managed resource is entered: from here on it is left on every way out.
    Enter {
        value: ExprId,
        target: Option<ExprId>,
        asynchronous: bool,
    },
    /// What was entered is left.
    Leave(ExprId),
    /// A loop takes the next element.
    Element {
        target: ExprId,
        iterable: ExprId,
        asynchronous: bool,
    },
    /// A handler binds what it caught.
    Caught(Option<VariableId>),
    Return(Option<ExprId>, Span),
    Throw(Option<ExprId>, Span),
}

/// How a block ends.
#[derive(Debug, Clone)]
pub enum Terminator {
    Goto(BlockId),
    Branch {
        condition: ExprId,
        then: BlockId,
        otherwise: BlockId,
    },
    /// Any of several ways, for reasons the graph does not model (a loop over elements, a switch).
    Choice(Vec<BlockId>),
    /// Handlers of a `try`, tried in order.
    Dispatch {
        catches: Vec<Catch>,
        uncaught: BlockId,
    },
    /// The exception at hand continues to the handler of the block.
    Rethrow,
    /// The end of the function: of [`Cfg::exit`] and [`Cfg::raise`].
    End,
}

#[derive(Debug, Clone)]
pub struct Catch {
    pub filter: CatchFilter,
    pub block: BlockId,
}

/// An edge for those who only want the shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub to: BlockId,
    pub kind: EdgeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    Normal,
    True,
    False,
    Exception,
}

impl Cfg {
    /// A body that does nothing.
    #[must_use]
    pub fn empty() -> Self {
        let mut blocks = Arena::new();
        let raise = Idx::from_raw(la_arena::RawIdx::from_u32(1));
        let exit = blocks.alloc(Block::new(raise));
        let raise = blocks.alloc(Block::new(raise));
        Self { blocks, entry: exit, exit, raise }
    }

    /// Whether a way without exceptions leads from one block to another; each leads to itself.
    #[must_use]
    pub fn leads(&self, from: BlockId, to: BlockId) -> bool {
        let mut seen: FxHashSet<BlockId> = FxHashSet::default();
        let mut queue = vec![from];
        while let Some(block) = queue.pop() {
            if block == to {
                return true;
            }
            if seen.insert(block) {
                let ways = self.edges(block).into_iter().filter(|edge| edge.kind != EdgeKind::Exception);
                queue.extend(ways.map(|edge| edge.to));
            }
        }
        false
    }

    /// The edges out of a block. The exception edge of its steps is there when a step may raise.
    #[must_use]
    pub fn edges(&self, id: BlockId) -> Vec<Edge> {
        let block = &self.blocks[id];
        let edge = |to: &BlockId, kind| Edge { to: *to, kind };
        let mut edges: Vec<Edge> = match &block.terminator {
            Terminator::Goto(to) => vec![edge(to, EdgeKind::Normal)],
            Terminator::Branch { then, otherwise, .. } => {
                vec![edge(then, EdgeKind::True), edge(otherwise, EdgeKind::False)]
            }
            Terminator::Choice(ways) => ways.iter().map(|to| edge(to, EdgeKind::Normal)).collect(),
            Terminator::Dispatch { catches, uncaught } => catches
                .iter()
                .map(|catch| &catch.block)
                .chain(std::iter::once(uncaught))
                .map(|to| edge(to, EdgeKind::Exception))
                .collect(),
            Terminator::Rethrow => vec![edge(&block.handler, EdgeKind::Exception)],
            Terminator::End => Vec::new(),
        };
        if block.steps.iter().any(Step::may_raise) {
            let raised = edge(&block.handler, EdgeKind::Exception);
            if !edges.contains(&raised) {
                edges.push(raised);
            }
        }
        edges
    }
}

impl Block {
    /// An empty block that ends the function until told otherwise.
    #[must_use]
    pub fn new(handler: BlockId) -> Self {
        Self { steps: Vec::new(), terminator: Terminator::End, handler, loops: 0, cleanup: false, catches: 0 }
    }
}

impl Step {
    /// Whether the step can raise at all; how likely it is, the analyses decide.
    #[must_use]
    pub fn may_raise(&self) -> bool {
        !matches!(self, Self::Return(..) | Self::Caught(_))
    }
}
