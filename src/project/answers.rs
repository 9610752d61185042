//! Answers to what one file cannot know.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::facts::{ClassFact, EndFact, Facts, FunctionFact, Often, Question, Run, Symbol, Taken};
use super::symbols::{Definition, Symbols};
use super::tree::Tree;
use crate::lang::{Family, Language};
use crate::model::Name;
use crate::source::Span;

/// Answers from the files that were read, and notes what else would have to be.
pub struct Answers<'a> {
    symbols: Symbols<'a>,
    /// The files that take from members of a name, and where.
    members: FxHashMap<(Family, &'a str), Vec<(&'a Facts, Span)>>,
    /// Files that take from a collection of another file, by the last part of its name.
    shrinks: FxHashMap<&'a str, Vec<(&'a Facts, &'a Taken<Symbol>)>>,
    /// The calls that may remove state of the running thread, by the name of the function.
    thread_ends: FxHashMap<&'a str, Vec<(&'a Facts, &'a Symbol)>>,
    /// Other names under which files pass a name on.
    renames: FxHashMap<&'a str, Vec<&'a Name>>,
    /// The calls of what files give to others, by its name, or by that of its file where it is the default export.
    runs: FxHashMap<&'a str, Vec<(&'a Facts, &'a Run)>>,
    words: RefCell<BTreeSet<(Family, Name)>>,
}

/// How many callees of callees are asked.
const DEPTH: u8 = 3;
/// How many callers of callers are asked how often they run; components stand deep in one another.
const CALLERS: u8 = 8;
/// How many files a tree has at least in which nothing is missing.
const WHOLE: usize = 50;

impl<'a> Answers<'a> {
    #[must_use]
    pub fn new(facts: &'a [Facts], tree: &'a Tree) -> Self {
        let mut members: FxHashMap<(Family, &str), Vec<_>> = FxHashMap::default();
        let mut renames: FxHashMap<&str, Vec<&Name>> = FxHashMap::default();
        let mut shrinks: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        let mut runs: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        let mut thread_ends: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        for file in facts {
            let Some(family) = file.language.map(Language::family) else { continue };
            for member in &file.member_shrinks {
                members.entry((family, member.from.as_str())).or_default().push((file, member.span));
            }
            for export in file.exports.iter().filter(|export| export.name != export.is.last()) {
                renames.entry(export.is.last()).or_default().push(&export.name);
            }
            for symbol in &file.thread_ends {
                thread_ends.entry(symbol.last()).or_default().push((file, symbol));
            }
            for taken in &file.shrinks {
                shrinks.entry(taken.from.last()).or_default().push((file, taken));
            }
            for run in &file.runs {
                let whole = matches!(run.of.name.as_str(), "" | "default");
                let own = run.of.module == crate::model::QualifiedName::here("").module;
                let path = if own { &file.path } else { run.of.module.as_str() };
                let name = if whole { Tree::stem(path) } else { run.of.last() };
                runs.entry(name).or_default().push((file, run));
            }
        }
        Self {
            symbols: Symbols::new(facts, tree),
            members,
            shrinks,
            runs,
            thread_ends,
            renames,
            words: RefCell::default(),
        }
    }

    /// The files that were asked for and not read, and the words that further evidence has to hold.
    #[must_use]
    pub fn wanted(&self) -> (BTreeSet<String>, BTreeSet<(Family, Name)>) {
        (self.symbols.wanted(), self.words.borrow().clone())
    }

