//! What may stand in leaklint.toml.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::{
    Acquire, Borrow, Callback, Collection, Hook, Library, Once, Owner, PathScope, Release, ResourceType, Sink, Source,
    Wrapper,
};
use crate::finding::Confidence;

/// leaklint.toml, `[tool.leaklint]` in pyproject.toml or `"leaklint"` in package.json.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// The versions of leaklint that may read this file: ">=0.1, <0.3".
    pub required_version: Option<String>,
    /// The rules to report; all when empty. `*` stands for any run of characters.
    pub select: Vec<String>,
    /// Rules not to report.
    pub ignore: Vec<String>,
    /// Rules not to report in files that a glob meets.
    pub per_file_ignores: BTreeMap<String, Vec<String>>,
    /// Files not to read, in the form of .gitignore.
    pub exclude: Vec<String>,
    /// Read test code too.
    pub include_tests: bool,
    /// The least confidence of what is reported; medium unless said otherwise.
    pub confidence: Option<Confidence>,
    /// The least confidence of what fails the run; medium unless said otherwise.
    pub fail_on: Option<Confidence>,
    /// A suppression comment without a reason suppresses nothing.
    pub require_reason: bool,
    /// Options of single rules.
    pub rules: BTreeMap<String, RuleOptions>,
    /// Tables that apply where a file imports something.
    pub library: Vec<Library>,
    /// Calls that acquire.
    pub acquire: Vec<Acquire>,
    /// Types whose instances must be closed.
    pub r#type: Vec<ResourceType>,
    /// Calls that release.
    pub release: Vec<Release>,
    /// Calls whose result stands for their argument.
    pub wrapper: Vec<Wrapper>,
    /// Calls that take ownership.
    pub sink: Vec<Sink>,
    /// Calls that use their argument and no more.
    pub borrow: Vec<Borrow>,
    /// Calls that register code of a life cycle.
    pub hook: Vec<Hook>,
    /// Classes with a life cycle.
    pub owner: Vec<Owner>,
    /// Types of collections.
    pub collection: Vec<Collection>,
    /// Functions that run once in a process.
    pub once: Vec<Once>,
    /// How often the code of some files runs.
    pub scope: Vec<PathScope>,
    /// When callbacks run.
    pub callback: Vec<Callback>,
    /// Objects with a known lifetime.
    pub source: Vec<Source>,
}

/// Options of one rule.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RuleOptions {
    /// The least confidence of what this rule reports.
    pub confidence: Option<Confidence>,
    /// Files in which it reports nothing.
    pub exclude: Vec<String>,
}

impl Settings {
    /// The user's tables, in the order of the file.
    pub fn libraries(&self) -> impl Iterator<Item = Library> + '_ {
        let own = Library {
            acquire: self.acquire.clone(),
            r#type: self.r#type.clone(),
            release: self.release.clone(),
            wrapper: self.wrapper.clone(),
            sink: self.sink.clone(),
            borrow: self.borrow.clone(),
            hook: self.hook.clone(),
            owner: self.owner.clone(),
            collection: self.collection.clone(),
            once: self.once.clone(),
            scope: self.scope.clone(),
            callback: self.callback.clone(),
            source: self.source.clone(),
            ..Library::default()
        };
        std::iter::once(own).chain(self.library.iter().cloned())
    }

    /// Every name that stands for a rule.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.select
            .iter()
            .chain(&self.ignore)
            .chain(self.per_file_ignores.values().flatten())
            .chain(self.rules.keys())
            .map(String::as_str)
    }

    /// Whether this version of leaklint may read the file.
    ///
    /// # Errors
    /// Why not.
    pub fn check_version(&self) -> Result<(), String> {
        let Some(wanted) = &self.required_version else { return Ok(()) };
        let wanted = semver::VersionReq::parse(wanted).map_err(|error| format!("no range of versions: {error}"))?;
        let version = env!("CARGO_PKG_VERSION");
        let actual = semver::Version::parse(version).map_err(|error| error.to_string())?;
        if wanted.matches(&actual) { Ok(()) } else { Err(format!("this is leaklint {version}")) }
    }
}
