//! Evidence of other files: imports that have to be resolved, and the same findings for a file alone and in a full run.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Writes a project, with the mark of a repository, so that its root is found.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Findings of all confidences as `path:line rule confidence`, and the whole report.
fn run(root: &Path, paths: &[&str]) -> (BTreeSet<String>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_leaklint"))
        .current_dir(root)
        .args(["--format", "json", "--confidence", "low", "--exit-zero"])
        .args(paths)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["findings"].as_array().unwrap().iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let line = finding["start"]["line"].as_u64().or(finding["line"].as_u64()).unwrap();
        format!("{}:{line} {} {}", text("path"), text("rule"), text("confidence"))
    });
    (findings.collect(), report)
}

/// Findings by file.
fn by_file(findings: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in findings {
        files.entry(finding.split(':').next().unwrap().to_owned()).or_default().insert(finding.clone());
    }
    files
}

fn leaks(findings: &BTreeSet<String>, path: &str) -> bool {
    findings.iter().any(|finding| finding.starts_with(&format!("{path}:")) && !finding.ends_with(" low"))
}

/// A file that opens a stream and hands it to `settle` of the module that is imported as `from`.
fn opener(from: &str) -> String {
    format!(
        "import fs from 'fs'\nimport {{ settle }} from '{from}'\nexport function read(path) {{\n  const input = fs.openSync(path)\n  settle(input)\n}}\n"
    )
}

