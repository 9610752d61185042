//! Finds the rules and libraries under `rules/` and embeds them, so that a new one edits nothing shared; makes the
//! words of `rules/words/` into code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use toml::{Table, Value};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let rules = root.join("rules");
    println!("cargo::rerun-if-changed={}", rules.display());
    let mut code = String::from("pub const RULES: &[RuleSource] = &[\n");
    for directory in sorted(&rules)? {
        let table = directory.join("rule.toml");
        if !table.is_file() {
            continue;
        }
        let id = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let doc = directory.join("doc.md");
        for file in [&table, &doc] {
            println!("cargo::rerun-if-changed={}", file.display());
        }
        let _ = writeln!(
            code,
            "    RuleSource {{ id: {id:?}, table: include_str!({table:?}), doc: include_str!({doc:?}) }},"
        );
    }
    code.push_str("];\npub const LIBRARIES: &[(&str, &str)] = &[\n");
    for file in sorted(&rules.join("libraries"))? {
        if file.extension().is_some_and(|extension| extension == "toml") {
            println!("cargo::rerun-if-changed={}", file.display());
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let _ = writeln!(code, "    ({name:?}, include_str!({file:?})),");
        }
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), code)?;
    let mut words = String::new();
    for file in sorted(&rules.join("words"))? {
        println!("cargo::rerun-if-changed={}", file.display());
        let tables: Table = fs::read_to_string(&file)?
            .parse()
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
        let _ = writeln!(words, "pub mod {} {{", file.file_stem().unwrap_or_default().to_string_lossy());
        for (name, table) in &tables {
            let code = vocabulary(name, table)
                .ok_or_else(|| io::Error::other(format!("{}: [{name}] is no table of words", file.display())))?;
            words.push_str(&code);
        }
        words.push_str("}\n");
    }
    fs::write(out.join("words.rs"), words)
}

/// The code of a table of words, or of pairs; none when it is neither.
fn vocabulary(name: &str, table: &Value) -> Option<String> {
    let table = table.as_table()?;
    let known = ["about", "pairs", "plain", "words", "leads", "but"];
    if table.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let about = table.get("about")?.as_str()?;
    if let Some(pairs) = table.get("pairs") {
        let mut code = format!("/// {about}\npub const {}: &[(&str, &[&str])] = &[\n", name.to_ascii_uppercase());
        for pair in pairs.as_array()? {
            let [first, second] = pair.as_array()?.as_slice() else { return None };
            let second: Vec<&str> = second.as_str()?.split_whitespace().collect();
            let _ = writeln!(code, "    ({:?}, &{second:?}),", first.as_str()?);
        }
        code.push_str("];\n");
        return Some(code);
    }
    let list = |key: &str| {
        let mut words: Vec<&str> =
            table.get(key).and_then(Value::as_str).unwrap_or_default().split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let (patterns, names): (Vec<&str>, Vec<&str>) = list("words").into_iter().partition(|word| word.contains('*'));
    let plain = table.get("plain").is_some_and(|plain| plain.as_bool() == Some(true));
    Some(format!(
        "/// {about}\n#[must_use]\npub fn {name}(name: &str) -> bool {{\n    static WORDS: super::LazyLock<super::Words> = \
         super::LazyLock::new(|| super::Words::new({plain}, &{names:?}, &{patterns:?}, &{:?}, &{:?}));\n    WORDS.has(name)\n}}\n",
        list("leads"),
        list("but"),
    ))
}

fn sorted(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}
