//! Which files to read: paths → files in sorted order, and what was left out and why.
//!
//! Together with `config`, `cli` and `report` the only place that does I/O. Nothing but regular files is ever opened.

mod skip;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

pub use self::skip::{Reason, is_for_tests};
use crate::config::{ConfigError, Configs};
use crate::finding::{Level, Notification};
use crate::lang::Language;
use crate::project::is_manifest;
use crate::source::{decode, slashed};

/// The size in bytes above which a file is left out.
pub const MAX_FILE_SIZE: u64 = 2 << 20;

/// What to leave out.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Also apply exclusions to what is named on the command line.
    pub force_exclude: bool,
    /// Read what .gitignore and .ignore leave out.
    pub no_ignore: bool,
    /// Read test code; a configuration may say so too.
    pub include_tests: bool,
    /// In bytes; no larger file is read, whoever names it.
    pub max_file_size: u64,
    /// Paths are shown relative to this directory.
    pub base: PathBuf,
}

/// A file to analyse.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What to open.
    pub path: PathBuf,
    /// What to call it: relative to the base, with forward slashes.
    pub shown: String,
    pub language: Language,
    /// Named on the command line, so that no heuristic leaves it out.
    pub explicit: bool,
}

/// What discovery found.
#[derive(Debug, Default)]
pub struct Found {
    /// Sorted by the name they are shown by; none twice.
    pub files: Vec<Entry>,
    /// Files and, of vendored code, directories that were left out.
    pub left_out: BTreeMap<String, Reason>,
    /// Files that say how imports are to be read, by the path they are shown by, with their text.
    pub manifests: BTreeMap<String, String>,
    pub notifications: Vec<Notification>,
}

/// Walks the paths given.
///
/// # Errors
/// A configuration on the way that cannot be read.
pub fn discover(paths: &[PathBuf], selection: &Selection, configs: &mut Configs) -> Result<Found, ConfigError> {
    let mut walk = Walk { selection, configs, files: BTreeMap::new(), found: Found::default() };
    for path in paths {
        walk.given(path)?;
    }
    let mut found = walk.found;
    found.files = walk.files.into_values().collect();
    found.left_out.retain(|path, _| found.files.binary_search_by(|entry| entry.shown.cmp(path)).is_err());
    Ok(found)
}

/// The path as it is shown.
#[must_use]
pub fn shown(path: &Path, base: &Path) -> String {
    let whole = absolute(path, base);
    slashed(whole.strip_prefix(base).unwrap_or(&whole))
}

/// The path from the root of the file system, `.` and `..` taken out where that needs no look at the disk.
#[must_use]
pub fn absolute(path: &Path, base: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

struct Walk<'a> {
    selection: &'a Selection,
    configs: &'a mut Configs,
    files: BTreeMap<String, Entry>,
    found: Found,
}

