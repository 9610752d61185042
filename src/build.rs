//! Finds the rules and libraries under `rules/` and embeds them, so that a new one edits nothing shared.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

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
    fs::write(out.join("embedded.rs"), code)
}

fn sorted(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}
