//! The invariants of the house that the compiler does not hold.

#![allow(clippy::unwrap_used, clippy::case_sensitive_file_extension_comparisons, reason = "a test may panic")]

#[allow(dead_code, reason = "each test reads its part")]
mod literate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use leaklint::catalogue::{Library, RuleTable};
use leaklint::lang::Family;
use literate::Verdict;

/// Longest file of `src`, in lines.
const LINES: usize = 500;

/// Parts of `src` that read and write files and streams.
const IO: &[&str] = &[
    "build.rs",
    "main.rs",
    "baseline.rs",
    "cache.rs",
    "cli",
    "config.rs",
    "config",
    "discover.rs",
    "discover",
    "report",
];

/// Headings of every doc.md, in order.
const HEADINGS: &[&str] = &["What it reports", "Why it leaks", "How to fix", "When it stays silent", "Confidence"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files under a folder that are not ignored, relative to the root and sorted.
fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> = ignore::WalkBuilder::new(root().join(folder))
        .hidden(false)
        .follow_links(true)
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != "target")
        .build()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| {
            let name = entry.path().strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            (name, entry.into_path())
        })
        .collect();
    files.sort();
    files
}

/// Rust sources of a folder of `src` with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    files("src")
        .into_iter()
        .filter(|(name, _)| name.starts_with(&format!("src/{folder}")) && name.ends_with(".rs"))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect()
}

/// The lines of a Rust file up to its unit tests, numbered and without comments.
fn code(text: &str) -> Vec<(usize, &str)> {
    text.split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .map(without_comment)
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .collect()
}

/// The part of a line before `//`, unless that stands in a string.
fn without_comment(line: &str) -> &str {
    let cut = line.match_indices("//").find(|(at, _)| line[..*at].matches('"').count().is_multiple_of(2));
    cut.map_or(line, |(at, _)| &line[..at])
}

/// Where code of a folder has one of the words; words that begin and end with a letter are whole words.
fn places(sources: &[(String, String)], words: &[&str]) -> Vec<String> {
    let whole = |line: &str, at: usize, word: &str| {
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        let before = line[..at].chars().next_back().is_some_and(letter) && word.starts_with(letter);
        let after = line[at + word.len()..].chars().next().is_some_and(letter) && word.ends_with(letter);
        !before && !after
    };
    let mut places = Vec::new();
    for (name, text) in sources {
        for (number, line) in code(text) {
            let hit = words.iter().find(|word| line.match_indices(**word).any(|(at, _)| whole(line, at, word)));
            places.extend(hit.map(|word| format!("{name}:{number} {word}")));
        }
    }
    places
}

fn none(what: &str, places: &[String]) {
    assert!(places.is_empty(), "{what}:\n{}", places.join("\n"));
}

fn rules() -> BTreeMap<String, RuleTable> {
    fs::read_dir(root().join("rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("libraries") && !path.ends_with("words"))
        .map(|path| {
            let id = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(path.join("rule.toml")).unwrap_or_else(|error| panic!("{id}: {error}"));
            (id.clone(), toml::from_str(&text).unwrap_or_else(|error| panic!("rules/{id}/rule.toml: {error}")))
        })
        .collect()
}

fn libraries() -> BTreeMap<String, Library> {
    files("rules/libraries")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".toml"))
        .map(|(name, path)| {
            let library =
                toml::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, library)
        })
        .collect()
}

#[test]
fn only_the_front_ends_know_the_grammars() {
    let others: Vec<_> = sources("").into_iter().filter(|(name, _)| !name.starts_with("src/lang/")).collect();
    none("names a grammar outside lang", &places(&others, &["tree_sitter"]));
}

#[test]
fn the_front_ends_know_no_rule() {
    let rules = rules();
    let ids: Vec<&str> = rules.keys().map(String::as_str).collect();
    none("names a rule in lang", &places(&sources("lang"), &ids));
    none("names a rule in model", &places(&sources("model"), &ids));
}