    /// Whether the answer is yes. What is not of the project is not known, and gives no.
    #[must_use]
    pub fn is(&self, from: &Facts, question: &Question) -> bool {
        match question {
            Question::Releases { callee, argument } => self.releases(from, callee, *argument),
            Question::Consumes { callee, argument } => {
                self.function(from, callee).is_some_and(|function| function.consumes.contains(argument))
            }
            Question::LeavesOpen { callee, argument } => {
                let function = self.function(from, callee);
                function.is_some_and(|function| function.leaves.contains(argument))
                    && !self.releases(from, callee, *argument)
            }
            Question::ReturnsOpen { callee } => self
                .function(from, callee)
                .is_some_and(|function| function.returns.as_ref().is_some_and(|(kind, _)| kind == "resource")),
            Question::Completes { callee } => self.function(from, callee).is_some_and(|function| function.completes),
            Question::GivesIdle { callee } => self.gives_idle(from, callee, DEPTH),
            Question::IsCalm { callee } => self.is_calm(from, callee, DEPTH),
            Question::MustClose { class } => {
                let lineage = self.lineage(from, class);
                lineage.iter().any(|class| class.holds && !class.teardowns.is_empty())
                    && !lineage.iter().any(|class| class.enrolls)
            }
            Question::Attaches { class, methods } => {
                self.lineage(from, class).iter().any(|class| class.attaches.iter().any(|name| methods.contains(name)))
            }
            Question::HierarchyReleases { class, member } => self.hierarchy_releases(from, class, member),
            Question::HierarchyEnds { class } => {
                self.lineage(from, class).iter().any(|class| !class.teardowns.is_empty())
            }
            Question::TearsDown { class, method, calls, touches } => {
                // An override of Java or Python mostly does the part of a base class that only passes the word on.
                let plain = from.language.map(Language::family) == Some(Family::JavaScript);
                let classes = self.lineage(from, class).into_iter().filter(|class| class.holds || plain);
                let declares = |class: &ClassFact| class.ends.iter().any(|end| end.declared && end.name == *method);
                let mut ends = classes.take_while(|class| !declares(class)).flat_map(|class| &class.ends);
                // Who names all of them does the part of the base class itself.
                let repeats =
                    |end: &EndFact| !end.fields.is_empty() && end.fields.iter().all(|field| touches.contains(field));
                ends.any(|end| {
                    end.name == *method
                        && !repeats(end)
                        && (end.after.is_empty() || end.after.iter().any(|name| calls.contains(name)))
                })
            }
            Question::SetsThread { callee } => self.function(from, callee).is_some_and(|function| function.sets_thread),
            Question::NobodyClears { holder } => self.nobody_clears(from, holder),
            Question::IsEnum { class } => self.symbols.define(from, class).is_some_and(|found| {
                self.symbols.file(&found.path).is_some_and(|file| file.enums.contains(&found.name))
            }),
            Question::Grows { collection } => self.grows(from, collection),
            Question::Shrinks { collection } => self.shrinks(from, collection).is_some(),
            Question::RunsOnce { function } => self.runs_once(from, function, CALLERS),
            Question::BoundOnce { class } => self.runs_of(from, class).iter().any(|(_, run)| run.often == Often::Bound),
            Question::Unused { class } => self.is_unused(from, class),
            Question::MadeBriefly { class } => self.made_briefly(from, class),
            Question::MadeByOwner { class, argument } => {
                let runs = self.runs_of(from, class);
                !runs.is_empty() && runs.iter().all(|(_, run)| run.owners.contains(argument))
            }
            Question::MemberShrinks { member } => self.member_shrinks(from, member).is_some(),
        }
    }

