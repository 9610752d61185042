//! What a name of one file stands for in another: imports, re-exports and packages followed to a declaration.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::facts::{ClassFact, Facts, FunctionFact, Symbol};
use super::tree::Tree;
use crate::lang::{Family, Language};
use crate::model::{Name, QualifiedName};

/// How many re-exports are followed.
const DEPTH: u8 = 8;

/// A declaration: a name within a file, `Class.member`; empty for the module itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Definition {
    pub path: String,
    pub name: Name,
}

impl Definition {
    /// The last part of the name.
    #[must_use]
    pub fn last(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// What importers of the file are likely to call it.
    #[must_use]
    pub fn stem(&self) -> &str {
        Tree::stem(&self.path)
    }

    /// Whether it is a single-file component.
    #[must_use]
    pub fn is_component(&self) -> bool {
        let extension = self.path.rsplit('.').next();
        self.name == "default" && matches!(extension, Some("vue" | "svelte"))
    }

    /// What markup calls a single-file component that nothing imports, where its directories are a part of its name:
    /// `AppSearch` for `components/app/search/index.vue`, and for `components/app/AppSearch.vue`.
    #[must_use]
    pub fn with_directories(&self) -> Option<Name> {
        let (_, below) = self.path.rsplit_once("components/").filter(|_| self.is_component())?;
        let (directories, _) = below.rsplit_once('/')?;
        let mut name = String::new();
        let mut last = Name::default();
        for part in directories.split('/').chain([self.stem()]) {
            let part = pascal(part);
            name.push_str(part.strip_prefix(last.as_str()).unwrap_or(&part));
            last = part;
        }
        Some(name.into())
    }
}

/// `SideBar` for `side-bar`, as the names of components are written.
#[must_use]
pub fn pascal(name: &str) -> Name {
    let parts = name.split('-').map(|part| {
        let mut letters = part.chars();
        letters.next().into_iter().map(|first| first.to_ascii_uppercase()).chain(letters).collect::<String>()
    });
    parts.collect::<String>().into()
}

/// The files that were read, and the tree they stand in.
pub struct Symbols<'a> {
    pub tree: &'a Tree,
    by_path: FxHashMap<&'a str, &'a Facts>,
    /// Files that were asked for and not read.
    wanted: RefCell<BTreeSet<String>>,
}

impl<'a> Symbols<'a> {
    #[must_use]
    pub fn new(facts: &'a [Facts], tree: &'a Tree) -> Self {
        let by_path = facts.iter().map(|file| (file.path.as_str(), file)).collect();
        Self { tree, by_path, wanted: RefCell::default() }
    }

