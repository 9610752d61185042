//! What each mention of a collection does to it.

use rustc_hash::FxHashSet;

use crate::analyses::context::Context;
use crate::catalogue::Collection;
use crate::model::{ExprId, ExprKind, FunctionId, Name};

/// A mention that matters.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The whole of what happens: the call, the assignment, the `delete`.
    pub expr: ExprId,
    pub function: FunctionId,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Grow(Growth),
    Shrink(Shrink),
    /// Its size is held against a limit.
    Guard,
    /// Replaced by an empty one or by something else.
    Reset,
    /// Given its first value.
    Made,
    Iterated,
    /// Read, searched, printed.
    Read,
    /// Handed to code that this file does not show.
    Escapes(Escape),
}

/// Something goes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// What tells entries apart; nothing where each one is added anew.
    pub key: Option<ExprId>,
    pub value: Option<ExprId>,
    /// Into an element of the collection.
    pub inner: bool,
    /// The read-modify-write of an entry that is there: `m[k] += 1`.
    pub updates: bool,
}

/// Something comes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrink {
    /// The key it is taken out under, where it has a name.
    pub key: Option<ExprId>,
    /// Only an element of the collection gets smaller.
    pub inner: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    Returned,
    Stored,
    Passed,
}

/// The words by which the collections of a language family grow and shrink.
#[derive(Clone, Debug, Default)]
pub struct Words {
    grow: FxHashSet<String>,
    shrink: FxHashSet<String>,
}

impl Words {
    #[must_use]
    pub fn of(context: &Context<'_>) -> Self {
        let mut words = Self::default();
        for collection in context.catalogue.in_scope(&context.scope).flat_map(|library| &library.collection) {
            // Reading a cache that loads what it misses is growth of that type alone.
            words
                .grow
                .extend(collection.grow.iter().filter(|word| !word.starts_with("get") && *word != "write").cloned());
            words.shrink.extend(collection.shrink.iter().filter(|word| !word.starts_with("get")).cloned());
        }
        words
    }

    /// The same with the words of one type.
    #[must_use]
    pub fn with(&self, table: Option<&Collection>) -> Self {
        let mut words = self.clone();
        if let Some(table) = table {
            words.grow.extend(table.grow.iter().cloned());
            words.shrink.extend(table.shrink.iter().cloned());
        }
        words
    }

    #[must_use]
    pub fn grows(&self, name: &str) -> bool {
        self.grow.contains(name)
    }

    #[must_use]
    pub fn shrinks(&self, name: &str) -> bool {
        self.shrink.contains(name)
    }
}

/// An expression and everything in it, nested functions not entered.
#[must_use]
pub fn descendants(context: &Context<'_>, expr: ExprId) -> Vec<ExprId> {
    let mut all = vec![expr];
    let mut at = 0;
    while let Some(part) = all.get(at).copied() {
        all.extend(context.module.kind(part).parts());
        at += 1;
    }
    all
}

/// Whether a variable in an expression has a name that says something.
#[must_use]
pub fn has_variable(context: &Context<'_>, expr: ExprId, says: impl Fn(&str) -> bool) -> bool {
    descendants(context, expr).iter().any(|part| match context.module.kind(*part) {
        ExprKind::Variable(id) => says(&context.module.variables[*id].name),
        _ => false,
    })
}

/// The same of variables and of members.
#[must_use]
pub fn has_name(context: &Context<'_>, expr: ExprId, says: impl Fn(&str) -> bool) -> bool {
    descendants(context, expr).iter().any(|part| match context.module.kind(*part) {
        ExprKind::Variable(id) => says(&context.module.variables[*id].name),
        ExprKind::Member { name, .. } => says(name),
        _ => false,
    })
}

/// The last name of a callee: `len`, `push` of `Array.prototype.push`.
#[must_use]
pub fn last_name(context: &Context<'_>, callee: ExprId) -> Name {
    match context.module.kind(context.module.peel(callee)) {
        ExprKind::Member { name, .. } | ExprKind::Global(name) | ExprKind::MethodReference { name, .. } => name.clone(),
        ExprKind::Variable(id) => context
            .module
            .path(callee)
            .map_or_else(|| context.module.variables[*id].name.clone(), |path| Name::new(path.last())),
        _ => Name::default(),
    }
}

/// The name of the method that a call runs.
#[must_use]
pub fn method_name(context: &Context<'_>, call: ExprId) -> Name {
    match context.module.kind(call) {
        ExprKind::Call { callee, .. } => last_name(context, *callee),
        _ => Name::default(),
    }
}
