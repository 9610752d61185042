//! What one file says: symbolic, serializable, and dependent on that file alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::lang::Language;
use crate::model::{ClassKind, Exported, Imported, Module, Name, QualifiedName};
use crate::source::Span;

/// A name as the file writes it: the import path or package, and the name behind it; `~` for the file itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Symbol {
    pub module: Name,
    pub name: Name,
}

impl Symbol {
    /// The last part: `Entry` of `java.util` and `Map.Entry`.
    #[must_use]
    pub fn last(&self) -> &str {
        let whole = if self.name.is_empty() { &self.module } else { &self.name };
        whole.rsplit(['.', '/']).next().unwrap_or_default()
    }

    /// The same with members behind it.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let name = match (self.name.as_str(), name) {
            (_, "") => self.name.clone(),
            ("", name) => Name::new(name),
            (own, name) => Name::from(format!("{own}.{name}")),
        };
        Self { module: self.module.clone(), name }
    }
}

impl From<QualifiedName> for Symbol {
    fn from(name: QualifiedName) -> Self {
        Self { module: name.module, name: name.name }
    }
}

/// The facts of one file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Relative to the root of the run, with forward slashes.
    pub path: String,
    pub language: Option<Language>,
    pub package: Name,
    /// Packages and modules whose names are all in scope.
    pub wildcards: Vec<Name>,
    /// Modules that the file imports, and the name taken from each (empty for the module itself, `default`).
    pub imports: Vec<Symbol>,
    /// What importers see under a name.
    pub exports: Vec<ExportFact>,
    pub candidates: Vec<Candidate>,
    /// Acquisitions that were not followed, because the file takes too much work.
    #[serde(default)]
    pub unfollowed: u32,
    /// For the ledger of the run, in the order of the text.
    pub acquisitions: Vec<Acquisition>,
    /// By qualified name within the file: `helper`, `Class.method`.
    pub functions: BTreeMap<Name, FunctionFact>,
    pub classes: Vec<ClassFact>,
    /// Functions that nothing in their own bodies makes fail, each with the functions it calls.
    #[serde(default)]
    pub calm: BTreeMap<Name, Vec<Symbol>>,
    /// The enums of the file, by qualified name.
    #[serde(default)]
    pub enums: Vec<Name>,
    /// Collections that live as long as the process and that nothing in this file bounds, by qualified name.
    #[serde(default)]
    pub collections: Vec<Name>,
    /// Collections of other files that this one takes from, clears, replaces or checks the size of.
    pub shrinks: Vec<Taken<Symbol>>,
    /// Functions of other files that it calls and that may remove state of the running thread, by their names.
    #[serde(default)]
    pub thread_ends: Vec<Symbol>,
    /// How often it runs what it imports, and what it gives to others.
    #[serde(default)]
    pub runs: Vec<Run>,
    /// Members, of receivers that the file alone does not resolve, that it takes from: `sessions` of `x.sessions.delete(k)`.
    pub member_shrinks: Vec<Taken<Name>>,
}

/// Something that entries are taken from, and the first place where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Taken<T> {
    pub from: T,
    pub span: Span,
}

/// A name that other files can import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportFact {
    /// `default`, or empty for all names of another module.
    pub name: Name,
    /// What it is: a name of this file (`~`) or of the module it is passed on from.
    pub is: Symbol,
}

/// A call of a function, or the making of an instance of a class, that other files declare or can name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Run {
    pub of: Symbol,
    pub often: Often,
    /// Whether it makes an instance that goes with the function around: asked for things, and forgotten.
    #[serde(default)]
    pub brief: bool,
    /// Arguments that are the maker or made by it, where the instance is a field of the maker from beginning to end.
    pub owners: Vec<u16>,
}

/// How often a call runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Often {
    /// Once in the life of the process.
    Once,
    /// As often as the function of this name, of the same file.
    With(Name),
    /// It is no call: a container of dependencies is told to make one instance.
    Bound,
    /// Again and again, or nothing says.
    Again,
}

/// Something that a table says is acquired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Acquisition {
    pub span: Span,
    /// What is called, as a table would write it.
    pub api: Name,
    pub fate: Fate,
}