#[test]
fn only_the_report_knows_sarif() {
    // The command line offers the format and its options by name.
    let others: Vec<_> = sources("")
        .into_iter()
        .filter(|(name, _)| !["src/report", "src/cli", "src/main.rs"].iter().any(|part| name.starts_with(part)))
        .map(|(name, text)| (name, text.to_lowercase()))
        .collect();
    let hits: Vec<String> = others
        .iter()
        .flat_map(|(name, text)| code(text).into_iter().map(move |(number, line)| (name, number, line)))
        .filter(|(_, _, line)| line.contains("sarif"))
        .map(|(name, number, _)| format!("{name}:{number}"))
        .collect();
    none("names SARIF outside report", &hits);
}

#[test]
fn only_the_edge_does_input_and_output() {
    let words = [
        "std::fs",
        "std::io",
        "fs",
        "File::open",
        "File::create",
        "OpenOptions",
        "stdin",
        "io::stdout",
        "io::stderr",
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "std::net",
        "Command",
        "std::env",
    ];
    let inner: Vec<_> = sources("")
        .into_iter()
        .filter(|(name, _)| !IO.iter().any(|part| name.split('/').nth(1) == Some(*part)))
        .collect();
    none("does input or output", &places(&inner, &words));
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [".unwrap()", ".expect(\"", "panic!", "unreachable!", "todo!", "unimplemented!"];
    none("may panic", &places(&sources(""), &words));
}

#[test]
fn files_are_short() {
    let long: Vec<String> = sources("")
        .iter()
        .filter(|(_, text)| text.lines().count() > LINES)
        .map(|(name, text)| format!("{name} has {} lines", text.lines().count()))
        .collect();
    none("longer than a file should be", &long);
}

#[test]
fn no_file_knows_the_machine() {
    let home = std::env::var("HOME").unwrap_or_default();
    let paths: Vec<String> = [root().to_string_lossy().into_owned(), home]
        .into_iter()
        .filter(|path| Path::new(path).components().count() > 2)
        .collect();
    let hits: Vec<String> = files("")
        .into_iter()
        .filter(|(_, path)| {
            let bytes = fs::read(path).unwrap();
            paths.iter().any(|wanted| memchr::memmem::find(&bytes, wanted.as_bytes()).is_some())
        })
        .map(|(name, _)| name)
        .collect();
    none("has a path of this machine", &hits);
}

#[test]
fn rules_are_whole() {
    let mut faults = Vec::new();
    let mut names = BTreeSet::new();
    for (id, rule) in rules() {
        let folder = root().join("rules").join(&id);
        let pascal: String = id
            .split('-')
            .map(|word| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default())
            .collect();
        let kebab = id.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        let cases = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).any(|name| {
            let name = name.to_string_lossy();
            name.starts_with("cases") && name.ends_with(".md")
        });
        let checks = [
            (kebab, "the id is not in kebab-case"),
            (rule.name == pascal, "the name is not the id in PascalCase"),
            (names.insert(rule.name.clone()), "the name is taken"),
            (
                !rule.summary.is_empty() && !rule.summary.ends_with('.') && rule.summary.len() <= 120,
                "the summary is no line",
            ),
            (
                !rule.kinds.is_empty() && !rule.languages.is_empty() && !rule.cwe.is_empty(),
                "kinds, languages or CWE are empty",
            ),
            // SARIF shows ten, and each CWE is one.
            (rule.tags.len() + rule.cwe.len() <= 10, "too many tags"),
            (cases, "it has no cases"),
        ];
        faults.extend(checks.iter().filter(|(right, _)| !right).map(|(_, fault)| format!("{id}: {fault}")));
        faults.extend(doc_faults(&id, &rule).into_iter().map(|fault| format!("rules/{id}/doc.md: {fault}")));
    }
    none("rules that are not whole", &faults);
}