impl Walk<'_> {
    /// A path of the command line.
    fn given(&mut self, path: &Path) -> Result<(), ConfigError> {
        let shown = shown(path, &self.selection.base);
        match fs::metadata(path) {
            Err(error) => self.notify(Level::Error, &shown, explain(&error)),
            Ok(data) if data.is_dir() => return self.directory(path),
            Ok(data) if !data.is_file() => {
                self.notify(Level::Error, &shown, "not a regular file; not opened".to_owned());
            }
            Ok(data) => match Language::of(path) {
                None if self.selection.force_exclude => self.leave_out(shown, Reason::Language),
                None => self.notify(
                    Level::Warning,
                    &shown,
                    "not checked: neither JavaScript or TypeScript nor Java nor Python by its extension".to_owned(),
                ),
                Some(language) => self.file(path, shown, language, &data, None)?,
            },
        }
        Ok(())
    }

    fn directory(&mut self, root: &Path) -> Result<(), ConfigError> {
        let ignores = !self.selection.no_ignore;
        let mut builder = WalkBuilder::new(root);
        builder
            .standard_filters(ignores)
            .hidden(true)
            .require_git(false)
            .follow_links(false)
            .sort_by_file_name(std::ffi::OsStr::cmp);
        let (base, force) = (self.selection.base.clone(), self.selection.force_exclude);
        let top = root.to_path_buf();
        let vendored = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let pruned = std::sync::Arc::clone(&vendored);
        builder.filter_entry(move |entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            let cut = directory && entry.depth() > 0 && skip::is_vendored(&judged(entry.path(), &top, &base, force));
            if cut && let Ok(mut pruned) = pruned.lock() {
                pruned.push(shown(entry.path(), &base));
            }
            !cut
        });
        for entry in builder.build() {
            match entry {
                Ok(entry) => self.walked(&entry, root)?,
                Err(error) => self.notify(Level::Error, "", error.to_string()),
            }
        }
        let vendored = vendored.lock().map(|paths| paths.clone()).unwrap_or_default();
        vendored.into_iter().for_each(|path| self.leave_out(path, Reason::Vendored));
        Ok(())
    }

    fn walked(&mut self, entry: &DirEntry, root: &Path) -> Result<(), ConfigError> {
        let (path, Some(kind)) = (entry.path(), entry.file_type()) else { return Ok(()) };
        if entry.depth() == 0 || kind.is_dir() {
            return Ok(());
        }
        let shown = shown(path, &self.selection.base);
        if kind.is_symlink() {
            self.link(path, &shown);
            return Ok(());
        }
        let Some(language) = Language::of(path) else {
            if kind.is_file() && path.file_name().and_then(std::ffi::OsStr::to_str).is_some_and(is_manifest) {
                self.manifest(path, shown);
            }
            return Ok(());
        };
        if !kind.is_file() {
            self.notify(Level::Warning, &shown, "not a regular file; not opened".to_owned());
            return Ok(());
        }
        match entry.metadata() {
            Ok(data) => self.file(path, shown, language, &data, Some(root))?,
            Err(error) => self.notify(Level::Error, &shown, error.to_string()),
        }
        Ok(())
    }

    /// One that cannot be read says nothing; no finding hangs on it alone.
    fn manifest(&mut self, path: &Path, shown: String) {
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(self.selection.max_file_size).read_to_string(&mut text));
        if read.is_ok() {
            self.found.manifests.insert(shown, text);
        }
    }

    /// Links are not followed: what they lead to is either met by itself or not part of the tree.
    fn link(&mut self, path: &Path, shown: &str) {
        let looping = match fs::canonicalize(path) {
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
            Ok(target) => {
                target.is_dir()
                    && fs::canonicalize(path.parent().unwrap_or(path)).is_ok_and(|at| at.starts_with(target))
            }
        };
        if looping {
            self.notify(Level::Warning, shown, "a symbolic link that leads back to itself; not followed".to_owned());
        }
        if Language::of(path).is_some() {
            self.leave_out(shown.to_owned(), Reason::Link);
        }
    }

    fn file(
        &mut self,
        path: &Path,
        shown: String,
        language: Language,
        data: &fs::Metadata,
        root: Option<&Path>,
    ) -> Result<(), ConfigError> {
        let explicit = root.is_none() && !self.selection.force_exclude;
        let config = self.configs.of(&absolute(path, &self.selection.base))?;
        let judged = match root {
            Some(root) => judged(path, root, &self.selection.base, self.selection.force_exclude),
            None => PathBuf::from(&shown),
        };
        if !explicit {
            let tests = self.selection.include_tests || config.settings.include_tests;
            let reason = if config.excludes(&absolute(path, &self.selection.base)) {
                Some(Reason::Excluded)
            } else {
                skip::by_path(&judged).filter(|reason| !(tests && *reason == Reason::Test))
            };
            if let Some(reason) = reason {
                self.leave_out(shown, reason);
                return Ok(());
            }
        }
        if data.len() > self.selection.max_file_size {
            if explicit {
                let text = format!(
                    "not checked: {} bytes, over the limit of {}; see --max-file-size",
                    data.len(),
                    self.selection.max_file_size
                );
                self.notify(Level::Warning, &shown, text);
            }
            self.leave_out(shown, Reason::TooLarge);
            return Ok(());
        }
        let entry = Entry { path: path.to_path_buf(), shown: shown.clone(), language, explicit };
        self.files.entry(shown).and_modify(|old| old.explicit |= explicit).or_insert(entry);
        Ok(())
    }

    fn leave_out(&mut self, shown: String, reason: Reason) {
        self.found.left_out.insert(shown, reason);
    }

    fn notify(&mut self, level: Level, path: &str, message: String) {
        self.found.notifications.push(Notification { path: path.to_owned(), span: None, level, message });
    }
}

/// The part of a path that says whether it is vendored or a test: below the directory named, or, where that is to be
/// judged too, below the base.
fn judged(path: &Path, root: &Path, base: &Path, force: bool) -> PathBuf {
    if force {
        return PathBuf::from(shown(path, base));
    }
    path.strip_prefix(root).unwrap_or(path).to_path_buf()
}

/// What came of reading a file.
#[derive(Debug)]
pub enum Text {
    Read(String),
    LeftOut(Reason),
    Failed(Notification),
}

/// Reads a file that discovery found. Its content may still leave it out.
#[must_use]
pub fn read(entry: &Entry, selection: &Selection) -> Text {
    let failed = |level, message| Text::Failed(Notification { path: entry.shown.clone(), span: None, level, message });
    let mut bytes = Vec::new();
    let opened =
        File::open(&entry.path).and_then(|file| file.take(selection.max_file_size + 1).read_to_end(&mut bytes));
    if let Err(error) = opened {
        return failed(Level::Error, explain(&error));
    }
    if bytes.len() as u64 > selection.max_file_size {
        return Text::LeftOut(Reason::TooLarge);
    }
    match decode(bytes) {
        Err(error) => {
            failed(if entry.explicit { Level::Error } else { Level::Warning }, format!("not checked: {error}"))
        }
        Ok(text) => match skip::by_content(entry.shown.as_ref(), &text, entry.language) {
            Some(reason) if !entry.explicit => Text::LeftOut(reason),
            _ => Text::Read(text),
        },
    }
}

/// What the operating system says, in plain words.
fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "not readable: permission denied".to_owned(),
        _ => format!("not readable: {error}"),
    }
}
