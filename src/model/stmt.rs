//! Statements: what a front-end hands to the builder of the control-flow graph. They do not outlive it.

use super::{ExprId, Name, TypeRef, VariableId};
use crate::source::Span;

#[derive(Debug)]
pub enum Stmt {
    Expr(ExprId),
    If {
        condition: ExprId,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    Loop(Box<Loop>),
    Switch {
        subject: ExprId,
        arms: Vec<Arm>,
        /// Whether a plain `break` leaves it, as in all languages but Python.
        breakable: bool,
    },
    Try(Box<Try>),
    /// `with`, try-with-resources, `using`: whatever is entered is left on every way out.
    With(Box<With>),
    Return(Option<ExprId>, Span),
    Throw(Option<ExprId>, Span),
    Break(Option<Name>),
    Continue(Option<Name>),
    Labeled(Name, Box<Stmt>),
    Block(Vec<Stmt>),
}

#[derive(Debug)]
pub struct Loop {
    pub init: Vec<Stmt>,
    pub test: LoopTest,
    pub body: Vec<Stmt>,
    pub update: Vec<ExprId>,
    /// Python's `else`, which runs when the loop ends by itself.
    pub otherwise: Vec<Stmt>,
    /// The body runs before the first test.
    pub post_test: bool,
}

#[derive(Debug)]
pub enum LoopTest {
    /// No condition: the loop ends by `break` or an exit alone.
    Forever,
    While(ExprId),
    Each {
        target: ExprId,
        iterable: ExprId,
        asynchronous: bool,
    },
}

#[derive(Debug)]
pub struct Arm {
    /// What is compared with the subject; empty for the default.
    pub tests: Vec<ExprId>,
    /// `when`, or `if` of Python's `case`: where it does not hold, the arms behind this one are tried.
    pub guard: Option<ExprId>,
    pub is_default: bool,
    pub body: Vec<Stmt>,
    /// Runs into the next arm where nothing breaks.
    pub falls_through: bool,
}

#[derive(Debug)]
pub struct Try {
    pub body: Vec<Stmt>,
    pub catches: Vec<CatchClause>,
    pub otherwise: Vec<Stmt>,
    pub finally: Vec<Stmt>,
}

#[derive(Debug)]
pub struct CatchClause {
    pub filter: CatchFilter,
    pub variable: Option<VariableId>,
    pub body: Vec<Stmt>,
    pub span: Span,
}

/// Which exceptions a handler takes.
#[derive(Debug, Clone)]
pub enum CatchFilter {
    /// `catch (e)` of JavaScript, `except:`, `Throwable`, `BaseException`.
    Everything,
    /// `Exception`: all errors a program handles, but not a cancelled task or an interrupt of Python.
    Errors(Vec<TypeRef>),
    /// The types named.
    Types(Vec<TypeRef>),
}

#[derive(Debug)]
pub struct With {
    pub items: Vec<WithItem>,
    pub body: Vec<Stmt>,
    pub asynchronous: bool,
}

#[derive(Debug)]
pub struct WithItem {
    /// The context manager or resource; its initialiser where the statement declares a variable.
    pub value: ExprId,
    /// Where the entered value is kept.
    pub target: Option<ExprId>,
}
