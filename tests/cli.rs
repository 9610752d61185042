//! The command line at its boundary: exit codes, bad input, configuration, determinism.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A textbook leak, found at default confidence.
const LEAK: &str = "import express from 'express'\n\
    const app = express()\n\
    const seen = new Map()\n\
    app.get('/:id', (request, response) => {\n  seen.set(request.params.id, Date.now())\n  response.end()\n})\n";
/// A leak of low confidence: nothing says that it runs again and again.
const LOW: &str = "const seen = new Map()\nexport function f(key) {\n  seen.set(key, 1)\n}\n";
const CLEAN: &str = "export function add(a, b) {\n  return a + b\n}\n";

/// A directory with files, closed off so that nothing above it has a say.
struct Project(TempDir);

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        fs::create_dir(project.path().join(".git")).unwrap();
        for (path, text) in files {
            project.write(path, text.as_bytes());
        }
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_leaklint"))
            .args(args)
            .current_dir(self.path())
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(120), "{args:?} took too long");
        Ran(output)
    }
}

struct Ran(Output);

impl Ran {
    fn code(&self) -> i32 {
        self.0.status.code().expect("ended by a signal")
    }

    fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// Both streams: where a notice stands depends on the format.
    fn all(&self) -> String {
        self.out() + &String::from_utf8_lossy(&self.0.stderr)
    }

    #[track_caller]
    fn is(&self, code: i32, texts: &[&str]) {
        let all = self.all();
        assert_eq!(self.code(), code, "{all}");
        for text in texts {
            assert!(all.contains(text), "no `{text}` in:\n{all}");
        }
    }
}

#[test]
fn exit_codes() {
    let project = Project::new(&[("leak.js", LEAK), ("clean.js", CLEAN)]);
    project.run(&["clean.js"]).is(0, &[]);
    project.run(&["."]).is(1, &["unbounded-collection", "leak.js"]);
    project.run(&[]).is(1, &["leak.js"]);
    project.run(&["check", "leak.js"]).is(1, &[]);
    project.run(&["leak.js", "--exit-zero"]).is(0, &["unbounded-collection"]);
    project.write("low.js", LOW.as_bytes());
    project.run(&["low.js"]).is(0, &["no leaks"]);
    project.run(&["low.js", "--confidence", "low"]).is(0, &["unbounded-collection"]);
    project.run(&["low.js", "--confidence", "low", "--fail-on", "low"]).is(1, &["unbounded-collection"]);
    project.run(&["leak.js", "--ignore", "unbounded-collection"]).is(0, &[]);
    project.run(&["leak.js", "--select", "uncleared-*"]).is(0, &[]);
    project.run(&["missing.js"]).is(2, &["missing.js", "no such file"]);
    project.run(&["leak.js", "missing.js", "--exit-zero"]).is(2, &["unbounded-collection"]);
    project.run(&["leak.js", "--select", "unbounded-colection"]).is(2, &["did you mean `unbounded-collection`?"]);
    project.run(&["--no-such-flag"]).is(2, &[]);
    project.run(&["--help"]).is(0, &["Exit code"]);
}

#[test]
fn why_sees_the_project_that_a_run_over_the_folder_sees() {
    let store = "export const seen = new Map();\nexport function note(id) {\n  seen.set(id, 1);\n}\n";
    let sweep = "import { seen } from './store.js';\nexport const forget = id => seen.delete(id);\n";
    let project = Project::new(&[("src/store.js", store), ("src/sweep.js", sweep)]);
    fs::remove_dir(project.path().join(".git")).unwrap();
    project.run(&["--confidence", "low"]).is(0, &["no leaks"]);
    project.run(&["why", "src/store.js:3"]).is(0, &["quiet", "another file takes from `seen`", "src/sweep.js:2"]);
    fs::remove_file(project.path().join("src/sweep.js")).unwrap();
    project.run(&["why", "src/store.js:3"]).is(0, &["unbounded-collection"]);
}

