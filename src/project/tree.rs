//! The files of a project, and which of them an import means.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;

use crate::lang::Family;

const EXTENSIONS: [&str; 12] =
    ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".d.ts"];
/// Directories of built files, whose sources stand beside them.
const BUILT: [&str; 7] = ["dist", "lib", "build", "es", "esm", "cjs", "out"];
const PACKAGE: &str = "package.json";

/// Whether a file of this name says how imports are to be read.
#[must_use]
pub fn is_manifest(name: &str) -> bool {
    name == PACKAGE
        || name == "jsconfig.json"
        || name.starts_with("tsconfig") && name.rsplit_once('.').is_some_and(|(_, extension)| extension == "json")
}

/// What is known of a project without reading its sources.
#[derive(Debug, Default)]
pub struct Tree {
    /// Where the paths of the run are relative to, with forward slashes; without one at its end.
    base: String,
    /// The path that is shown, by the whole path.
    files: BTreeMap<String, String>,
    /// Whole paths by their last part.
    by_name: FxHashMap<String, Vec<String>>,
    /// The directories that hold scripts, however deep, by their last part.
    directories: FxHashMap<String, BTreeSet<String>>,
    packages: Vec<Package>,
    /// By directory.
    aliases: BTreeMap<String, Aliases>,
}

/// A package.json.
#[derive(Debug)]
struct Package {
    directory: String,
    data: PackageData,
}

#[derive(Debug, Default, Deserialize)]
struct PackageData {
    #[serde(default)]
    name: String,
    #[serde(default)]
    exports: Value,
    #[serde(default)]
    imports: Value,
    #[serde(default)]
    source: Value,
    #[serde(default)]
    main: Value,
    #[serde(default)]
    module: Value,
    #[serde(default)]
    types: Value,
}

/// What a tsconfig.json says of imports.
#[derive(Debug, Default)]
struct Aliases {
    /// A pattern with at most one `*`, and what it stands for, whole.
    paths: Vec<(String, Vec<String>)>,
    base_url: Option<String>,
}

#[derive(Deserialize, Default)]
struct TsConfig {
    #[serde(default, rename = "compilerOptions")]
    options: TsOptions,
    #[serde(default)]
    extends: Value,
}

#[derive(Deserialize, Default)]
struct TsOptions {
    #[serde(rename = "baseUrl")]
    base_url: Option<String>,
    paths: Option<BTreeMap<String, Vec<String>>>,
}

