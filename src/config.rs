//! leaklint.toml: where it is found, what may stand in it, and how its tables join the built-in ones.
//!
//! Each file is judged by its nearest configuration: `leaklint.toml`, `[tool.leaklint]` in pyproject.toml or
//! `"leaklint"` in package.json. Tables of all of them are collected, since evidence is global.

mod error;
mod settings;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

pub use self::error::ConfigError;
pub use self::settings::{RuleOptions, Settings};
use crate::catalogue::{Catalogue, glob};

/// The names of the homes a configuration can have, and how each is read.
const HOMES: [(&str, Home); 3] =
    [("leaklint.toml", Home::Own), ("pyproject.toml", Home::PyProject), ("package.json", Home::Package)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    Own,
    PyProject,
    Package,
}

/// Settings with the place they come from.
#[derive(Debug)]
pub struct Config {
    pub settings: Settings,
    /// The file; nothing when all is default.
    pub path: Option<PathBuf>,
    /// The directory that globs start from.
    root: PathBuf,
    exclude: Gitignore,
    per_file: Vec<(Gitignore, Vec<String>)>,
    per_rule: Vec<(String, Gitignore)>,
    text: String,
}

impl Config {
    fn none(root: &Path) -> Self {
        Self {
            settings: Settings::default(),
            path: None,
            root: root.to_path_buf(),
            exclude: Gitignore::empty(),
            per_file: Vec::new(),
            per_rule: Vec::new(),
            text: String::new(),
        }
    }

    fn new(settings: Settings, path: &Path, text: String) -> Result<Self, ConfigError> {
        let root = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let globs = |globs: &mut dyn Iterator<Item = &String>| {
            let mut builder = GitignoreBuilder::new(&root);
            for glob in globs {
                builder
                    .add_line(None, glob)
                    .map_err(|error| ConfigError::value(path, &text, glob, error.to_string()))?;
            }
            builder.build().map_err(|error| ConfigError::value(path, &text, "", error.to_string()))
        };
        let exclude = globs(&mut settings.exclude.iter())?;
        let mut per_file = Vec::new();
        for (glob, rules) in &settings.per_file_ignores {
            per_file.push((globs(&mut std::iter::once(glob))?, rules.clone()));
        }
        let mut per_rule = Vec::new();
        for (rule, options) in settings.rules.iter().filter(|(_, options)| !options.exclude.is_empty()) {
            per_rule.push((rule.clone(), globs(&mut options.exclude.iter())?));
        }
        Ok(Self { settings, path: Some(path.to_path_buf()), root: root.clone(), exclude, per_file, per_rule, text })
    }

    /// Whether a file, by its absolute path, is excluded.
    #[must_use]
    pub fn excludes(&self, path: &Path) -> bool {
        self.meets(&self.exclude, path)
    }

    /// Whether findings of a rule in a file, by its absolute path, are wanted.
    #[must_use]
    pub fn wants(&self, rule: &str, path: &Path) -> bool {
        let settings = &self.settings;
        (settings.select.is_empty() || settings.select.iter().any(|wanted| glob(wanted, rule)))
            && !settings.ignore.iter().any(|unwanted| glob(unwanted, rule))
            && self.allows(rule, path)
    }

    /// Whether no setting for single files takes a rule out.
    #[must_use]
    pub fn allows(&self, rule: &str, path: &Path) -> bool {
        let ignored = |(globs, rules): &(Gitignore, Vec<String>)| {
            rules.iter().any(|name| glob(name, rule)) && self.meets(globs, path)
        };
        !self.per_file.iter().any(ignored)
            && !self.per_rule.iter().any(|(name, globs)| name == rule && self.meets(globs, path))
    }

    fn meets(&self, globs: &Gitignore, path: &Path) -> bool {
        !globs.is_empty()
            && path.strip_prefix(&self.root).is_ok_and(|path| {
                !path.as_os_str().is_empty() && globs.matched_path_or_any_parents(path, false).is_ignore()
            })
    }
}

/// The configurations of a run, found on demand.
#[derive(Debug)]
pub struct Configs {
    /// Judges every file when given on the command line.
    fixed: Option<Arc<Config>>,
    by_directory: BTreeMap<PathBuf, Arc<Config>>,
}

impl Configs {
    /// Looks for a configuration beside and above each file; or takes the one given.
    ///
    /// # Errors
    /// The file given cannot be read or does not fit.
    pub fn new(given: Option<&Path>) -> Result<Self, ConfigError> {
        let fixed = match given {
            None => None,
            Some(path) => Some(Arc::new(named(path)?)),
        };
        Ok(Self { fixed, by_directory: BTreeMap::new() })
    }

    /// Defaults for all files.
    #[must_use]
    pub fn none() -> Self {
        Self { fixed: Some(Arc::new(Config::none(Path::new("")))), by_directory: BTreeMap::new() }
    }

