//! The whole tree as evidence: facts of all files → findings.
//!
//! A question of one file is answered from the facts of others. Which others is found on the way: a name is followed to
//! the file that declares it, and what may happen anywhere is looked for in the files that hold its word. What was not
//! read yet is asked for, so that the caller reads it and decides again; in the end a file's findings are the same
//! whether it was checked alone or with all others.

mod answers;
mod facts;
mod precedence;
mod settled;
mod symbols;
mod tree;

use std::collections::BTreeSet;

use self::answers::Answers;
pub use self::facts::{
    Acquisition, Candidate, ClassFact, EndFact, ExportFact, Facts, Fate, FunctionFact, Often, Question, Run, Symbol,
    Taken,
};
pub use self::settled::settled;
pub use self::symbols::pascal;
pub use self::tree::{Tree, is_manifest};
use crate::catalogue::Catalogue;
use crate::finding::Finding;
use crate::lang::Family;
use crate::model::Name;

/// What came of the files read so far.
#[derive(Debug, Default)]
pub struct Decision {
    /// Of all confidences, in the order of path and position; one an acquisition.
    pub findings: Vec<Finding>,
    /// Files, as they are shown, that hold a declaration that was asked about and were not read.
    pub files: BTreeSet<String>,
    /// Identifiers; a file of the family that holds one may be evidence.
    pub words: BTreeSet<(Family, Name)>,
}

/// Decides the candidates of the files that are asked about, from the facts of all.
#[must_use]
pub fn decide(facts: &[Facts], tree: &Tree, is_asked: impl Fn(&str) -> bool, catalogue: &Catalogue) -> Decision {
    let answers = Answers::new(facts, tree);
    let mut findings = Vec::new();
    for file in facts.iter().filter(|file| is_asked(&file.path)) {
        for candidate in &file.candidates {
            // Every question is asked, so that what has to be read is known after one round.
            let falls = candidate.unless.iter().fold(false, |yes, question| answers.is(file, question) | yes);
            let stands = candidate.only_if.iter().fold(true, |yes, question| answers.is(file, question) & yes);
            if stands && !falls {
                findings.push(candidate.finding.clone());
            }
        }
    }
    let (files, words) = answers.wanted();
    Decision { findings: precedence::one_each(findings, catalogue), files, words }
}