/// How an acquisition seems to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Something in the file releases it.
    Released,
    /// It goes to somebody who answers for it.
    Escaped,
    Undecided,
}

/// A finding with its open questions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Candidate {
    pub finding: Finding,
    /// The finding falls when the answer to any of these is yes.
    pub unless: Vec<Question>,
    /// The finding stands only when the answer to all of these is yes.
    pub only_if: Vec<Question>,
}

/// What one file cannot know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// Does the function release its argument, or take it over?
    Releases { callee: Symbol, argument: u16 },
    /// Whether the function reads its argument, a stream, to its end.
    Consumes { callee: Symbol, argument: u16 },
    /// Is it a function of the project that uses the stream which it gets as this argument, and leaves it open?
    LeavesOpen { callee: Symbol, argument: u16 },
    /// Does the function return something open that its caller must release?
    ReturnsOpen { callee: Symbol },
    /// Does the method give back a stream that completes by itself?
    Completes { callee: Symbol },
    /// Does the function give back nothing that its caller has to end: a stream whose `close()` does nothing, or what its
    /// object keeps and gives to everybody?
    GivesIdle { callee: Symbol },
    /// Is it a function, or the constructor, of the project that hardly fails?
    IsCalm { callee: Symbol },
    /// Is it a class of the project whose instances must be closed?
    MustClose { class: Symbol },
    /// Does one of the methods register the object on something else, and nothing in it take that back?
    Attaches { class: Symbol, methods: Vec<Name> },
    /// Does a class above or below this one release the member in a teardown?
    HierarchyReleases { class: Symbol, member: Name },
    /// Does a class above this one have a teardown, so that instances end?
    HierarchyEnds { class: Symbol },
    /// Does this class, or one above it, release something in the teardown of this name? `calls` are the methods of its
    /// own that the asking class calls, `touches` the fields that its override names.
    TearsDown { class: Symbol, method: Name, calls: Vec<Name>, touches: Vec<Name> },
    /// Is it a collection that lives as long as the process, and does the file that declares it leave it unbounded?
    Grows { collection: Symbol },
    /// Does any other file take from the collection, clear it or bound it?
    Shrinks { collection: Symbol },
    /// Does the program run the function, or make an instance of the class, only once?
    RunsOnce { function: Symbol },
    /// Does a container of dependencies make one instance of the class?
    BoundOnce { class: Symbol },
    /// Is it a class of a script that no other file of the project imports?
    Unused { class: Symbol },
    /// Does every instance of the class go with the function that makes it, as in `new Builder().build()`?
    MadeBriefly { class: Symbol },
    /// Is every instance of the class a part of what it is given as this argument, or of what made that?
    MadeByOwner { class: Symbol, argument: u16 },
    /// Does any other file take from a member of this name?
    MemberShrinks { member: Name },
    /// Does the function leave a value with the running thread?
    SetsThread { callee: Symbol },
    /// Has the class a function that removes such a value, which no other file calls?
    NobodyClears { holder: Symbol },
    /// Is the class an enum of the project, so that there are few of it?
    IsEnum { class: Symbol },
}

/// What a function does with what it is given, as far as callers care.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionFact {
    /// Parameters that it releases on some path.
    pub releases: Vec<u16>,
    /// Parameters that it keeps: stores, returns, hands to an owner.
    pub keeps: Vec<u16>,
    /// Parameters that it reads to their end.
    #[serde(default)]
    pub consumes: Vec<u16>,
    /// Parameters of Java that are streams, which its body uses and leaves open.
    #[serde(default)]
    pub leaves: Vec<u16>,
    /// The kind and word of an open thing it returns.
    pub returns: Option<(Name, Name)>,
    /// The classes that it makes what it gives back of, or the functions that do; an empty name where that is not known.
    #[serde(default)]
    pub gives: Vec<Symbol>,
    /// Whether what it gives back is kept by its object, and given again.
    #[serde(default)]
    pub lends: bool,
    /// Whether a throw, I/O or a database call is reached in its body.
    pub throws: bool,
    /// Whether it gives back a stream that completes by itself.
    #[serde(default)]
    pub completes: bool,
    /// Whether it sets a thread-local of its class.
    #[serde(default)]
    pub sets_thread: bool,
    /// Whether it removes the value of one.
    #[serde(default)]
    pub clears_thread: bool,
    pub span: Span,
}