    /// The configuration of a file, by its absolute path.
    ///
    /// # Errors
    /// It cannot be read or does not fit.
    pub fn of(&mut self, file: &Path) -> Result<Arc<Config>, ConfigError> {
        if let Some(fixed) = &self.fixed {
            return Ok(Arc::clone(fixed));
        }
        let mut passed = Vec::new();
        let mut found = None;
        for directory in file.ancestors().skip(1) {
            found = self.by_directory.get(directory).cloned();
            if found.is_some() {
                break;
            }
            passed.push(directory.to_path_buf());
            found = in_directory(directory)?.map(Arc::new);
            if found.is_some() || directory.join(".git").exists() {
                break;
            }
        }
        let found = found.unwrap_or_else(|| Arc::new(Config::none(file.parent().unwrap_or(Path::new("")))));
        for directory in passed {
            self.by_directory.insert(directory, Arc::clone(&found));
        }
        Ok(found)
    }

    /// The configuration of a file that [`Configs::of`] was asked for before.
    #[must_use]
    pub fn known(&self, file: &Path) -> Option<&Arc<Config>> {
        self.fixed.as_ref().or_else(|| self.by_directory.get(file.parent()?))
    }

    /// Adds the tables of all configurations to the catalogue, and holds every rule they name against it.
    ///
    /// # Errors
    /// A rule that does not exist.
    pub fn extend(&self, catalogue: &mut Catalogue) -> Result<(), ConfigError> {
        let mut configs: Vec<&Arc<Config>> =
            self.fixed.iter().chain(self.by_directory.values()).filter(|config| config.path.is_some()).collect();
        configs.sort_by(|a, b| a.path.cmp(&b.path));
        configs.dedup_by(|a, b| Arc::ptr_eq(a, b));
        for config in configs {
            let Some(path) = &config.path else { continue };
            for name in config.settings.rule_names() {
                known_rule(name, catalogue)
                    .map_err(|help| ConfigError::unknown(path, &config.text, name, "no rule of this name", help))?;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            for library in config.settings.libraries() {
                catalogue.add(&name, library);
            }
        }
        Ok(())
    }
}

/// Whether a name, in which `*` may stand, means a rule; else the help to give.
///
/// # Errors
/// It means none.
pub fn known_rule(name: &str, catalogue: &Catalogue) -> Result<(), Option<String>> {
    let ids = || catalogue.rules.iter().map(|rule| rule.id.as_str());
    if ids().any(|id| glob(name, id)) {
        return Ok(());
    }
    Err(error::nearest(name, ids()).map(|id| format!("did you mean `{id}`?")))
}

/// The configuration in a directory, if it has one.
fn in_directory(directory: &Path) -> Result<Option<Config>, ConfigError> {
    let mut found: Option<(Config, &str)> = None;
    for (name, home) in HOMES {
        let path = directory.join(name);
        let Some(config) = load(&path, home)? else { continue };
        if let Some((_, other)) = &found {
            return Err(ConfigError::TwoHomes {
                directory: directory.to_path_buf(),
                first: (*other).to_owned(),
                second: name.to_owned(),
            });
        }
        found = Some((config, name));
    }
    Ok(found.map(|(config, _)| config))
}

/// The file named on the command line, which must exist and hold a configuration.
fn named(path: &Path) -> Result<Config, ConfigError> {
    let missing = |error| ConfigError::Unreadable { path: path.to_path_buf(), source: error };
    let path = std::path::absolute(path).map_err(missing)?;
    fs::metadata(&path).map_err(missing)?;
    let home = match path.file_name().and_then(|name| name.to_str()) {
        Some("pyproject.toml") => Home::PyProject,
        Some("package.json") => Home::Package,
        _ => Home::Own,
    };
    load(&path, home)?.ok_or(ConfigError::NoTable { path })
}

fn load(path: &Path, home: Home) -> Result<Option<Config>, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        // Somebody else's manifest is no business of ours.
        Err(error) if home != Home::Own && error.kind() != ErrorKind::PermissionDenied => return Ok(None),
        Err(error) => return Err(ConfigError::Unreadable { path: path.to_path_buf(), source: error }),
    };
    if home != Home::Own && !text.contains("leaklint") {
        return Ok(None);
    }
    let Some(settings) = parse(path, &text, home)? else { return Ok(None) };
    settings.check_version().map_err(|reason| {
        ConfigError::value(path, &text, settings.required_version.as_deref().unwrap_or_default(), reason)
    })?;
    Config::new(settings, path, text).map(Some)
}

#[derive(serde::Deserialize)]
struct PyProject {
    tool: Option<Tools>,
}

#[derive(serde::Deserialize)]
struct Tools {
    leaklint: Option<Settings>,
}

fn parse(path: &Path, text: &str, home: Home) -> Result<Option<Settings>, ConfigError> {
    let bad_toml = |error: toml::de::Error| ConfigError::toml(path, text, &error);
    match home {
        Home::Own => toml::from_str(text).map(Some).map_err(bad_toml),
        Home::PyProject => toml::from_str::<PyProject>(text)
            .map(|manifest| manifest.tool.and_then(|tools| tools.leaklint))
            .map_err(bad_toml),
        Home::Package => serde_json::from_str::<Tools>(text)
            .map(|manifest| manifest.leaklint)
            .map_err(|error| ConfigError::json(path, text, &error)),
    }
}
