//! What was found that bounds a collection, and what it does not reach.

use crate::model::ExprId;

/// What a removal that exists does not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// All that comes and goes while the owner lives.
    BeforeTheEnd,
    /// The keys: only the elements get smaller.
    Keys,
    /// The key of an element that is empty by then.
    EmptyKey,
    /// The entry here of what another collection loses.
    Twin,
    /// The entry that is read to remove something.
    Read,
    /// Some of the entries.
    Some,
}

/// What was found that takes things out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundFound {
    Nothing,
    /// Something, yet it does not reach everything; with the words and where it stands.
    Partial {
        gap: Gap,
        words: String,
        at: ExprId,
        /// Whether it shows a mistake: entries do come and go, and some of them are missed.
        misfit: bool,
    },
}

impl BoundFound {
    pub fn weak(gap: Gap, words: &str, at: ExprId) -> Self {
        Self::Partial { gap, words: words.to_owned(), at, misfit: false }
    }

    pub fn misfit(gap: Gap, words: impl Into<String>, at: ExprId) -> Self {
        Self::Partial { gap, words: words.into(), at, misfit: true }
    }

    /// What the removal that was found misses; none where no removal was found.
    #[must_use]
    pub const fn gap(&self) -> Option<Gap> {
        match self {
            Self::Nothing => None,
            Self::Partial { gap, .. } => Some(*gap),
        }
    }

    /// Whether nothing takes entries out while the owner lives.
    #[must_use]
    pub fn is_of_the_end(&self) -> bool {
        self.gap().is_none_or(|gap| gap == Gap::BeforeTheEnd)
    }

    /// Whether a key stays that has nothing under it: then it is the keys that matter.
    #[must_use]
    pub const fn leaves_keys(&self) -> bool {
        matches!(self.gap(), Some(Gap::Keys | Gap::EmptyKey))
    }

    #[must_use]
    pub const fn is_misfit(&self) -> bool {
        matches!(self, Self::Partial { misfit: true, .. })
    }
}
