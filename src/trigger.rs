//! Which files can matter at all: one pass over the bytes for the words of the tables.
//!
//! A superset by construction: whatever a table names is written in the file with all the parts of its name that the
//! language makes it write, and a library's tables apply only where its import stands. A test holds this over all cases.
//! Files that are no more than evidence for others are found by [`Mentions`], when somebody asks.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use rustc_hash::FxHashMap;

use crate::catalogue::{Catalogue, Form, Library, Pattern};
use crate::lang::Family;

const FAMILIES: [Family; 3] = [Family::JavaScript, Family::Java, Family::Python];

/// What the analyses of growth look for and no table names. `leaklint-ignore` is there so that a suppression that suppresses
/// nothing is told.
fn own_words(family: Family) -> &'static [&'static str] {
    match family {
        Family::JavaScript => &["[", "{", "+=", "Map", "Set", "Promise", "leaklint-ignore"],
        Family::Java => &["withInitial", "initialValue", "leaklint-ignore"],
        Family::Python => &[
            "[",
            "{",
            "+=",
            "dict",
            "list",
            "set",
            "deque",
            "lru_cache",
            "functools",
            "create_task",
            "ensure_future",
            "leaklint-ignore",
        ],
    }
}

/// Decides whether a file is worth parsing.
#[derive(Debug)]
pub struct Trigger(Vec<Option<Needs>>);

impl Trigger {
    #[must_use]
    pub fn new(catalogue: &Catalogue) -> Self {
        Self(FAMILIES.iter().map(|family| Needs::new(catalogue, *family).ok()).collect())
    }

    /// Whether a file may hold a finding; always, should there be no automaton.
    #[must_use]
    pub fn fires(&self, family: Family, text: &[u8]) -> bool {
        let at = FAMILIES.iter().position(|other| *other == family);
        at.and_then(|at| self.0.get(at)?.as_ref()).is_none_or(|needs| needs.met(text))
    }
}

/// What a file of a family needs to hold: of one of the needs, a word of every group.
#[derive(Debug)]
struct Needs {
    words: Words,
    needs: Vec<Vec<Vec<usize>>>,
}

impl Needs {
    fn new(catalogue: &Catalogue, family: Family) -> Result<Self, BuildError> {
        let mut known: FxHashMap<Word, usize> = FxHashMap::default();
        let mut needs: Vec<Vec<Vec<usize>>> = of_catalogue(catalogue, family)
            .into_iter()
            .map(|need| {
                let mut groups: Vec<Vec<usize>> = need
                    .into_iter()
                    .map(|group| {
                        let ids = group.into_iter().map(|word| {
                            let next = known.len();
                            *known.entry(word).or_insert(next)
                        });
                        ids.collect()
                    })
                    .collect();
                groups.sort();
                groups.dedup();
                groups
            })
            .collect();
        needs.sort();
        needs.dedup();
        let mut words: Vec<(Word, usize)> = known.into_iter().collect();
        words.sort_by_key(|(_, id)| *id);
        let words: Vec<Word> = words.into_iter().map(|(word, _)| word).collect();
        Ok(Self { words: Words::new(&words)?, needs })
    }

    fn met(&self, text: &[u8]) -> bool {
        let seen = self.words.all(text);
        self.needs.iter().any(|groups| groups.iter().all(|group| group.iter().any(|word| seen[*word])))
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

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// The words of one language family.
#[derive(Debug)]
struct Words {
    automaton: AhoCorasick,
    /// For each word whether an identifier must start and end with it.
    bounded: Vec<(bool, bool)>,
}

impl Words {
    fn new(words: &[Word]) -> Result<Self, BuildError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(words.iter().map(|word| word.text.as_str()))?;
        Ok(Self { automaton, bounded: words.iter().map(|word| word.bounded).collect() })
    }

    fn occur(&self, text: &[u8]) -> bool {
        self.found(text).next().is_some()
    }

    /// For each word whether it occurs.
    fn all(&self, text: &[u8]) -> Vec<bool> {
        let mut seen = vec![false; self.bounded.len()];
        self.found(text).for_each(|word| seen[word] = true);
        seen
    }

    fn found<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
        let inside = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| is_identifier(*byte));
        self.automaton.find_overlapping_iter(text).filter_map(move |found| {
            let word = found.pattern().as_usize();
            let (before, after) = self.bounded[word];
            let goes_on = before && inside(found.start().checked_sub(1)) || after && inside(Some(found.end()));
            (!goes_on).then_some(word)
        })
    }
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Groups of words; a file has to hold one of every group.
type Need = Vec<Vec<Word>>;

fn of_catalogue(catalogue: &Catalogue, family: Family) -> Vec<Need> {
    let applies = |library: &Library| library.languages.is_empty() || library.languages.contains(&family);
    let mut needs: Vec<Need> = own_words(family).iter().map(|word| vec![vec![Word::whole(word)]]).collect();
    for (index, pattern) in catalogue.acquires.patterns() {
        let library = &catalogue.libraries[index].1;
        if applies(library) {
            needs.push(
                parts(pattern)
                    .into_iter()
                    .filter_map(Word::of_name)
                    .map(|word| vec![word])
                    .chain(gate(library))
                    .collect(),
            );
        }
    }
    let libraries = || catalogue.libraries.iter().map(|(_, library)| library).filter(|library| applies(library));
    // What every collection grows by, with its own words.
    let grow: Vec<Word> = libraries()
        .flat_map(|library| &library.collection)
        .flat_map(|collection| &collection.grow)
        .filter_map(|word| Word::of_name(word))
        .collect();
    for library in libraries() {
        let named = |names: Vec<&String>| -> Vec<Word> {
            names.into_iter().filter_map(|name| Word::of_name(last(name))).collect()
        };
        let mut add = |group: Vec<Word>, other: Option<Vec<Word>>| {
            if !group.is_empty() {
                needs.push(std::iter::once(group).chain(other).chain(gate(library)).collect());
            }
        };
        add(named(library.r#type.iter().flat_map(|ty| &ty.name).collect()), None);
        add(
            named(library.collection.iter().flat_map(|collection| &collection.name).collect()),
            (family == Family::Java).then(|| grow.clone()),
        );
        add(named(library.owner.iter().flat_map(|owner| &owner.teardown).collect()), None);
    }
    needs
}

/// The imports of which a file has to have one for a library's tables to apply.
fn gate(library: &Library) -> Option<Vec<Word>> {
    // The last part alone: packages are also imported part by part.
    (!library.imports.is_empty())
        .then(|| library.imports.iter().filter_map(|import| Word::of_name(last(import))).collect())
}

/// The names that a file must write to mean the pattern.
fn parts(pattern: &Pattern) -> Vec<&str> {
    match &pattern.form {
        Form::New(class) => vec![last(class)],
        // The holder of a static method or of a module's function is written, or imported by its name.
        Form::Path(path) => path.rsplit(['.', '/']).take(2).filter(|part| *part != "default").collect(),
        Form::Method | Form::TypeMethod(_) | Form::ChainMethod(_) => vec![&pattern.name],
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
        let trigger = Trigger::new(&Catalogue::built_in().unwrap());
        assert!(!trigger.fires(Family::Python, b"x = 1\n"));
    }
}
