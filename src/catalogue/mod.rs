//! The catalogue: what rules select and what libraries do, loaded from `rules/` and from leaklint.toml.
//!
//! Built-in and user tables go through the same door: [`Catalogue::add`].

mod part;
mod pattern;
mod schema;
mod table;
pub mod words;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use thiserror::Error;

pub use self::part::{BadPart, Part};
pub use self::pattern::{BadPattern, CallShape, Form, Pattern, glob, names};
pub use self::schema::{
    Acquire, Analysis, Borrow, Bound, Callback, Collection, Hook, Library, Lifetime, Once, Owner, PathScope, Release,
    Require, ResourceType, RuleTable, Runs, Severity, Shape, Sink, Source, Wrapper,
};
pub use self::table::{Table, Tabled};
use crate::lang::Family;
use crate::model::{Module, Name, QualifiedName};

/// A rule's files as embedded by the build.
pub struct RuleSource {
    pub id: &'static str,
    pub table: &'static str,
    pub doc: &'static str,
}

mod embedded {
    use super::RuleSource;
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// A rule: what it selects and what it says of itself.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: Name,
    pub table: RuleTable,
    /// doc.md: what, why it leaks, how to fix, when not.
    pub doc: &'static str,
}

/// A table that does not parse.
#[derive(Debug, Error)]
#[error("{table}: {source}")]
pub struct BadTable {
    pub table: String,
    pub source: toml::de::Error,
}

/// All rules and tables, indexed by the last name of what they are about.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub rules: Vec<Rule>,
    /// Name and head of every library; its entries are in the tables.
    pub libraries: Vec<(String, Library)>,
    pub acquires: Table<Acquire>,
    pub releases: Table<Release>,
    pub wrappers: Table<Wrapper>,
    pub sinks: Table<Sink>,
    pub borrows: Table<Borrow>,
    pub hooks: Table<Hook>,
    pub callbacks: Table<Callback>,
    pub sources: Table<Source>,
    /// Types by the last part of their name: library and index in it.
    types: FxHashMap<String, Vec<(usize, usize)>>,
    collections: FxHashMap<String, Vec<(usize, usize)>>,
}

/// Which libraries apply to one file.
#[derive(Debug, Clone)]
pub struct Scope(FxHashSet<usize>);

impl Scope {
    #[must_use]
    pub fn has(&self, library: usize) -> bool {
        self.0.contains(&library)
    }
}

impl Catalogue {
    /// The embedded tables.
    ///
    /// # Errors
    /// A table that does not parse; a test keeps this from happening in a release.
    pub fn built_in() -> Result<Self, BadTable> {
        let mut catalogue = Self::default();
        for source in embedded::RULES {
            let table = toml::from_str(source.table)
                .map_err(|error| BadTable { table: format!("rules/{}/rule.toml", source.id), source: error })?;
            catalogue.rules.push(Rule { id: Name::new(source.id), table, doc: source.doc });
        }
        for (name, text) in embedded::LIBRARIES {
            let library = toml::from_str(text)
                .map_err(|error| BadTable { table: format!("rules/libraries/{name}.toml"), source: error })?;
            catalogue.add(name, library);
        }
        Ok(catalogue)
    }

