//! Analyses: model × catalogue → the facts of one file, which the project stage turns into findings.

use crate::catalogue::Catalogue;
use crate::model::Module;
use crate::project::Facts;
use crate::source::SourceFile;

/// The facts of one file: findings with their open questions, and what the file answers to others.
#[must_use]
pub fn facts(source: &SourceFile, _module: &Module, _catalogue: &Catalogue) -> Facts {
    Facts { path: source.display_path(), ..Facts::default() }
}