/// A class as its relatives and users see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassFact {
    /// Qualified within the file: `Outer.Inner`.
    pub name: Name,
    pub bases: Vec<Symbol>,
    /// Its teardown methods.
    pub teardowns: Vec<Name>,
    /// Those of them that release something.
    #[serde(default)]
    pub ends: Vec<EndFact>,
    /// Members that some method reachable from a teardown releases.
    pub releases: Vec<Name>,
    /// The methods, and the constructor, that register on something which is not the object's own.
    #[serde(default)]
    pub attaches: Vec<Name>,
    /// Members and methods that any method releases or takes from.
    pub shrinks: Vec<Name>,
    /// Whether an instance holds something that must be released: a known kind in a field that its teardown releases.
    pub holds: bool,
    /// Whether it is a stream whose `close()` does nothing.
    #[serde(default)]
    pub idle: bool,
    /// Whether its constructor puts the object into a registry that ends those it has.
    #[serde(default)]
    pub enrolls: bool,
}

/// A teardown that releases something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndFact {
    pub name: Name,
    /// The methods for subclasses without which there is nothing to release; none when there always is.
    pub after: Vec<Name>,
    /// The fields whose content it ends, where it ends nothing else.
    #[serde(default)]
    pub fields: Vec<Name>,
    /// Whether it is merely declared, for the classes below to fill: there is nothing that they could call.
    #[serde(default)]
    pub declared: bool,
}

impl Facts {
    /// Facts that every file has: its names.
    #[must_use]
    pub fn of(path: String, module: &Module) -> Self {
        let imports = module
            .imports
            .iter()
            .map(|import| Symbol { module: import.module.clone(), name: imported(&import.what) })
            .collect();
        let mut exports: Vec<ExportFact> = module
            .exports
            .iter()
            .map(|export| {
                let is = match &export.what {
                    Exported::Variable(id) => {
                        let variable = &module.variables[*id];
                        match variable.kind {
                            crate::model::VariableKind::Import(index) => {
                                let import = &module.imports[index as usize];
                                Symbol { module: import.module.clone(), name: imported(&import.what) }
                            }
                            _ => QualifiedName::here(variable.name.clone()).into(),
                        }
                    }
                    Exported::Value(value) => match module.path(module.peel(*value)) {
                        Some(path) => path.into(),
                        None => QualifiedName::here(export.name.clone()).into(),
                    },
                    Exported::From(module, what) => Symbol { module: module.clone(), name: imported(what) },
                    Exported::AllFrom(module) => Symbol { module: module.clone(), name: Name::new_static("*") },
                };
                ExportFact { name: export.name.clone(), is }
            })
            .collect();
        if matches!(module.language, Language::Vue | Language::Svelte) {
            name_component(module, &mut exports);
        }
        let enums = module
            .classes
            .iter()
            .filter(|(_, class)| class.kind == ClassKind::Enum)
            .map(|(id, _)| module.class_name(id).name)
            .collect();
        Self {
            enums,
            path,
            language: Some(module.language),
            package: module.package.clone().unwrap_or_default(),
            wildcards: module.wildcards.clone(),
            imports,
            exports,
            ..Self::default()
        }
    }
}

/// A single-file component is its file's default export, which it may not write; one that is a class keeps its name.
fn name_component(module: &Module, exports: &mut Vec<ExportFact>) {
    let name = Name::new_static("default");
    let is: Symbol = QualifiedName::here(name.clone()).into();
    match exports.iter_mut().find(|export| export.name == name) {
        Some(export) => {
            let class = module.classes.iter().any(|(id, _)| module.class_name(id).name == export.is.name);
            if export.is.module == is.module && !class {
                export.is = is;
            }
        }
        None => exports.push(ExportFact { name, is }),
    }
}

fn imported(what: &Imported) -> Name {
    match what {
        Imported::Module => Name::default(),
        Imported::Default => Name::new_static("default"),
        Imported::Named(name) => name.clone(),
    }
}
