//! Which calls and functions there are, by where they stand and what they call.

use super::{CallSite, Context};
use crate::catalogue::Acquire;
use crate::model::{ClassId, FunctionId, VariableId};

impl Context<'_> {
    /// The calls of a function's own graph, in the order of the text.
    pub fn sites_in(&self, function: FunctionId) -> impl Iterator<Item = &CallSite> {
        self.index.sites(function).iter().map(|at| &self.sites[*at])
    }

    /// The calls of a function of this file, from anywhere in it.
    pub fn calls_of(&self, function: FunctionId) -> impl Iterator<Item = &CallSite> {
        self.index.calls(function).iter().map(|at| &self.sites[*at])
    }

    /// The calls of the methods of a class and of what stands in them.
    pub fn sites_of(&self, class: ClassId) -> impl Iterator<Item = &CallSite> {
        self.index.of_class(class).iter().map(|at| &self.sites[*at])
    }

    /// The calls of a function and of all that stand in it, in the order of the text.
    pub fn sites_within(&self, function: FunctionId) -> impl Iterator<Item = &CallSite> {
        self.index.within(function).into_iter().map(|at| &self.sites[at])
    }

    /// The calls that could release what an entry acquires, by what they are called or what the tables say of them, in
    /// the order of the text.
    pub fn may_release(&self, acquire: &Acquire) -> impl Iterator<Item = &CallSite> {
        self.index.releasing(acquire, &[]).into_iter().map(|at| &self.sites[at])
    }

    /// The same, and the calls at the positions given in `sites`.
    pub fn may_release_or(&self, acquire: &Acquire, also: &[usize]) -> Vec<&CallSite> {
        self.index.releasing(acquire, also).into_iter().map(|at| &self.sites[at]).collect()
    }

    /// The calls that construct an instance of a class with this simple name.
    pub fn making(&self, class: &str) -> impl Iterator<Item = &CallSite> {
        self.index.making(class).iter().map(|at| &self.sites[*at])
    }

    /// The calls that acquire something of a kind.
    pub fn acquiring(&self, kind: &str) -> impl Iterator<Item = &CallSite> {
        self.index.acquiring(kind).iter().map(|at| &self.sites[*at])
    }

    /// The functions that stand directly in another.
    #[must_use]
    pub fn children(&self, function: FunctionId) -> &[FunctionId] {
        self.index.children(function)
    }

    /// The variable that a declared function is.
    #[must_use]
    pub fn named_by(&self, function: FunctionId) -> Option<VariableId> {
        self.index.named_by(function)
    }
}
