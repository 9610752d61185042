//! leaklint finds leaks of memory and resources in JavaScript, TypeScript, Java and Python source.
//!
//! # The street
//!
//! The data goes one way: bytes → trigger → tree → model → analyses × catalogue → facts → project → findings → report.
//!
//! | stage | module | takes | gives |
//! |---|---|---|---|
//! | which files | [`discover`] | paths | files in sorted order, what was left out and why |
//! | can it matter | [`trigger`] | bytes | whether a word of the tables occurs |
//! | reading | [`lang`] | text | the [`model`]: functions with control-flow graphs, classes, names, calls |
//! | knowledge | [`catalogue`] | `rules/` and the user's tables | look-up by call, type and class |
//! | judging | [`analyses`] | model × catalogue | the facts of one file |
//! | evidence | [`project`] | the facts of all files | findings |
//! | showing | [`suppress`], [`report`] | findings | text, JSON, SARIF |
//!
//! [`driver`] runs the street over many files, [`cli`] and [`config`] are what people touch.
//!
//! Analyses come before the project and not behind it: they see one file, and what they cannot know they write into
//! the facts as a question ("does `settle` of `./ends` release its first argument?"). So one file's facts depend on that
//! file alone, can be computed anywhere, and the project stage only answers questions. Which other files are needed as
//! evidence is known from the questions: [`project::decide`] names them, [`driver`] reads them, until nothing is asked.
//!
//! # Where to add what
//!
//! - An API of a library: an entry in `rules/libraries/<library>.toml`. No code.
//! - What a name says in English, whatever the library: a word in `rules/words/`. No code; the build makes it.
//! - A rule: a directory `rules/<id>/` with `rule.toml`, `doc.md` and `cases.<language>.md`.
//! - A way in which code gives things back or keeps them: [`analyses`], once for all languages.
//! - A construct of a language: its folder in [`lang`]; the analyses see the model alone.
//!
//! # Invariants
//!
//! Held by `tests/tidy.rs` where nothing else is named.
//!
//! - Only [`lang`] knows tree-sitter, and it names no rule. Only [`report`] knows SARIF.
//! - Only [`discover`], [`config`], [`cli`] and [`report`] do input and output.
//! - Lowering is total: a node that is not known becomes `Opaque`, which may throw and may take things over.
//! - One file's panic, limit of work or parse gap becomes a notification, never an abort and never silence
//!   (`tests/hostile.rs`).
//! - Facts are symbolic and serializable; the findings of a file are the same alone and in a full run
//!   (`tests/project.rs`).
//! - The trigger leaves out no file that holds a finding (`tests/cases.rs`).
//! - Absence is evidence only for what unseen code cannot reach. The project's root never climbs out of the given tree
//!   without a repository or a configuration.
//! - The output is the same for any number of threads and any order of files; budgets are counted work.
//! - The exit code never depends on the format (`tests/cli.rs`).
//! - Built-in and user tables go through the same door; a new rule edits nothing shared.
//! - Every entry of a table is met by a generated case (`tests/entries.rs`), every rule has a page and cases.

pub mod analyses;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod discover;
pub mod driver;
pub mod finding;
pub mod lang;
pub mod model;
pub mod project;
pub mod report;
pub mod source;
pub mod suppress;
pub mod trigger;