#[test]
fn why_tells_what_speaks_for_a_quiet_line() {
    let files = "def read(p):\n    with open(p) as f:\n        return f.read()\ndef give(p):\n    return open(p)\n\
                 def drain(p):\n    f = open(p)\n    try:\n        f.read()\n    finally:\n        f.close()\n\
                 def pass_on(p, app):\n    app.files = open(p)\n";
    let cache = "seen = {}\ndef note(k):\n    seen[k] = 1\n    if len(seen) > 9:\n        seen.clear()\n\
                 names = {}\ndef name():\n    names['a'] = 1\n";
    let view = "export class View {\n  constructor(bus) {\n    this.bus = bus;\n    this.on = () => this.draw();\n    \
                bus.on('x', this.on);\n    this.el = document.createElement('p');\n    \
                this.el.addEventListener('click', this.on);\n    bus.on('y', this.on, { once: true });\n  }\n  \
                dispose() {\n    this.bus.off('x', this.on);\n  }\n}\n";
    let project = Project::new(&[("files.py", files), ("cache.py", cache), ("view.js", view)]);
    let quiet: [(&str, &[&str]); 9] = [
        ("files.py:2", &["when its block ends"]),
        ("files.py:5", &["whoever calls"]),
        ("files.py:7", &["every way out", "files.py:11: `f.close()`"]),
        ("files.py:1", &["nothing that is known"]),
        ("cache.py:3", &["`seen` is bounded", "cache.py:4: `len(seen)`", "cache.py:5: `seen.clear()`"]),
        ("cache.py:8", &["`names` is filled once"]),
        ("view.js:5", &["released elsewhere", "view.js:11: `this.bus.off('x', this.on)`"]),
        ("view.js:7", &["its owner's own"]),
        ("files.py:13", &["quiet: the file"]),
    ];
    for (place, words) in quiet {
        let ran = project.run(&["why", place]);
        ran.is(0, words);
        ran.is(0, &["quiet: "]);
    }
}

#[test]
fn the_format_has_no_say_in_the_exit_code() {
    let project = Project::new(&[("leak.js", LEAK), ("clean.js", CLEAN)]);
    for format in ["pretty", "sarif", "json", "concise"] {
        project.run(&["leak.js", "--format", format]).is(1, &["unbounded-collection"]);
        project.run(&["clean.js", "--format", format]).is(0, &[]);
        project.run(&["missing.js", "--format", format]).is(2, &["missing.js"]);
        let output = format!("{format}=report");
        project.run(&["leak.js", "--output-file", &output]).is(1, &[]);
        assert!(fs::read_to_string(project.path().join("report")).unwrap().contains("unbounded-collection"));
    }
    let json = project.run(&["leak.js", "--format", "json", "--max-findings", "0"]);
    serde_json::from_str::<serde_json::Value>(&json.out()).unwrap();
    json.is(1, &["unbounded-collection"]);
    project.run(&["leak.js", "--output-file", "nothing=x"]).is(2, &["pretty"]);
    project.run(&["leak.js", "--output-file", "json=missing/x"]).is(2, &["cannot write"]);
}

