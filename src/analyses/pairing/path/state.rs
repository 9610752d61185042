//! What is known at one point of a way through a function.

use crate::model::{ExprId, VariableId};

/// Where an acquired thing can be reached from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// The variable has it, or something that closes it.
    Variable(VariableId),
    /// The variable has a collection with it in.
    Container(VariableId),
    /// It was got from what the variable has, and ends with that.
    Parent(VariableId),
    /// The value of an expression that is not used yet.
    Temporary(ExprId),
    /// The field of the function's own object that this target names.
    Field(ExprId),
}

/// One point of one way: where the thing is, and what earlier tests say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// Sorted, so that equal states compare equal.
    holders: Vec<Holder>,
    /// Answers of conditions by their number in [`super::guards::Guards`]; sorted.
    facts: Vec<(u16, bool)>,
    /// An object whose class is not known has been given it, and may answer for it.
    pub kept: bool,
    /// Nothing names it any more since this expression; it ends with what it was got from, if that ends.
    pub dropped: Option<ExprId>,
}

impl State {
    #[must_use]
    pub fn new(holders: impl IntoIterator<Item = Holder>, facts: Vec<(u16, bool)>) -> Self {
        let mut state = Self { holders: Vec::new(), facts, kept: false, dropped: None };
        holders.into_iter().for_each(|holder| state.add(holder));
        state
    }

    #[must_use]
    pub fn has(&self, holder: Holder) -> bool {
        self.holders.binary_search(&holder).is_ok()
    }

    pub fn add(&mut self, holder: Holder) {
        if let Err(at) = self.holders.binary_search(&holder) {
            self.holders.insert(at, holder);
        }
    }

    pub fn remove(&mut self, holder: Holder) -> bool {
        match self.holders.binary_search(&holder) {
            Ok(at) => {
                self.holders.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    pub fn temporaries(&self) -> impl Iterator<Item = ExprId> + '_ {
        self.holders.iter().filter_map(|holder| match holder {
            Holder::Temporary(expr) => Some(*expr),
            _ => None,
        })
    }

    /// The variables through which it can be named.
    pub fn variables(&self) -> impl Iterator<Item = VariableId> + '_ {
        self.holders.iter().filter_map(|holder| match holder {
            Holder::Variable(id) | Holder::Container(id) | Holder::Parent(id) => Some(*id),
            Holder::Temporary(_) | Holder::Field(_) => None,
        })
    }

    /// The fields of the function's own object that have it.
    pub fn fields(&self) -> impl Iterator<Item = ExprId> + '_ {
        self.holders.iter().filter_map(|holder| match holder {
            Holder::Field(target) => Some(*target),
            _ => None,
        })
    }

    /// The variables that have what it was got from.
    pub fn parents(&self) -> impl Iterator<Item = VariableId> + '_ {
        self.holders.iter().filter_map(|holder| match holder {
            Holder::Parent(id) => Some(*id),
            _ => None,
        })
    }

    /// Whether nothing reaches it any more, except what it came from.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.holders.iter().all(|holder| matches!(holder, Holder::Parent(_)))
    }

    /// The state in which an exception leaves an expression: values that were not stored are gone.
    #[must_use]
    pub fn raised(&self) -> Self {
        let mut state = self.clone();
        state.holders.retain(|holder| !matches!(holder, Holder::Temporary(_)));
        state
    }

    #[must_use]
    pub fn fact(&self, key: u16) -> Option<bool> {
        self.facts.binary_search_by_key(&key, |(key, _)| *key).ok().map(|at| self.facts[at].1)
    }

    pub fn learn(&mut self, key: u16, value: bool) {
        match self.facts.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.facts[at].1 = value,
            Err(at) => self.facts.insert(at, (key, value)),
        }
    }

    pub fn forget(&mut self, key: u16) {
        if let Ok(at) = self.facts.binary_search_by_key(&key, |(key, _)| *key) {
            self.facts.remove(at);
        }
    }

    #[must_use]
    pub fn facts(&self) -> &[(u16, bool)] {
        &self.facts
    }

    /// Keeps what both know.
    pub fn meet(&mut self, other: &[(u16, bool)]) -> bool {
        let before = self.facts.len();
        self.facts.retain(|fact| other.contains(fact));
        self.facts.len() != before
    }
}
