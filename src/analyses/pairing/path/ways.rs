//! What the ways out of a function do with an obligation.

use super::raises::{Level, Raise};
use crate::model::ExprId;
use crate::source::Span;

/// What all the ways out do with an obligation.
#[derive(Debug, Default)]
pub struct Ways {
    /// The most plausible way that loses it.
    pub leak: Option<Leak>,
    /// Where it is released.
    pub released: Vec<ExprId>,
    /// Someone else answers for it on some way.
    pub escaped: bool,
    /// It is given back to the caller on some way.
    pub returned: bool,
    /// It is released on some way on which an exception was caught.
    pub rescued: bool,
    /// There were too many ways to look at.
    pub given_up: bool,
}

/// A way on which it is lost.
#[derive(Clone, Debug)]
pub struct Leak {
    pub end: End,
    /// The first exception on the way.
    pub raised: Option<Raise>,
    /// How plausible the way is; none when no exception is needed.
    pub level: Option<Level>,
    /// The return that leaves with it.
    pub returned: Option<Span>,
    /// An object of an unknown class has been given it.
    pub kept: bool,
    /// A field of an object that was never finished has it.
    pub field: bool,
    /// How the way leaves the function.
    pub exit: Exit,
}

/// How a way leaves the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By its end or a return, or not yet.
    Normal,
    /// By an exception of something it calls.
    Exception,
    /// By an exception that it throws itself.
    Throw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The function ends, by itself, a return or an exception.
    Function,
    Overwritten(ExprId),
    Dropped(ExprId),
}
