//! What the rest of the project says: the files that can hold evidence are read until nothing new is asked for.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Outcome;
use super::run::{Options, isolated_facts};
use crate::catalogue::Catalogue;
use crate::discover::{self, Entry, Text};
use crate::finding::Finding;
use crate::lang::Family;
use crate::project::{self, Facts, Tree};
use crate::source::SourceFile;
use crate::trigger::Mentions;

/// Each round reads what the one before asked for; names lead to names through bases, re-exports and helpers.
const ROUNDS: usize = 12;

/// The findings of the files whose facts are given; adds to these the facts of the files that were needed as evidence,
/// and to the outcome what that took and what it says of the place asked about.
pub fn decide(facts: &mut Vec<Facts>, options: &Options, catalogue: &Catalogue, outcome: &mut Outcome) -> Vec<Finding> {
    let asked: BTreeSet<String> = facts.iter().map(|file| file.path.clone()).collect();
    let entries: BTreeMap<&str, &Entry> = options
        .project
        .files
        .iter()
        .chain(&options.found.files)
        .map(|entry| (entry.shown.as_str(), entry))
        .filter(|(shown, _)| !asked.contains(*shown))
        .collect();
    let base = crate::source::slashed(&options.selection.base);
    let manifests = options.project.manifests.iter().chain(&options.found.manifests);
    let tree = Tree::new(
        &base,
        entries.keys().copied().chain(asked.iter().map(String::as_str)),
        manifests.map(|(path, text)| (path.as_str(), text.as_str())),
    );
    let mut rest: BTreeMap<&str, &Entry> = entries;
    let mut searched = BTreeSet::new();
    let decide = |facts: &[Facts]| project::decide(facts, &tree, |path| asked.contains(path), catalogue);
    let mut decision = decide(facts);
    for _ in 0..ROUNDS {
        let words: BTreeSet<_> = decision.words.difference(&searched).cloned().collect();
        let found = read(&rest, &decision.files, &words, options, catalogue);
        searched.extend(words);
        if found.is_empty() {
            break;
        }
        for (file, bytes) in found {
            rest.remove(file.path.as_str());
            outcome.statistics.evidence_parsed += 1;
            outcome.statistics.evidence_bytes += bytes;
            facts.push(file);
        }
        decision = decide(facts);
    }
    if let Some((path, _)) = &options.asked {
        outcome.quiet = project::settled(facts, &tree, path);
    }
    decision.findings
}

/// The facts of the files that are named or hold one of the words, with their sizes in bytes.
fn read(
    rest: &BTreeMap<&str, &Entry>,
    files: &BTreeSet<String>,
    words: &BTreeSet<(Family, smol_str::SmolStr)>,
    options: &Options,
    catalogue: &Catalogue,
) -> Vec<(Facts, u64)> {
    let mentions = Mentions::new(words.iter().map(|(family, word)| (*family, word.as_str())));
    let (rest, wanted): (Vec<_>, Vec<_>) = rest
        .values()
        .map(|entry| (*entry, files.contains(&entry.shown)))
        .filter(|(entry, named)| *named || mentions.has(entry.language.family()))
        .unzip();
    rest.par_iter()
        .zip(&wanted)
        .filter_map(|(entry, named)| {
            let Text::Read(text) = discover::read(entry, &options.selection) else { return None };
            if !named && !mentions.occur(entry.language.family(), text.as_bytes()) {
                return None;
            }
            let bytes = text.len() as u64;
            let source = SourceFile::new(&entry.shown, entry.language, text);
            Some((isolated_facts(&source, catalogue)?, bytes))
        })
        .collect()
}