/// What a rule's page lacks: a heading, or a bad and a good example for a language.
fn doc_faults(id: &str, rule: &RuleTable) -> Vec<String> {
    let Ok(text) = fs::read_to_string(root().join("rules").join(id).join("doc.md")) else {
        return vec!["missing".to_owned()];
    };
    let mut faults = Vec::new();
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    if headings != HEADINGS {
        faults.push(format!("the headings are {headings:?}"));
    }
    let examples = literate::parse(id, &text).unwrap();
    for language in &rule.languages {
        for (heading, leaks) in [(HEADINGS[0], true), (HEADINGS[2], false)] {
            let found = examples.iter().any(|case| {
                let mut marks = case.files.iter().flat_map(|file| &file.marks);
                let marked = marks.any(|mark| mark.verdict != Verdict::FalseAlarm && mark.rule == id);
                case.heading == heading && case.files[0].language.family() == *language && marked == leaks
            });
            if !found {
                faults.push(format!("no example in {language:?} under {heading}"));
            }
        }
    }
    faults
}

#[test]
fn marks_name_rules() {
    let rules = rules();
    let mut faults = Vec::new();
    for (name, path) in files("rules").into_iter().filter(|(name, _)| name.ends_with(".md")) {
        for case in literate::parse(&name, &fs::read_to_string(path).unwrap()).unwrap() {
            for file in &case.files {
                let unknown = file.marks.iter().filter(|mark| !rules.contains_key(&mark.rule));
                faults.extend(unknown.map(|mark| format!("{name}:{} {}", file.first_line + mark.line - 1, mark.rule)));
            }
        }
    }
    none("marks of rules that do not exist", &faults);
}

#[test]
fn libraries_say_something() {
    let silent: Vec<String> =
        libraries().into_iter().filter(|(_, library)| entries(library) == 0).map(|(name, _)| name).collect();
    none("libraries without an entry", &silent);
}

fn entries(library: &Library) -> usize {
    library.acquire.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.r#type.iter().map(|entry| entry.name.len()).sum::<usize>()
        + library.release.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.wrapper.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.sink.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.borrow.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.hook.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.callback.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library.source.iter().map(|entry| entry.name.len()).sum::<usize>()
        + library.collection.iter().map(|entry| entry.name.len()).sum::<usize>()
        + library.once.iter().map(|entry| entry.name.len() + entry.annotations.len()).sum::<usize>()
        + library.scope.iter().map(|entry| entry.paths.len()).sum::<usize>()
        + library.exit.iter().map(|entry| entry.call.len()).sum::<usize>()
        + library
            .owner
            .iter()
            .map(|entry| entry.bases.len() + entry.annotations.len() + entry.objects.len() + entry.teardown.len())
            .sum::<usize>()
}

/// Kinds that libraries acquire, with the languages they do it in.
fn acquired() -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for library in libraries().into_values() {
        let named =
            library.acquire.iter().map(|entry| &entry.kind).chain(library.r#type.iter().map(|entry| &entry.kind));
        for kind in named {
            kinds.entry(kind.clone()).or_default().extend(library.languages.iter().copied().map(family));
        }
    }
    kinds
}

fn family(family: Family) -> String {
    format!("{family:?}")
}

#[test]
fn kinds_meet() {
    let (rules, acquired) = (rules(), acquired());
    let analyses = [sources("analyses"), sources("project")].concat();
    let mut faults = Vec::new();
    for (id, rule) in &rules {
        for kind in &rule.kinds {
            let literal = format!("\"{kind}\"");
            if !acquired.contains_key(kind) && places(&analyses, &[&literal]).is_empty() {
                faults.push(format!("{id} selects {kind}, which no library acquires and no analysis names"));
            }
        }
    }
    for (kind, languages) in &acquired {
        for language in languages {
            let selected = rules.values().any(|rule| {
                rule.kinds.contains(kind) && rule.languages.iter().any(|other| family(*other) == *language)
            });
            if !selected {
                faults.push(format!("a library acquires {kind} in {language}, which no rule selects"));
            }
        }
    }
    none("kinds", &faults);
}
