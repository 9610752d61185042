//! Which files can matter at all: one pass over the bytes for the words of the tables.
//!
//! A superset by construction: a file without any word that a table looks for can neither hold a finding nor evidence
//! against one. Analyses that look at more than the tables say so by giving words of their own.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use crate::catalogue::{Catalogue, Form, Pattern};
use crate::lang::Family;

const FAMILIES: [Family; 3] = [Family::JavaScript, Family::Java, Family::Python];

/// Words that the analyses of growth and of owners look for and no table names: what makes a collection, what ends an
/// owner. `leaklint` is there so that a suppression that suppresses nothing is told.
pub const WORDS: &[(Family, &[&str])] = &[
    (
        Family::JavaScript,
        &[
            "[]",
            "{}",
            "+=",
            "Map",
            "Set",
            "Array",
            "Object.create",
            "Promise",
            "dispose",
            "destroy",
            "close",
            "leaklint-ignore",
        ],
    ),
    (
        Family::Java,
        &["Map", "List", "Set", "Queue", "Deque", "Collection", "Stack", "Vector", "close", "leaklint-ignore"],
    ),
    (
        Family::Python,
        &[
            "[]",
            "{}",
            "+=",
            "dict",
            "list",
            "set",
            "deque",
            "lru_cache",
            "functools",
            "create_task",
            "ensure_future",
            "close",
            "leaklint-ignore",
        ],
    ),
];

/// The words of one language family.
#[derive(Debug)]
struct Words {
    automaton: AhoCorasick,
    /// For each word whether an identifier must start and end with it.
    bounded: Vec<(bool, bool)>,
}

/// Decides whether a file is worth parsing.
#[derive(Debug)]
pub struct Trigger(Vec<Option<Words>>);

impl Trigger {
    /// Takes the words of the tables, and more by family.
    #[must_use]
    pub fn new(catalogue: &Catalogue, more: &[(Family, &[&str])]) -> Self {
        Self(
            FAMILIES
                .iter()
                .map(|family| {
                    let mut words = of_catalogue(catalogue, *family);
                    let more = more.iter().filter(|(of, _)| of == family).flat_map(|(_, words)| *words);
                    words.extend(more.map(|word| Word::whole(word)));
                    words.sort();
                    words.dedup();
                    Words::new(&words).ok()
                })
                .collect(),
        )
    }

    /// Whether any word occurs; always, should there be no automaton.
    #[must_use]
    pub fn fires(&self, family: Family, text: &[u8]) -> bool {
        let at = FAMILIES.iter().position(|other| *other == family);
        at.and_then(|at| self.0.get(at)?.as_ref()).is_none_or(|words| words.occur(text))
    }
}

/// Looks for identifiers that are evidence.
#[derive(Debug)]
pub struct Mentions(Vec<Option<Words>>);

impl Mentions {
    /// Takes identifiers by family.
    #[must_use]
    pub fn new<'a>(identifiers: impl IntoIterator<Item = (Family, &'a str)>) -> Self {
        let mut lists: [Vec<Word>; FAMILIES.len()] = Default::default();
        for (family, word) in identifiers {
            if let Some(at) = FAMILIES.iter().position(|other| *other == family) {
                lists[at].push(Word::whole(word));
            }
        }
        Self(lists.iter().map(|list| if list.is_empty() { None } else { Words::new(list).ok() }).collect())
    }

    /// Whether anything is looked for in files of a family.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        self.words(family).is_some()
    }

    #[must_use]
    pub fn occur(&self, family: Family, text: &[u8]) -> bool {
        self.words(family).is_some_and(|words| words.occur(text))
    }

    fn words(&self, family: Family) -> Option<&Words> {
        let at = FAMILIES.iter().position(|other| *other == family)?;
        self.0.get(at)?.as_ref()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    text: String,
    bounded: (bool, bool),
}

impl Word {
    /// A word by itself. What is no identifier needs no border.
    fn whole(text: &str) -> Self {
        let border = |byte: Option<&u8>| byte.is_some_and(|byte| is_identifier(*byte));
        Self { text: text.to_owned(), bounded: (border(text.as_bytes().first()), border(text.as_bytes().last())) }
    }

    /// The longest literal part of a name with `*`; nothing when the name is all `*`.
    fn of_name(name: &str) -> Option<Self> {
        let parts: Vec<&str> = name.split('*').collect();
        let (at, part) = parts.iter().enumerate().max_by_key(|(_, part)| part.len())?;
        let whole = Self::whole(part);
        let bounded = (whole.bounded.0 && at == 0, whole.bounded.1 && at + 1 == parts.len());
        Some(Self { bounded, ..whole })
    }
}

impl Words {
    fn new(words: &[Word]) -> Result<Self, BuildError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(words.iter().map(|word| word.text.as_str()))?;
        Ok(Self { automaton, bounded: words.iter().map(|word| word.bounded).collect() })
    }

    fn occur(&self, text: &[u8]) -> bool {
        let inside = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| is_identifier(*byte));
        self.automaton.find_overlapping_iter(text).any(|found| {
            let (before, after) = self.bounded[found.pattern().as_usize()];
            let goes_on = before && inside(found.start().checked_sub(1)) || after && inside(Some(found.end()));
            !goes_on
        })
    }
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn of_catalogue(catalogue: &Catalogue, family: Family) -> Vec<Word> {
    let mut names: Vec<&str> = Vec::new();
    let applies = |library: usize| {
        let languages = &catalogue.libraries[library].1.languages;
        languages.is_empty() || languages.contains(&family)
    };
    let patterns = catalogue.acquires.patterns().chain(catalogue.releases.patterns()).chain(catalogue.hooks.patterns());
    names.extend(patterns.filter(|(library, _)| applies(*library)).map(|(_, pattern)| word(pattern)));
    for (index, (_, library)) in catalogue.libraries.iter().enumerate() {
        if !applies(index) {
            continue;
        }
        let types = library.r#type.iter().flat_map(|ty| &ty.name);
        let collections = library.collection.iter().flat_map(|collection| &collection.name);
        names.extend(types.chain(collections).map(|name| last(name)));
        names.extend(library.acquire.iter().flat_map(|acquire| &acquire.closes).map(|name| last(name)));
        names.extend(library.owner.iter().flat_map(|owner| &owner.teardown).map(|name| last(name)));
    }
    names.into_iter().filter_map(Word::of_name).filter(|word| word.text.bytes().any(is_identifier)).collect()
}

/// The name that a file must write to mean the pattern.
fn word(pattern: &Pattern) -> &str {
    match &pattern.form {
        Form::New(class) => last(class),
        Form::Path(path) => last(path),
        Form::Method | Form::TypeMethod(_) => &pattern.name,
    }
}

fn last(path: &str) -> &str {
    path.rsplit(['.', '/', '#']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occur(word: &str, text: &str) -> bool {
        Words::new(&[Word::of_name(word).unwrap()]).unwrap().occur(text.as_bytes())
    }

    #[test]
    fn words() {
        assert!(occur("on", "emitter.on('x')"));
        assert!(!occur("on", "function json() {}"));
        assert!(occur("onDid*", "editor.onDidChange(f)"));
        assert!(!occur("onDid*", "editor.nonDidChange(f)"));
        assert!(occur("[]", "let a=[]"));
        assert!(occur("on", "json on"), "a later one counts");
    }

    #[test]
    fn built_in() {
        let trigger = Trigger::new(&Catalogue::built_in().unwrap(), &[]);
        assert!(!trigger.fires(Family::Python, b"x = 1\n"));
    }
}