#[test]
fn commands() {
    let project = Project::new(&[("rules/leak.js", LEAK)]);
    project.run(&["rules"]).is(0, &["unbounded-collection"]);
    let listed = project.run(&["rules", "--format", "json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&listed.out()).unwrap().as_array().unwrap().len() > 1);
    project.run(&["./rules"]).is(1, &["rules/leak.js"]);
    project.run(&["check", "rules"]).is(1, &["rules/leak.js"]);
    project.run(&["explain", "unbounded-collection"]).is(0, &["# unbounded-collection", "CWE-"]);
    project.run(&["explain", "unbounded-colection"]).is(2, &["did you mean `unbounded-collection`?"]);
    project.run(&["why", "rules/leak.js:5"]).is(0, &["unbounded-collection", "confidence"]);
    project.run(&["why", "rules/leak.js:1"]).is(0, &["quiet"]);
    project.run(&["why", "rules/leak.js"]).is(2, &["FILE:LINE"]);
    project.run(&["why", "rules/none.js:1"]).is(2, &["none.js"]);
    for stage in ["tree", "model", "cfg", "mermaid", "facts"] {
        assert!(!project.run(&["debug", stage, "rules/leak.js"]).out().is_empty(), "{stage}");
    }
    let schema = project.run(&["debug", "schema"]).out();
    assert!(serde_json::from_str::<serde_json::Value>(&schema).unwrap()["properties"]["per-file-ignores"].is_object());
    project.run(&["completions", "bash"]).is(0, &["leaklint"]);
    project.run(&["init"]).is(0, &["leaklint.toml"]);
    project.run(&["init"]).is(2, &["there already"]);
    project.run(&["./rules"]).is(1, &[]);
    project.run(&["--show-files"]).is(0, &["rules/leak.js"]);
    project.run(&["--show-config"]).is(0, &["leaklint.toml"]);
}

#[test]
fn threads_change_nothing() {
    let files: Vec<(String, String)> = (0..40)
        .map(|index| (format!("src/{index}.js"), LEAK.replace("seen", &format!("seen{index}")).repeat(1 + index % 3)))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    for format in ["sarif", "concise"] {
        let run = |threads| project.run(&["src", "--format", format, "--threads", threads]).out();
        let one = run("1");
        assert!(one.matches("unbounded-collection").count() >= 40);
        assert_eq!(one, run("2"), "{format}");
        assert_eq!(one, run("4"), "{format}");
    }
}

#[test]
fn standard_input() {
    let project = Project::new(&[("leaklint.toml", "exclude = [\"old/\"]\n")]);
    project.run_with(&["-", "--stdin-filename", "a.js"], LEAK).is(1, &["a.js", "unbounded-collection"]);
    project.run_with(&["-", "--stdin-filename", "a.js"], CLEAN).is(0, &[]);
    project.run_with(&["-", "--stdin-filename", "old/a.js"], LEAK).is(1, &[]);
    project.run_with(&["-", "--stdin-filename", "old/a.js", "--force-exclude"], LEAK).is(0, &[]);
    project.run_with(&["-"], LEAK).is(2, &["--stdin-filename"]);
    project.run_with(&["-", "--stdin-filename", "a.txt"], LEAK).is(2, &["a.txt"]);
}

#[test]
fn left_out_unless_named() {
    let project = Project::new(&[
        ("src/a.test.js", LEAK),
        ("tests/b.js", LEAK),
        ("node_modules/c/index.js", LEAK),
        ("ignored.js", LEAK),
        (".gitignore", "ignored.js\n"),
        ("generated.js", &format!("// @generated\n{LEAK}")),
    ]);
    project.run(&["."]).is(0, &["left out", "test code", "generated", "vendored"]);
    project.run(&["src/a.test.js"]).is(1, &[]);
    project.run(&["generated.js"]).is(1, &[]);
    project.run(&["tests"]).is(1, &[]);
    // What pre-commit does with a commit of tests alone.
    project.run(&["src/a.test.js", "tests/b.js", "--force-exclude"]).is(0, &["nothing to check", "test code 2"]);
    project.run(&["src", "--include-tests"]).is(1, &["src/a.test.js"]);
    project.run(&[".", "--no-ignore"]).is(1, &["ignored.js"]);
    project.run(&["README.md", "--force-exclude"]).is(2, &["README.md"]);
}

#[test]
fn configuration() {
    let project = Project::new(&[("src/leak.js", LEAK), ("leaklint.toml", "ignore = [\"unbounded-collection\"]\n")]);
    let configured = |text: &str| {
        project.write("leaklint.toml", text.as_bytes());
        project.run(&["src"])
    };
    configured("ignore = [\"unbounded-collection\"]").is(0, &[]);
    configured("select = [\"uncleared-timer\"]").is(0, &[]);
    configured("[per-file-ignores]\n\"src/**\" = [\"unbounded-*\"]\n").is(0, &[]);
    configured("[per-file-ignores]\n\"lib/**\" = [\"unbounded-*\"]\n").is(1, &[]);
    configured("exclude = [\"src/\"]").is(0, &["excluded"]);
    configured("[rules.unbounded-collection]\nexclude = [\"src/\"]").is(0, &[]);
    project.write("src/leak.js", LOW.as_bytes());
    configured("confidence = \"low\"").is(0, &["unbounded-collection"]);
    configured("fail-on = \"low\"\nconfidence = \"low\"").is(1, &["unbounded-collection"]);
    configured("[rules.unbounded-collection]\nconfidence = \"low\"").is(0, &["unbounded-collection"]);
    project.write("src/leak.js", LEAK.as_bytes());
    configured("required-version = \">=0.1\"").is(1, &[]);
    configured("required-version = \">=99\"").is(2, &["this is leaklint"]);
    configured("# nothing\nselct = []").is(2, &["leaklint.toml:2:1", "did you mean `select`?"]);
    configured("[rules.unbounded-collection]\nconfidenc = \"low\"").is(2, &["did you mean `confidence`?"]);
    configured("[[acquire]]\nkind = \"timer\"\ncal = [\"a\"]").is(2, &["did you mean `call`?"]);
    configured("[rules.unbounded-colection]\nconfidence = \"low\"").is(2, &["did you mean `unbounded-collection`?"]);
    configured("select = [\"no-such\"]").is(2, &["no-such"]);
    configured("confidence = \"lowest\"").is(2, &["confidence"]);
    configured("select = [").is(2, &["leaklint.toml"]);
    project.write("other.toml", b"ignore = [\"unbounded-collection\"]");
    configured("");
    project.run(&["src", "--config", "other.toml"]).is(0, &[]);
    project.run(&["src", "--config", "none.toml"]).is(2, &["none.toml"]);
}

#[test]
fn homes_of_a_configuration() {
    let project = Project::new(&[("src/leak.js", LEAK)]);
    let ignore = "ignore = [\"unbounded-collection\"]\n";
    project.write("pyproject.toml", b"[tool.other]\nx = 1\n");
    project.write("package.json", b"{ \"name\": \"x\" }");
    project.run(&["src"]).is(1, &[]);
    project.write("pyproject.toml", format!("[tool.leaklint]\n{ignore}").as_bytes());
    project.run(&["src"]).is(0, &[]);
    project.write("package.json", b"{ \"leaklint\": { \"select\": [] } }");
    project.run(&["src"]).is(2, &["two configurations"]);
    fs::remove_file(project.path().join("pyproject.toml")).unwrap();
    project.run(&["src"]).is(1, &[]);
    project.write("package.json", b"{\n  \"leaklint\": {\n    \"selct\": [] } }");
    project.run(&["src"]).is(2, &["package.json:3:5", "did you mean `select`?"]);
    // The nearest one wins, and a repository ends the search.
    project.write("package.json", b"{}");
    project.write("leaklint.toml", b"");
    project.write("src/leaklint.toml", ignore.as_bytes());
    project.run(&["src"]).is(0, &[]);
}

#[test]
fn suppressions() {
    let suppressed = LEAK.replace("  seen.set", "  // leaklint-ignore unbounded-collection: few ids\n  seen.set");
    let project = Project::new(&[("src/a.js", &suppressed)]);
    project.run(&["src"]).is(0, &[]);
    project.run(&["src", "--format", "sarif", "--sarif-suppressed", "mark"]).is(0, &["few ids"]);
    project.write("src/a.js", suppressed.replace(": few ids", "").as_bytes());
    project.run(&["src"]).is(0, &[]);
    project.write("leaklint.toml", b"require-reason = true");
    project.run(&["src"]).is(1, &["reason"]);
    project.write("src/a.js", b"// leaklint-ignore uncleared-timer: none here\nexport const a = 1\n");
    project.run(&["src"]).is(0, &["unused suppression"]);
}

#[test]
fn what_runs_once_by_its_path_leaks_nothing() {
    let project = Project::new(&[("jobs/seed.js", LEAK), ("leaklint.toml", "")]);
    project.run(&["."]).is(1, &["jobs/seed.js"]);
    project.write("leaklint.toml", b"[[scope]]\npaths = [\"jobs/*\"]\nruns = \"once\"\n");
    project.run(&["."]).is(0, &["no leaks found"]);
}

#[test]
fn the_ledger_counts_what_is_acquired() {
    let text = "export function poll() {\n  setInterval(work, 10)\n}\n";
    let project = Project::new(&[("src/poll.js", text)]);
    project.run(&["--timings", "--exit-zero"]).is(0, &["1 files parsed", "setInterval", "reported"]);
    let ran = project.run(&["--format", "json", "--exit-zero"]);
    ran.is(0, &["\"ledger\"", "\"acquired\": 1", "\"evidence_parsed\": 0"]);
}

mod bad_input {
    use super::*;

    /// The other files are checked, whatever is wrong with one.
    #[track_caller]
    fn beside(project: &Project, code: i32, texts: &[&str]) {
        project.write("src/leak.js", LEAK.as_bytes());
        let texts: Vec<&str> = texts.iter().copied().chain(["unbounded-collection", "src/leak.js"]).collect();
        project.run(&["src", "--verbose"]).is(code, &texts);
    }

    #[test]
    fn missing_path() {
        let project = Project::new(&[("leak.js", LEAK)]);
        project.run(&["none", "leak.js"]).is(2, &["none", "no such file", "unbounded-collection"]);
    }

    #[cfg(unix)]
    #[test]
    fn unreadable_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let project = Project::new(&[("src/secret.js", CLEAN)]);
        let secret = project.path().join("src/secret.js");
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&secret).is_ok() {
            return; // Nothing is unreadable for root.
        }
        beside(&project, 2, &["src/secret.js", "permission denied"]);
    }

    #[test]
    fn a_directory_named_like_a_file() {
        let project = Project::new(&[("src/x.js/leak.js", LEAK)]);
        project.run(&["src"]).is(1, &["src/x.js/leak.js"]);
        project.run(&["src/x.js"]).is(1, &["src/x.js/leak.js"]);
    }

    #[test]
    fn invalid_utf8() {
        let project = Project::new(&[]);
        project.write("src/latin.py", b"name = '\xe9t\xe9'\n");
        beside(&project, 1, &["src/latin.py", "not UTF-8"]);
        project.run(&["src/latin.py"]).is(2, &["not UTF-8"]);
    }

    #[test]
    fn utf16() {
        let project = Project::new(&[]);
        let units = std::iter::once(0xFEFF).chain(LEAK.encode_utf16());
        project.write("wide.js", &units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        project.run(&["wide.js", "--format", "concise"]).is(1, &["wide.js:5:3"]);
    }

    #[test]
    fn empty_and_broken_files() {
        let project = Project::new(&[
            ("src/empty.py", ""),
            ("src/A.java", "class A { Map m; void f( { } } )) else"),
            ("src/b.ts", "x = new Map( {{{ (("),
        ]);
        beside(&project, 1, &["syntax not understood"]);
    }

    #[test]
    fn twenty_megabytes_minified() {
        let project = Project::new(&[]);
        project.write("src/app.js", "var a=function(b){return new Map};".repeat(600_000).as_bytes());
        project.write("src/small.js", "var a=function(b){return new Map};".repeat(1000).as_bytes());
        beside(&project, 1, &["too large", "minified"]);
        project.run(&["src/app.js"]).is(0, &["src/app.js", "--max-file-size"]);
    }

    #[test]
    fn deep_nesting() {
        let project = Project::new(&[]);
        let nested = |open: &str, close: &str| open.repeat(50_000) + &close.repeat(50_000);
        project.write("a.js", format!("let x = {}\n", nested("[", "]")).as_bytes());
        project.write("b.py", format!("x = {}\n", nested("[", "]")).as_bytes());
        project.write(
            "C.java",
            format!("class C {{ java.util.List x = {}; void close() {{ x.add(1); }} }}\n", nested("(", ")")).as_bytes(),
        );
        project.write("d.js", format!("let x = []\n{}\n", nested("{", "}")).as_bytes());
        for file in ["a.js", "b.py", "C.java", "d.js"] {
            let ran = project.run(&[file, "--verbose"]);
            assert!(matches!(ran.code(), 0 | 1), "{file}: {}", ran.all());
            assert!(ran.all().contains("nested too deeply") || ran.all().contains("syntax"), "{file}: {}", ran.all());
        }
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_link_loops() {
        use std::os::unix::fs::symlink;
        let project = Project::new(&[("src/deep/a.js", CLEAN)]);
        symlink("..", project.path().join("src/deep/loop")).unwrap();
        symlink("self.js", project.path().join("src/self.js")).unwrap();
        beside(&project, 1, &["src/deep/loop", "src/self.js", "symbolic link"]);
        project.run(&["src/self.js"]).is(2, &["src/self.js"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe() {
        let project = Project::new(&[("src/a.js", CLEAN)]);
        let made = Command::new("mkfifo").arg(project.path().join("src/x.py")).status();
        if !made.is_ok_and(|status| status.success()) {
            return;
        }
        beside(&project, 1, &["src/x.py", "not a regular file"]);
        project.run(&["src/x.py"]).is(2, &["not a regular file"]);
    }

    #[test]
    fn terminal_sequences_stay_text() {
        let project = Project::new(&[("leak.js", &LEAK.replace("Date.now()", "Date.now() /* \x1b[2J */"))]);
        let ran = project.run(&["leak.js", "--color", "never"]);
        ran.is(1, &[]);
        assert!(!ran.all().contains('\x1b'));
    }
}

/// The demo that the README shows has a leak of each family in each language, found at default confidence.
#[test]
fn the_demo_shows_every_family() {
    let readme = include_str!("../README.md");
    assert!(readme.contains("-- corpus/shop --exit-zero"), "the README runs another demo");
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/shop");
    let project = Project::new(&[]);
    let found = project.run(&[shop.to_str().unwrap(), "--exit-zero", "--format", "concise"]).out();
    for language in ["java", "python", "web"] {
        let lines: Vec<&str> = found.lines().filter(|line| line.contains(&format!("shop/{language}/"))).collect();
        for rule in ["listener", "timer", "unclosed-resource", "unreturned-connection", "unstopped-executor"] {
            assert!(lines.iter().any(|line| line.contains(rule)), "no {rule} in {language}:\n{found}");
        }
        assert!(
            lines.iter().any(|line| line.contains("unbounded-collection")),
            "no collection in {language}:\n{found}"
        );
    }
    assert_eq!(found.matches("unremoved-thread-local").count(), 2, "{found}");
    assert!(found.contains("effect-without-cleanup"), "{found}");
}