    /// Adds the tables of a library, built in or a user's.
    pub fn add(&mut self, name: &str, library: Library) {
        let at = self.libraries.len();
        for acquire in &library.acquire {
            self.acquires.add(at, &acquire.call, acquire.clone());
            for release in &acquire.release {
                // What undoes one acquisition may undo others of its kind that are told apart by their handle.
                self.releases.add(at, &release.call, Release { kind: vec![acquire.kind.clone()], ..release.clone() });
            }
        }
        for (index, ty) in library.r#type.iter().enumerate() {
            for name in &ty.name {
                self.types.entry(last(name).to_owned()).or_default().push((at, index));
            }
            if ty.constructed {
                let acquire = ty.constructor();
                self.acquires.add(at, &acquire.call.clone(), acquire);
            }
            for part in &ty.wraps {
                let calls = ty.constructor().call;
                self.wrappers.add(at, &calls.clone(), Wrapper { call: calls, argument: part.clone() });
            }
        }
        for (index, collection) in library.collection.iter().enumerate() {
            for name in &collection.name {
                self.collections.entry(last(name).to_owned()).or_default().push((at, index));
            }
        }
        fn all<T: Tabled + Clone>(table: &mut Table<T>, at: usize, entries: &[T]) {
            entries.iter().for_each(|entry| table.add(at, entry.patterns(), entry.clone()));
        }
        all(&mut self.releases, at, &library.release);
        all(&mut self.wrappers, at, &library.wrapper);
        all(&mut self.sinks, at, &library.sink);
        all(&mut self.borrows, at, &library.borrow);
        all(&mut self.hooks, at, &library.hook);
        all(&mut self.callbacks, at, &library.callback);
        all(&mut self.sources, at, &library.source);
        self.libraries.push((name.to_owned(), library));
    }

    /// The libraries whose tables apply to a file: those of its language that it imports, or that need no import.
    #[must_use]
    pub fn scope(&self, module: &Module) -> Scope {
        let family = module.language.family();
        let imported: Vec<String> = module
            .imports
            .iter()
            .map(|import| {
                let path = import.module.strip_prefix("node:").unwrap_or(&import.module);
                // A Python `from pkg import module` and a Java import name more than their module.
                match &import.what {
                    crate::model::Imported::Named(name) if family != Family::JavaScript => format!("{path}.{name}"),
                    _ => path.to_owned(),
                }
            })
            .chain(module.wildcards.iter().map(ToString::to_string))
            .collect();
        let applies = |library: &Library| {
            (library.languages.is_empty() || library.languages.contains(&family))
                && (library.imports.is_empty()
                    || library.imports.iter().any(|wanted| imported.iter().any(|actual| is_part(actual, wanted))))
        };
        Scope((0..self.libraries.len()).filter(|index| applies(&self.libraries[*index].1)).collect())
    }

    /// The table of a type whose instances must be closed.
    #[must_use]
    pub fn resource_type(&self, ty: &QualifiedName, module: &Module, scope: &Scope) -> Option<&ResourceType> {
        self.types.get(ty.last())?.iter().find_map(|(library, index)| {
            let table = &self.libraries[*library].1.r#type[*index];
            (scope.has(*library) && table.name.iter().any(|name| names(name, ty, module))).then_some(table)
        })
    }

    /// The table of a collection type, constructor or factory.
    #[must_use]
    pub fn collection(&self, ty: &QualifiedName, module: &Module, scope: &Scope) -> Option<&Collection> {
        self.collections.get(ty.last())?.iter().find_map(|(library, index)| {
            let table = &self.libraries[*library].1.collection[*index];
            (scope.has(*library) && table.name.iter().any(|name| names(name, ty, module))).then_some(table)
        })
    }

    /// The owner tables that apply to a file.
    pub fn owners<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Owner> {
        self.in_scope(scope).flat_map(|library| &library.owner)
    }

    /// Whether to construct a class is an acquisition by the tables.
    #[must_use]
    pub fn makes(&self, class: &QualifiedName, module: &Module, scope: &Scope) -> bool {
        let shape =
            CallShape { constructs: true, path: Some(class.clone()), method: None, receiver: None, chain: None };
        self.in_scope(scope)
            .flat_map(|library| &library.acquire)
            .filter(|acquire| !acquire.closes.is_empty())
            .any(|acquire| acquire.call.iter().any(|call| call.matches(&shape, module)))
    }

    /// The libraries that apply to a file.
    pub fn in_scope<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Library> {
        self.libraries.iter().enumerate().filter(|(index, _)| scope.has(*index)).map(|(_, (_, library))| library)
    }

    /// The rule with the id given.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The rule that reports a kind under an analysis: the one of lowest precedence that selects it.
    #[must_use]
    pub fn rule_for(&self, kind: &str, analysis: Analysis) -> Option<&Rule> {
        self.rules
            .iter()
            .filter(|rule| rule.table.analysis == analysis && rule.table.kinds.iter().any(|wanted| wanted == kind))
            .min_by_key(|rule| rule.table.precedence)
    }
}

impl Acquire {
    /// Whether a release is one of the entry's own that go by key.
    #[must_use]
    pub fn is_undone_by(&self, release: &Release) -> bool {
        self.release.iter().any(|own| own.handle.is_none() && own.call == release.call)
    }

    /// An acquisition that no table names.
    #[must_use]
    pub fn plain(kind: &str, what: &str, handle: Part) -> Self {
        Self {
            kind: kind.to_owned(),
            call: Vec::new(),
            what: what.to_owned(),
            handle: Some(handle),
            key: Vec::new(),
            source: None,
            callback: None,
            once: false,
            closes: Vec::new(),
            releaser: None,
            release: Vec::new(),
            require: Vec::new(),
            unless: Vec::new(),
            thread: false,
            framed: false,
            paired: false,
            idempotent: false,
            replaces: false,
            weak_methods: false,
            lasting: false,
            finalized: false,
            counted: false,
            buffered: false,
            registrant: None,
            waits: None,
            capture: None,
            element: false,
            settles: false,
            ends_with_source: false,
            little: false,
            persists: false,
            memory: false,
            entered: true,
            throws: false,
            fix: String::new(),
        }
    }
}

impl ResourceType {
    /// The acquisition by `new T(…)`.
    #[must_use]
    pub fn constructor(&self) -> Acquire {
        let call = |name: &String| Pattern { form: Form::New(name.clone()), name: last(name).to_owned() };
        Acquire { call: self.name.iter().map(call).collect(), unless: self.unless.clone(), ..self.acquisition() }
    }

    /// The acquisition by a call that gives an instance.
    #[must_use]
    pub fn acquisition(&self) -> Acquire {
        let what = if self.what.is_empty() {
            self.name.first().map(|name| last(name).to_owned()).unwrap_or_default()
        } else {
            self.what.clone()
        };
        Acquire {
            closes: self.closes.clone(),
            throws: self.throws,
            settles: self.settles,
            ends_with_source: self.ends_with_source,
            source: self.ends_with_source.then_some(Part::Receiver),
            counted: self.counted,
            buffered: self.buffered,
            memory: self.memory,
            ..Acquire::by_result(&self.kind, &what, &self.fix)
        }
    }
}

impl Acquire {
    /// An acquisition whose handle is the result of a call.
    #[must_use]
    pub fn by_result(kind: &str, what: &str, fix: &str) -> Self {
        Self { fix: fix.to_owned(), ..Self::plain(kind, what, Part::Result) }
    }
}

/// The built-in catalogue, loaded once in a process.
///
/// # Errors
/// As [`Catalogue::built_in`].
pub fn shared() -> Result<Arc<Catalogue>, BadTable> {
    Catalogue::built_in().map(Arc::new)
}

/// `a/b` and `a.b` are parts of `a`.
fn is_part(actual: &str, wanted: &str) -> bool {
    actual.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
}

fn last(path: &str) -> &str {
    path.rsplit(['.', '/']).next().unwrap_or(path)
}
