//! What names say, in English and in the vocabulary of the three languages, where no table of a library knows them.
//!
//! `rules/words/` holds the words; the build makes a function of each of its tables, in a module of each file, and a
//! constant of each table of pairs. A misspelt table is an error of the compiler.

use std::borrow::Cow;

use super::glob;

/// A set of names.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Names are compared in lower case, without underscores and signs of privacy.
    plain: bool,
    /// Whole names, sorted.
    names: &'static [&'static str],
    /// Names with `*`.
    patterns: &'static [&'static str],
    /// First words of a name: `get` of `getSize` and `get_size`, and `get` itself.
    leads: &'static [&'static str],
    /// Names and patterns that are none of the set.
    but: &'static [&'static str],
}

impl Words {
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let name = if self.plain { Cow::Owned(plain(name)) } else { Cow::Borrowed(name) };
        let name = name.as_ref();
        (self.names.binary_search(&name).is_ok()
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