impl Tree {
    /// Takes the base, the paths of all source files as they are shown, and the manifests with their text. A manifest
    /// that cannot be read says nothing.
    #[must_use]
    pub fn new<'a>(
        base: &str,
        shown: impl IntoIterator<Item = &'a str>,
        manifests: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut tree = Self { base: base.trim_end_matches('/').to_owned(), ..Self::default() };
        for path in shown {
            let whole = tree.whole(path);
            tree.by_name.entry(name(&whole).to_owned()).or_default().push(whole.clone());
            tree.learn_directories(&whole);
            tree.files.insert(whole, path.to_owned());
        }
        let texts: BTreeMap<String, &str> =
            manifests.into_iter().map(|(path, text)| (tree.whole(path), text)).collect();
        for (path, text) in &texts {
            if name(path) == PACKAGE {
                if let Ok(data) = serde_json::from_str(text) {
                    tree.packages.push(Package { directory: parent(path).to_owned(), data });
                }
            } else if let Some(aliases) = aliases(path, &texts, 4) {
                // A directory may hold several; the one that has aliases speaks.
                let known = tree.aliases.entry(parent(path).to_owned()).or_default();
                if known.paths.is_empty() {
                    *known = aliases;
                }
            }
        }
        tree
    }

    fn learn_directories(&mut self, file: &str) {
        if file.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "java" | "py" | "pyi")) {
            return;
        }
        let below = |directory: &&str| directory.len() > self.base.len();
        for directory in above(parent(file)).take_while(below) {
            let known = self.directories.entry(name(directory).to_owned()).or_default();
            if !known.insert(directory.to_owned()) {
                break;
            }
        }
    }

    /// How many files there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.files.len()
    }

    /// Whether a package says that it is entered by a file of this name.
    #[must_use]
    pub fn enters(&self, stem: &str) -> bool {
        self.packages.iter().any(|package| {
            let data = &package.data;
            let entries = [&data.exports, &data.imports, &data.source, &data.main, &data.module, &data.types];
            entries.iter().any(|entry| entry.to_string().contains(stem))
        })
    }

    /// The whole path of one that is shown.
    #[must_use]
    pub fn whole(&self, shown: &str) -> String {
        if shown.starts_with('/') || shown.get(1..3) == Some(":/") { normal(shown) } else { join(&self.base, shown) }
    }

    /// The file, as it is shown, that an import of a module means. The module is written as in the source; `package` is
    /// that of the importing file, `name` the first part of what is taken from the module (a class, for Java).
    #[must_use]
    pub fn module(&self, family: Family, from: &str, module: &str, name: &str) -> Option<&str> {
        let from = self.whole(from);
        let found = match family {
            Family::JavaScript => self.es(&from, module),
            Family::Python => self.python(&from, module),
            Family::Java => self.java(&from, module, name),
        }?;
        self.files.get(&found).map(String::as_str)
    }

    fn es(&self, from: &str, module: &str) -> Option<String> {
        let directory = parent(from);
        if module.starts_with('.') {
            return self.script(&join(directory, module));
        }
        if module.starts_with('#') {
            let package = self.packages.iter().filter(|package| is_above(&package.directory, from));
            let package = package.max_by_key(|package| package.directory.len())?;
            return self.entry(package, &package.data.imports, module);
        }
        self.aliased(directory, module)
            .or_else(|| self.workspace(module))
            .or_else(|| {
                // The alias that bundlers and frameworks set up for the root of the sources.
                let rest = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/"))?;
                above(directory)
                    .flat_map(|above| [join(above, &format!("src/{rest}")), join(above, rest)])
                    .find_map(|path| self.script(&path))
            })
            .or_else(|| self.tail(from, module))
    }

    /// A file whose path ends as the module's does, for trees whose manifests are not there or say nothing of it:
    /// `@scope/forms/field` is `packages/forms/src/field.ts` or `src/forms/field/index.ts`.
    fn tail(&self, from: &str, module: &str) -> Option<String> {
        let scoped = module.strip_prefix('@').and_then(|module| module.split_once('/'));
        let scope = scoped.map(|(scope, _)| format!("@{scope}/"));
        if scope.is_some_and(|scope| self.packages.iter().any(|package| package.data.name.starts_with(&scope))) {
            return None;
        }
        let rest = scoped.map_or(module, |(_, rest)| rest);
        let (first, inner) = match rest.split_once('/') {
            Some((first, inner)) => (first, inner),
            None if scoped.is_some() => (rest, ""),
            None => return None,
        };
        let roots = self.directories.get(first)?.iter().filter(|directory| {
            !self.packages.iter().any(|package| package.directory == **directory && !package.data.name.is_empty())
        });
        let at = |directory: &String| {
            if inner.is_empty() {
                [join(directory, "index"), join(directory, "src/index"), join(directory, "lib/index")]
                    .iter()
                    .find_map(|path| self.script(path))
            } else {
                [join(directory, inner), join(directory, &format!("src/{inner}"))]
                    .iter()
                    .find_map(|path| self.script(path))
            }
        };
        let near = |path: &String| path.bytes().zip(from.bytes()).take_while(|(a, b)| a == b).count();
        let mut found: Vec<String> = roots.filter_map(at).collect();
        found.sort_by_key(|path| std::cmp::Reverse(near(path)));
        match found.as_slice() {
            [only] => Some(only.clone()),
            [first, second, ..] if near(first) > near(second) => Some(first.clone()),
            _ => None,
        }
    }

    fn aliased(&self, directory: &str, module: &str) -> Option<String> {
        let aliases = above(directory).find_map(|above| self.aliases.get(above))?;
        let mut matching: Vec<(&str, &str, &Vec<String>)> = aliases
            .paths
            .iter()
            .filter_map(|(pattern, targets)| matched(pattern, module).map(|rest| (pattern.as_str(), rest, targets)))
            .collect();
        matching.sort_by_key(|(pattern, ..)| std::cmp::Reverse(pattern.len()));
        let mut targets = matching
            .into_iter()
            .flat_map(|(_, rest, targets)| targets.iter().map(move |target| target.replacen('*', rest, 1)));
        targets
            .find_map(|target| self.script(&target))
            .or_else(|| self.script(&join(aliases.base_url.as_deref()?, module)))
    }

    /// A package of the same repository.
    fn workspace(&self, module: &str) -> Option<String> {
        let package = self
            .packages
            .iter()
            .filter(|package| !package.data.name.is_empty())
            .find(|package| below(&package.data.name, module).is_some())?;
        let rest = below(&package.data.name, module)?;
        let key = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
        if let Some(found) = self.entry(package, &package.data.exports, &key) {
            return Some(found);
        }
        let at = |path: &str| self.built(&package.directory, path);
        if rest.is_empty() {
            let data = &package.data;
            let named = [&data.source, &data.module, &data.main, &data.types].into_iter().filter_map(Value::as_str);
            return named.chain(["src/index", "index", "lib/index"]).find_map(at);
        }
        at(rest).or_else(|| at(&format!("src/{rest}")))
    }

    /// What `exports` or `imports` of a package says of a key.
    fn entry(&self, package: &Package, table: &Value, key: &str) -> Option<String> {
        let targets = |value: &Value, rest: &str| {
            let mut found = Vec::new();
            strings(value, &mut found);
            found.into_iter().map(|target| target.replacen('*', rest, 1)).collect::<Vec<_>>()
        };
        let all = match table {
            Value::Object(map) if map.keys().any(|key| key.starts_with(['.', '#'])) => {
                map.iter().find_map(|(pattern, value)| Some(targets(value, matched(pattern, key)?)))?
            }
            Value::Null => return None,
            value if key == "." => targets(value, ""),
            _ => return None,
        };
        all.iter().find_map(|target| self.built(&package.directory, target))
    }

    /// A file of a package, or the source that it is built from.
    fn built(&self, directory: &str, path: &str) -> Option<String> {
        let path = path.trim_start_matches("./");
        self.script(&join(directory, path)).or_else(|| {
            let (first, rest) = path.split_once('/')?;
            let rest = rest.strip_suffix(".d.ts").unwrap_or(rest);
            BUILT.contains(&first).then(|| self.script(&join(directory, &format!("src/{rest}"))))?
        })
    }

    /// A script file by the path an import writes, which may lack its extension, carry that of the built file, or name
    /// a directory.
    fn script(&self, path: &str) -> Option<String> {
        let is_file = |path: String| self.files.contains_key(&path).then_some(path);
        let sourced = [(".js", ".ts"), (".js", ".tsx"), (".jsx", ".tsx"), (".mjs", ".mts"), (".cjs", ".cts")];
        EXTENSIONS
            .iter()
            .find_map(|extension| is_file(format!("{path}{extension}")))
            .or_else(|| {
                sourced.iter().find_map(|(built, source)| is_file(format!("{}{source}", path.strip_suffix(built)?)))
            })
            .or_else(|| EXTENSIONS.iter().skip(1).find_map(|extension| is_file(format!("{path}/index{extension}"))))
    }

    fn python(&self, from: &str, module: &str) -> Option<String> {
        let dots = module.len() - module.trim_start_matches('.').len();
        let rest = module[dots..].replace('.', "/");
        let at = |directory: &str| {
            let path = if rest.is_empty() { directory.to_owned() } else { join(directory, &rest) };
            [format!("{path}.py"), format!("{path}/__init__.py"), format!("{path}.pyi")]
                .into_iter()
                .find(|path| self.files.contains_key(path))
        };
        if dots > 0 {
            return above(parent(from)).nth(dots - 1).and_then(at);
        }
        above(parent(from)).find_map(|above| at(above).or_else(|| at(&join(above, "src"))))
    }

    fn java(&self, from: &str, package: &str, class: &str) -> Option<String> {
        let file = format!("{class}.java");
        if package.is_empty() {
            let path = join(parent(from), &file);
            return self.files.contains_key(&path).then_some(path);
        }
        let tail = format!("/{}/{file}", package.replace('.', "/"));
        let same = self.by_name.get(&file)?.iter().filter(|path| path.ends_with(&tail));
        // Modules may hold classes of the same name: the nearest one.
        same.max_by_key(|path| path.bytes().zip(from.bytes()).take_while(|(a, b)| a == b).count()).cloned()
    }

    /// Whether a file stands in a directory that a module names: a Python package without a file of its own.
    #[must_use]
    pub fn is_namespace(&self, from: &str, module: &str) -> bool {
        let from = self.whole(from);
        let dots = module.len() - module.trim_start_matches('.').len();
        let rest = module[dots..].replace('.', "/");
        let holds = |directory: &str| {
            let prefix = if rest.is_empty() { format!("{directory}/") } else { format!("{}/", join(directory, &rest)) };
            self.files.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
        };
        match dots {
            0 => above(parent(&from)).any(|above| holds(above) || holds(&join(above, "src"))),
            _ => above(parent(&from)).nth(dots - 1).is_some_and(holds),
        }
    }

    /// The last part of a file's path without its extension: what importers are likely to write.
    #[must_use]
    pub fn stem(path: &str) -> &str {
        let name = name(path);
        let stem = name.split('.').next().unwrap_or(name);
        if matches!(stem, "index" | "__init__") { Self::stem(parent(path)) } else { stem }
    }
}