    /// Whether all that the function gives back is made of classes that have nothing to end.
    fn gives_idle(&self, from: &Facts, callee: &Symbol, depth: u8) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let Some(found) = self.symbols.define(from, callee) else { return false };
        let (Some(file), Some(function)) = (self.symbols.file(&found.path), self.symbols.function(&found)) else {
            return false;
        };
        let idle = |made: &Symbol| {
            let class = self.symbols.define(file, made).and_then(|found| self.symbols.class(&found));
            class.is_some_and(|class| class.idle)
        };
        function.lends
            || !function.gives.is_empty()
                && function.gives.iter().all(|made| idle(made) || self.gives_idle(file, made, depth))
    }

    /// Whether nothing that the function runs would fail.
    fn is_calm(&self, from: &Facts, callee: &Symbol, depth: u8) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let Some(found) = self.symbols.define(from, callee) else { return false };
        let Some(file) = self.symbols.file(&found.path) else { return false };
        let Some(leans) = file.calm.get(&found.name) else { return false };
        leans.iter().all(|lean| self.is_calm(file, lean, depth))
    }

    fn releases(&self, from: &Facts, callee: &Symbol, argument: u16) -> bool {
        let function = self.function(from, callee);
        function.is_some_and(|function| function.releases.contains(&argument) || function.keeps.contains(&argument))
    }

    fn function(&self, from: &Facts, callee: &Symbol) -> Option<&'a FunctionFact> {
        self.declared(from, callee).map(|(_, function)| function)
    }

    /// The function that a name stands for, and its file; a method may be one of a class above.
    pub(super) fn declared(&self, from: &Facts, callee: &Symbol) -> Option<(&'a Facts, &'a FunctionFact)> {
        let found = self.symbols.define(from, callee)?;
        let of = |found: &Definition| Some((self.symbols.file(&found.path)?, self.symbols.function(found)?));
        of(&found).or_else(|| {
            let (class, method) = found.name.rsplit_once('.')?;
            let class = Definition { path: found.path.clone(), name: Name::new(class) };
            let named = |above: &Definition| Definition {
                path: above.path.clone(),
                name: Name::from(format!("{}.{method}", above.name)),
            };
            self.symbols.above(&class).iter().find_map(|(above, _)| of(&named(above)))
        })
    }

    /// A class and those above it.
    fn lineage(&self, from: &Facts, class: &Symbol) -> Vec<&'a ClassFact> {
        let Some(found) = self.symbols.define(from, class) else { return Vec::new() };
        let own = self.symbols.class(&found);
        own.into_iter().chain(self.symbols.above(&found).into_iter().map(|(_, class)| class)).collect()
    }

    fn hierarchy_releases(&self, from: &Facts, class: &Symbol, member: &Name) -> bool {
        let Some(found) = self.symbols.define(from, class) else { return false };
        let mut classes = self.lineage(from, class);
        if found.path == from.path {
            if let Some(family) = from.language.map(Language::family) {
                self.want(family, Name::new(found.last()));
            }
            classes.extend(self.symbols.below(&found));
        }
        classes.iter().any(|class| class.releases.contains(member) || class.shrinks.contains(member))
    }

    fn grows(&self, from: &Facts, collection: &Symbol) -> bool {
        let found = self.symbols.define(from, collection);
        found.is_some_and(|found| {
            found.path != from.path
                && self.symbols.file(&found.path).is_some_and(|file| file.collections.contains(&found.name))
        })
    }

    /// Where another file takes from a collection, clears it or bounds it.
    pub(super) fn shrinks(&self, from: &Facts, collection: &Symbol) -> Option<(&'a Facts, Span)> {
        let (found, family) = (self.symbols.define(from, collection)?, from.language.map(Language::family)?);
        let names = self.names(&found);
        for name in &names {
            self.want(family, name.clone());
        }
        names
            .iter()
            .filter_map(|name| self.shrinks.get(name.as_str()))
            .flatten()
            .find(|(file, taken)| {
                file.path != from.path && self.symbols.define(file, &taken.from).as_ref() == Some(&found)
            })
            .map(|(file, taken)| (*file, taken.span))
    }

    /// Where another file takes from a member of a name.
    pub(super) fn member_shrinks(&self, from: &Facts, member: &Name) -> Option<(&'a Facts, Span)> {
        let family = from.language.map(Language::family)?;
        self.want(family, member.clone());
        let places = self.members.get(&(family, member.as_str()))?;
        places.iter().find(|(file, _)| file.path != from.path).copied()
    }

    /// Whether a class can remove what it leaves with threads, and no other file asks it to.
    fn nobody_clears(&self, from: &Facts, holder: &Symbol) -> bool {
        let (Some(found), Some(family)) = (self.symbols.define(from, holder), from.language.map(Language::family))
        else {
            return false;
        };
        self.want(family, Name::new(found.last()));
        let Some(file) = self.symbols.file(&found.path) else { return false };
        let mut clears = file
            .functions
            .iter()
            .filter(|(name, function)| {
                function.clears_thread && name.rsplit_once('.').is_some_and(|(class, _)| class == found.name)
            })
            .map(|(name, _)| Definition { path: found.path.clone(), name: name.clone() })
            .peekable();
        clears.peek().is_some()
            && !clears.any(|function| {
                self.thread_ends.get(function.last()).into_iter().flatten().any(|(file, symbol)| {
                    file.path != found.path && self.symbols.define(file, symbol).as_ref() == Some(&function)
                })
            })
    }

    /// Whether there are calls of the function, and all of them run once.
    fn runs_once(&self, from: &Facts, function: &Symbol, depth: u8) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let runs = self.runs_of(from, function);
        !runs.is_empty()
            && runs.iter().all(|(file, run)| match &run.often {
                Often::Once => true,
                Often::With(name) => {
                    self.runs_once(file, &crate::model::QualifiedName::here(name.clone()).into(), depth)
                }
                Often::Bound | Often::Again => false,
            })
    }

    /// Whether no file imports the one that declares the class. In a small tree the files that do so may be missing, and
    /// what a package or a tool enters by has names of its own.
    fn is_unused(&self, from: &Facts, class: &Symbol) -> bool {
        let Some(found) = self.symbols.define(from, class) else { return false };
        let stem = found.stem();
        let file = found.path.rsplit('/').next().unwrap_or_default();
        if file.starts_with("index.")
            || stem == "main"
            || self.symbols.tree.size() < WHOLE
            || self.symbols.tree.enters(stem)
        {
            return false;
        }
        self.want(Family::JavaScript, Name::new(stem));
        let imports = |file: &Facts| {
            let modules = file.imports.iter().chain(file.exports.iter().map(|export| &export.is));
            let mut named = modules.map(|symbol| &symbol.module).filter(|module| module.contains(stem));
            named.any(|module| {
                let meant = self.symbols.tree.module(Family::JavaScript, &file.path, module, "");
                meant.is_none_or(|path| path == found.path)
            })
        };
        !self.symbols.files().any(|file| file.path != found.path && imports(file))
    }

    /// Whether instances of the class are made, and each goes with the function that makes it.
    fn made_briefly(&self, from: &Facts, class: &Symbol) -> bool {
        let runs = self.runs_of(from, class);
        !runs.is_empty() && runs.iter().all(|(_, run)| run.brief)
    }

    /// The calls of a function, or the makings of an instance of a class, in all files.
    fn runs_of(&self, from: &Facts, symbol: &Symbol) -> Vec<(&'a Facts, &'a Run)> {
        let (Some(found), Some(family)) = (self.symbols.define(from, symbol), from.language.map(Language::family))
        else {
            return Vec::new();
        };
        let names = self.names(&found);
        for name in &names {
            self.want(family, name.clone());
        }
        let runs = names.iter().filter_map(|name| self.runs.get(name.as_str())).flatten();
        // Elements of markup that nothing imports are components that the whole application knows.
        let known = if found.is_component() { found.stem() } else { found.name.as_str() };
        let known: Vec<Name> = [Name::new(known)].into_iter().chain(found.with_directories()).collect();
        if family == Family::JavaScript {
            known.iter().for_each(|name| self.want(family, kebab(name)));
        }
        let is_shared =
            |run: &Run| family == Family::JavaScript && run.of.module.is_empty() && known.contains(&run.of.name);
        let means =
            |file: &Facts, run: &Run| is_shared(run) || self.symbols.define(file, &run.of).as_ref() == Some(&found);
        runs.filter(|(file, run)| means(file, run)).copied().collect()
    }

    /// The names under which importers may know a declaration.
    fn names(&self, definition: &Definition) -> Vec<Name> {
        if definition.name == "default" {
            return [Name::new(definition.stem())].into_iter().chain(definition.with_directories()).collect();
        }
        let mut names = vec![Name::new(definition.last())];
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            for other in self.renames.get(name.as_str()).into_iter().flatten() {
                let other =
                    if *other == "default" { Name::new(Tree::stem(&definition.path)) } else { (*other).clone() };
                if !names.contains(&other) {
                    names.push(other);
                }
            }
        }
        names
    }

    fn want(&self, family: Family, word: Name) {
        self.words.borrow_mut().insert((family, word));
    }
}

/// `side-bar` for `SideBar`, as markup may name it.
fn kebab(name: &str) -> Name {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab.into()
}