    /// The facts of a file; it is noted when nobody has read it yet.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&'a Facts> {
        let found = self.by_path.get(path).copied();
        if found.is_none() {
            self.wanted.borrow_mut().insert(path.to_owned());
        }
        found
    }

    /// The files that were read.
    pub fn files(&self) -> impl Iterator<Item = &'a Facts> {
        self.by_path.values().copied()
    }

    /// The files that were asked for and not read.
    #[must_use]
    pub fn wanted(&self) -> BTreeSet<String> {
        self.wanted.borrow().clone()
    }

    /// The function, with an initializer or a class's constructor not counted.
    #[must_use]
    pub fn function(&self, definition: &Definition) -> Option<&'a FunctionFact> {
        self.file(&definition.path)?.functions.get(&definition.name)
    }

    #[must_use]
    pub fn class(&self, definition: &Definition) -> Option<&'a ClassFact> {
        self.file(&definition.path)?.classes.iter().find(|class| class.name == definition.name)
    }

    /// Where the symbol is declared; nothing for what is not of the project.
    #[must_use]
    pub fn define(&self, from: &Facts, symbol: &Symbol) -> Option<Definition> {
        self.follow(from, symbol, DEPTH)
    }

    fn follow(&self, from: &Facts, symbol: &Symbol, depth: u8) -> Option<Definition> {
        let depth = depth.checked_sub(1)?;
        let family = from.language.map(Language::family)?;
        if QualifiedName::here("").module == symbol.module {
            return Some(Definition { path: from.path.clone(), name: symbol.name.clone() });
        }
        if family == Family::Java {
            return self.java(from, symbol);
        }
        if symbol.module.is_empty() {
            return None;
        }
        if let Some(path) = self.tree.module(family, &from.path, &symbol.module, "") {
            let found = self.exported(path, &symbol.name, depth);
            if found.is_some() || family != Family::Python {
                return found;
            }
        }
        // Python: what a package does not name is a module in it.
        let (head, rest) = split(&symbol.name);
        if family != Family::Python || head.is_empty() {
            return None;
        }
        let joint = if symbol.module.ends_with('.') { "" } else { "." };
        let module = Name::from(format!("{}{joint}{head}", symbol.module));
        let inner = Symbol { module, name: Name::new(rest) };
        let exists = self.tree.module(family, &from.path, &inner.module, "").is_some()
            || self.tree.is_namespace(&from.path, &inner.module);
        exists.then(|| self.follow(from, &inner, depth))?
    }

    /// What a file exports under a name, of which the head is the exported one.
    fn exported(&self, path: &str, name: &str, depth: u8) -> Option<Definition> {
        let file = self.file(path)?;
        let whole = || Some(Definition { path: path.to_owned(), name: Name::new(name) });
        let (head, rest) = split(name);
        let of = |exported: &str, rest: &str| {
            let export = file.exports.iter().find(|export| export.name == exported)?;
            self.follow(file, &export.is.member(rest), depth)
        };
        if head.is_empty() {
            // The module, or its default export, which is the same to whoever writes `import x from`.
            return of("default", "").or_else(whole);
        }
        of(head, rest)
            .or_else(|| {
                let mut all = file.exports.iter().filter(|export| export.name.is_empty() || export.is.name == "*");
                all.find_map(|export| {
                    let symbol = Symbol { module: export.is.module.clone(), name: Name::new(name) };
                    self.follow(file, &symbol, depth)
                })
            })
            .or_else(|| if head == "default" { None } else { of("default", name) })
            .or_else(|| {
                let declared = file.functions.contains_key(name) || file.classes.iter().any(|class| class.name == name);
                declared.then(whole)?
            })
    }

    fn java(&self, from: &Facts, symbol: &Symbol) -> Option<Definition> {
        let (head, _) = split(&symbol.name);
        let found = |package: &str| self.tree.module(Family::Java, &from.path, package, head);
        let path = if symbol.module == crate::model::UNRESOLVED {
            let own = from.classes.iter().any(|class| class.name == head).then_some(from.path.as_str());
            own.or_else(|| found(&from.package)).or_else(|| from.wildcards.iter().find_map(|package| found(package)))
        } else if symbol.module == from.package && from.classes.iter().any(|class| class.name == head) {
            Some(from.path.as_str())
        } else {
            found(&symbol.module)
        }?;
        Some(Definition { path: path.to_owned(), name: symbol.name.clone() })
    }

    /// The classes above a class, the nearest first; none twice.
    #[must_use]
    pub fn above(&self, definition: &Definition) -> Vec<(Definition, &'a ClassFact)> {
        let mut seen = BTreeSet::from([definition.clone()]);
        let mut queue = vec![definition.clone()];
        let mut found = Vec::new();
        while let Some(next) = queue.pop() {
            let (Some(file), Some(class)) = (self.file(&next.path), self.class(&next)) else { continue };
            for base in &class.bases {
                let Some(base) = self.define(file, base) else { continue };
                if seen.insert(base.clone()) {
                    if let Some(class) = self.class(&base) {
                        found.push((base.clone(), class));
                    }
                    queue.push(base);
                }
            }
        }
        found
    }

    /// The classes below a class, as far as their files were read; none twice.
    #[must_use]
    pub fn below(&self, definition: &Definition) -> Vec<&'a ClassFact> {
        let mut seen = BTreeSet::from([definition.clone()]);
        let mut queue = vec![definition.clone()];
        let mut found = Vec::new();
        while let Some(next) = queue.pop() {
            for file in self.by_path.values() {
                for class in &file.classes {
                    // The name that a file gives a base may be another one only where an import renames it.
                    let named = |base: &&Symbol| base.name.is_empty() || base.last() == next.last();
                    let extends =
                        class.bases.iter().filter(named).any(|base| self.define(file, base).as_ref() == Some(&next));
                    let definition = Definition { path: file.path.clone(), name: class.name.clone() };
                    if extends && seen.insert(definition.clone()) {
                        found.push(class);
                        queue.push(definition);
                    }
                }
            }
        }
        found
    }
}

/// The first part of a dotted name, and the rest.
fn split(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or((name, ""))
}