/// What a tsconfig says, with what it extends.
fn aliases(path: &str, texts: &BTreeMap<String, &str>, depth: u8) -> Option<Aliases> {
    let config: TsConfig = jsonc_parser::parse_to_serde_value(texts.get(path)?, &jsonc_parser::ParseOptions::default())
        .ok()
        .and_then(|value: Value| serde_json::from_value(value).ok())?;
    let directory = parent(path);
    let mut bases = Vec::new();
    strings(&config.extends, &mut bases);
    let inherited = depth.checked_sub(1).and_then(|depth| {
        bases.iter().filter(|base| base.starts_with('.')).find_map(|base| {
            let base = join(directory, base);
            aliases(&base, texts, depth).or_else(|| aliases(&format!("{base}.json"), texts, depth))
        })
    });
    let base_url = config.options.base_url.map(|url| join(directory, &url));
    let root = base_url.as_deref().unwrap_or(directory);
    let paths = config.options.paths.map(|paths| {
        let whole = |targets: Vec<String>| targets.iter().map(|target| join(root, target)).collect();
        paths.into_iter().map(|(pattern, targets)| (pattern, whole(targets))).collect()
    });
    let inherited = inherited.unwrap_or_default();
    Some(Aliases { paths: paths.unwrap_or(inherited.paths), base_url: base_url.or(inherited.base_url) })
}

/// All strings of a value of conditions or alternatives, in their order.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(map) => map.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

/// What the `*` of a pattern stands for.
fn matched<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == text).then_some(""),
        Some((head, tail)) => text.strip_prefix(head)?.strip_suffix(tail),
    }
}

/// The part of a module path behind a package name.
fn below<'a>(package: &str, module: &'a str) -> Option<&'a str> {
    let rest = module.strip_prefix(package)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

fn is_above(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A directory and those it stands in, from the inside out.
fn above(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |path| (!path.is_empty()).then(|| parent(path)))
}

fn join(directory: &str, path: &str) -> String {
    normal(&format!("{directory}/{path}"))
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" if !parts.is_empty() => {}
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty()) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