#[test]
fn es_imports() {
    let files = [
        (
            "packages/io/package.json",
            r#"{"name": "@acme/io", "exports": {".": "./dist/index.js", "./deep/*": "./dist/deep/*.js"}}"#.to_owned(),
        ),
        ("packages/io/src/index.ts", "export * from './closers'\n".to_owned()),
        (
            "packages/io/src/closers.ts",
            "export function settle(handle) { require('fs').closeSync(handle) }\n".to_owned(),
        ),
        ("packages/io/src/deep/end.ts", "export { settle } from '../closers'\n".to_owned()),
        (
            "packages/app/tsconfig.json",
            "{ // aliases\n \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"~lib/*\": [\"src/lib/*\"] } } }"
                .to_owned(),
        ),
        ("packages/app/src/lib/closing.ts", "export { settle } from '@acme/io'\n".to_owned()),
        ("packages/app/src/relative.ts", opener("./lib/closing.js")),
        ("packages/app/src/alias.ts", opener("~lib/closing")),
        ("packages/app/src/base.ts", opener("src/lib/closing")),
        ("packages/app/src/workspace.ts", opener("@acme/io")),
        ("packages/app/src/subpath.ts", opener("@acme/io/deep/end")),
        ("packages/app/src/unknown.ts", opener("./nowhere")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let directory = project(&files);
    let (findings, _) = run(directory.path(), &["."]);
    for name in ["relative", "alias", "base", "workspace", "subpath"] {
        assert!(!leaks(&findings, &format!("packages/app/src/{name}.ts")), "{name}: {findings:?}");
    }
    assert!(leaks(&findings, "packages/app/src/unknown.ts"), "{findings:?}");
    let (alone, _) = run(directory.path(), &["packages/app/src/subpath.ts"]);
    assert!(alone.is_empty(), "{alone:?}");
}

#[test]
fn python_imports() {
    let user = |import: &str, call: &str| {
        format!("import os\n{import}\n\ndef load(path):\n    handle = open(path)\n    {call}(handle)\n")
    };
    let files = [
        ("src/shop/__init__.py", String::new()),
        ("src/shop/io/__init__.py", "from .ends import settle\n".to_owned()),
        ("src/shop/io/ends.py", "def settle(handle):\n    handle.close()\n".to_owned()),
        ("src/shop/a.py", user("from .io import settle", "settle")),
        ("src/shop/b.py", user("from shop.io.ends import settle as done", "done")),
        ("src/shop/c.py", user("from shop import io", "io.settle")),
        ("src/shop/d.py", user("import shop.io.ends", "shop.io.ends.settle")),
        ("src/shop/e.py", user("from . import io", "io.ends.settle")),
        ("tools/f.py", user("from shop.io import settle", "settle")),
        ("src/shop/z.py", user("from .nothing import settle", "settle")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let directory = project(&files);
    let (findings, _) = run(directory.path(), &["."]);
    for name in ["src/shop/a.py", "src/shop/b.py", "src/shop/c.py", "src/shop/d.py", "src/shop/e.py", "tools/f.py"] {
        assert!(!leaks(&findings, name), "{name}: {findings:?}");
    }
    assert!(leaks(&findings, "src/shop/z.py"), "{findings:?}");
}

#[test]
fn java_imports() {
    let user = |package: &str, import: &str, call: &str| {
        format!(
            "package {package};\nimport java.io.*;\n{import}\nclass User {{\n  void load(String path) throws IOException {{\n    InputStream in = new FileInputStream(path);\n    {call}(in);\n  }}\n}}\n"
        )
    };
    let files = [
        ("core/src/main/java/acme/io/Ends.java", "package acme.io;\npublic class Ends {\n  public static void settle(java.io.InputStream in) { try { in.close(); } catch (java.io.IOException e) { } }\n}\n".to_owned()),
        ("core/src/main/java/acme/io/User.java", user("acme.io", "", "Ends.settle")),
        ("app/src/main/java/acme/a/User.java", user("acme.a", "import acme.io.Ends;", "Ends.settle")),
        ("app/src/main/java/acme/b/User.java", user("acme.b", "import acme.io.*;", "Ends.settle")),
        ("app/src/main/java/acme/c/User.java", user("acme.c", "import static acme.io.Ends.settle;", "settle")),
        ("app/src/main/java/acme/z/User.java", user("acme.z", "", "Ends.settle")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let directory = project(&files);
    let (findings, _) = run(directory.path(), &["."]);
    for name in [
        "core/src/main/java/acme/io",
        "app/src/main/java/acme/a",
        "app/src/main/java/acme/b",
        "app/src/main/java/acme/c",
    ] {
        assert!(!leaks(&findings, &format!("{name}/User.java")), "{name}: {findings:?}");
    }
    assert!(leaks(&findings, "app/src/main/java/acme/z/User.java"), "{findings:?}");
}

/// A few files that hold evidence for one another, in every language.
fn web() -> tempfile::TempDir {
    project(&[
        (
            "web/store.ts",
            "export const sessions = new Map()\nexport function open(id, user) { sessions.set(id, user) }\n",
        ),
        ("web/index.ts", "export { sessions as live } from './store'\n"),
        ("web/sweep.ts", "import { live } from '.'\nexport function end(id) { live.delete(id) }\n"),
        ("web/other.ts", "export const seen = new Map()\nexport function note(id, user) { seen.set(id, user) }\n"),
        ("web/base.ts", "export class Base {\n  dispose() { this.timer && clearInterval(this.timer) }\n}\n"),
        (
            "web/clock.ts",
            "import { Base } from './base'\nexport class Clock extends Base {\n  start() { this.timer = setInterval(() => this.tick(), 1000) }\n}\n",
        ),
        ("py/cache.py", "CACHE = {}\n\ndef put(request_id, value):\n    CACHE[request_id] = value\n"),
        ("py/sweep.py", "from py import cache\n\ndef drop(request_id):\n    cache.CACHE.pop(request_id, None)\n"),
        ("py/kept.py", "KEPT = {}\n\ndef put(request_id, value):\n    KEPT[request_id] = value\n"),
        (
            "java/acme/Jobs.java",
            "package acme;\nimport java.util.*;\npublic class Jobs {\n  static final Map<String, Object> JOBS = new HashMap<>();\n  void add(String requestId, Object job) { JOBS.put(requestId, job); }\n}\n",
        ),
        (
            "java/acme/Sweeper.java",
            "package acme;\nclass Sweeper {\n  void drop(String requestId) { Jobs.JOBS.remove(requestId); }\n}\n",
        ),
    ])
}

#[test]
fn a_file_alone_has_the_findings_of_the_full_run() {
    for directory in [web(), corpus(), cases()] {
        let (all, _) = run(directory.path(), &["."]);
        let expected = by_file(&all);
        for path in sources(directory.path()) {
            let (alone, _) = run(directory.path(), &[&path]);
            assert_eq!(alone, expected.get(&path).cloned().unwrap_or_default(), "{path}");
        }
    }
}

#[test]
fn removals_elsewhere_bound_what_grows_here() {
    let directory = web();
    let (findings, report) = run(directory.path(), &["."]);
    assert!(leaks(&findings, "web/other.ts"), "{findings:?}");
    assert!(leaks(&findings, "py/kept.py"), "{findings:?}");
    for path in ["web/store.ts", "py/cache.py", "java/acme/Jobs.java", "web/clock.ts"] {
        assert!(!leaks(&findings, path), "{path}: {findings:?}");
    }
    assert!(report.is_object());
}

/// The cases of several files, each in a folder of its own.
fn cases() -> tempfile::TempDir {
    let directory = project(&[]);
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut pages: Vec<_> = fs::read_dir(rules)
        .unwrap()
        .flat_map(|rule| fs::read_dir(rule.unwrap().path()).unwrap())
        .map(|page| page.unwrap().path())
        .filter(|page| page.file_name().unwrap().to_str().unwrap().starts_with("cases."))
        .collect();
    pages.sort();
    let mut folder = 0;
    for page in pages {
        let text = fs::read_to_string(page).unwrap();
        let mut open: Option<(std::path::PathBuf, String)> = None;
        for line in text.lines() {
            let fence = line.strip_prefix("```");
            match (&mut open, fence) {
                (Some((path, code)), Some(_)) => {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, code).unwrap();
                    open = None;
                }
                (Some((_, code)), None) => *code += &format!("{line}\n"),
                (None, Some(tag)) => {
                    let name = tag.split_whitespace().nth(1);
                    let at = directory.path().join(format!("case{folder}")).join(name.unwrap_or("none.txt"));
                    open = Some((at, String::new()));
                }
                (None, None) => folder += usize::from(line.starts_with("### ")),
            }
        }
    }
    directory
}

/// The demo, as a project of its own.
fn corpus() -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let directory = project(&[]);
    for path in sources(&from) {
        let to = directory.path().join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(&path), to).unwrap();
    }
    directory
}

/// Source files below a directory, relative to it.
fn sources(root: &Path) -> Vec<String> {
    let walk = ignore::WalkBuilder::new(root).build().map(Result::unwrap);
    let mut paths: Vec<String> = walk
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter(|entry| leaklint::lang::Language::of(entry.path()).is_some())
        .map(|entry| entry.path().strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn classes_that_nothing_imports() {
    let driver = |name: &str| {
        format!(
            "import Database from 'better-sqlite3'\nexport default class {name} {{\n  open(file: string) {{ this.db = new Database(file) }}\n  all(sql: string) {{ return this.db.prepare(sql).all() }}\n  private db: any\n}}\n"
        )
    };
    let mut files = vec![
        ("src/used-driver.ts".to_owned(), driver("Used")),
        ("src/lazy-driver.ts".to_owned(), driver("Lazy")),
        ("src/old-driver.ts".to_owned(), driver("Old")),
        (
            "src/main.ts".to_owned(),
            "import Used from './used-driver'\nnew Used().open('a')\nexport const more = () => import('./lazy-driver')\n"
                .to_owned(),
        ),
    ];
    for number in 0..60 {
        files.push((format!("src/part{number}.ts"), format!("export const part{number} = {number}\n")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (findings, _) = run(project(&files).path(), &["."]);
    assert!(leaks(&findings, "src/used-driver.ts"), "{findings:?}");
    assert!(leaks(&findings, "src/lazy-driver.ts"), "{findings:?}");
    assert!(!leaks(&findings, "src/old-driver.ts"), "{findings:?}");
    let (findings, _) = run(project(&files[..4]).path(), &["."]);
    assert!(leaks(&findings, "src/old-driver.ts"), "{findings:?}");
}
