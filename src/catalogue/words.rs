//! What names say, in English and in the vocabulary of the three languages, where no table of a library knows them.
//!
//! `rules/words/` holds the words; the build makes a function of each of its tables, in a module of each file, and a
//! constant of each table of pairs. A misspelt table is an error of the compiler.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::glob;

/// A set of names.
#[derive(Debug)]
pub struct Words {
    /// Names are compared in lower case, without underscores and signs of privacy.
    plain: bool,
    /// Whole names, sorted.
    names: &'static [&'static str],
    /// What may stand anywhere in a name, looked for all at once: `*close*`.
    parts: Option<AhoCorasick>,
    /// Other names with `*`.
    patterns: Vec<&'static str>,
    /// First words of a name: `get` of `getSize` and `get_size`, and `get` itself.
    leads: &'static [&'static str],
    /// Names and patterns that are none of the set.
    but: &'static [&'static str],
}

impl Words {
    fn new(
        plain: bool,
        names: &'static [&'static str],
        patterns: &'static [&'static str],
        leads: &'static [&'static str],
        but: &'static [&'static str],
    ) -> Self {
        let part = |pattern: &&'static str| {
            pattern.strip_prefix('*')?.strip_suffix('*').filter(|part| !part.is_empty() && !part.contains('*'))
        };
        let parts: Vec<&str> = patterns.iter().filter_map(part).collect();
        // Patterns that are too many for the matcher are looked for one by one.
        let parts = (!parts.is_empty()).then(|| AhoCorasick::new(&parts).ok()).flatten();
        let patterns = patterns.iter().copied().filter(|pattern| parts.is_none() || part(pattern).is_none()).collect();
        Self { plain, names, parts, patterns, leads, but }
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let name = if self.plain { Cow::Owned(plain(name)) } else { Cow::Borrowed(name) };
        let name = name.as_ref();
        (self.names.binary_search(&name).is_ok()
            || self.parts.as_ref().is_some_and(|parts| parts.is_match(name))
            || self.patterns.iter().any(|pattern| glob(pattern, name))
            || self.leads.iter().any(|lead| leads(lead, name)))
            && !self.but.iter().any(|pattern| glob(pattern, name))
    }
}

/// A name in lower case, without underscores and signs of privacy.
#[must_use]
pub fn plain(name: &str) -> String {
    name.trim_matches(['_', '$', '#']).chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase()
}

fn leads(lead: &str, name: &str) -> bool {
    name.strip_prefix(lead).is_some_and(|rest| !rest.starts_with(|next: char| next.is_lowercase()))
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));
