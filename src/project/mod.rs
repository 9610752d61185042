//! The whole tree as evidence: facts of all files → findings.

use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::finding::Finding;

/// What one file says: symbolic, serializable, dependent on that file alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    pub path: String,
}

/// Answers the open questions of every file from the others, and gives the findings that remain, of all confidences,
/// in the order of path and position.
#[must_use]
pub fn decide(_facts: &[Facts], _catalogue: &Catalogue) -> Vec<Finding> {
    Vec::new()
}
