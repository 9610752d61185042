//! How time grows with the size of one file: about in proportion, whatever the file is full of.
//!
//! Slow and for a quiet machine: `cargo test --release --test scale -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says what it measured")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Entries of the smaller file; the larger has `FACTOR` times as many.
const ENTRIES: usize = 4_000;
const FACTOR: u32 = 4;
/// In proportion it would be `FACTOR`; in its square, 16.
const AT_MOST: u32 = 8;
/// Below this, starting the process is what is measured.
const SHORT: Duration = Duration::from_millis(300);

/// A kind of file: its name, what stands before, each entry by its number, what stands after.
type Form = (&'static str, &'static str, fn(usize) -> String, &'static str);

const FORMS: &[Form] = &[
    ("opens.py", "def f():\n", |at| format!("    a{at} = open('x{at}')\n"), ""),
    ("tops.py", "", |at| format!("a{at} = open('x{at}')\n"), ""),
    ("dicts.py", "", |at| format!("d{at} = {{}}\ndef f{at}(k):\n    d{at}[k] = 1\n"), ""),
    ("branches.py", "def f(c):\n    x = open('a')\n", |at| format!("    if c.a{at}: c.run{at}()\n"), "    x.close()\n"),
    (
        "prototypes.js",
        "",
        |at| {
            format!(
                "function A{at}() {{}}\nA{at}.prototype.start = function () {{ this.t = setInterval(() => this.x(), 9) }}\n"
            )
        },
        "",
    ),
    (
        "listeners.js",
        "class A { start() {\n",
        |at| {
            format!(
                "  window.addEventListener('e{at}', this.h{at})\n  window.removeEventListener('e{at}', this.h{at})\n"
            )
        },
        "}}\n",
    ),
    (
        "parser.js",
        "function f(cache) {}\nsetInterval(f, 1)\n",
        |at| {
            let others: Vec<String> = (1..9).map(|step| format!("p{}(s, c);", (at * 7 + step * 13) % 500)).collect();
            format!("function p{at}(s, c) {{ c[s] = s; {} }}\n", others.join(" "))
        },
        "",
    ),
    (
        "Streams.java",
        "import java.io.*;\nclass J { void f() throws IOException {\n",
        |at| format!("  InputStream a{at} = new FileInputStream(\"x{at}\"); a{at}.read();\n"),
        "}}\n",
    ),
    (
        "Fields.java",
        "import java.io.*;\nclass J {\n",
        |at| {
            format!(
                "  private InputStream a{at};\n  void f{at}() throws IOException {{ a{at} = new FileInputStream(\"x{at}\"); g{at}(); }}\n  void g{at}() throws IOException {{ a{at}.close(); }}\n"
            )
        },
        "}\n",
    ),
];

/// The wall time of one run over one file.
fn time(folder: &Path, form: &Form, entries: usize) -> Duration {
    let (name, before, entry, after) = form;
    let mut text = (*before).to_owned();
    (0..entries).for_each(|at| text.push_str(&entry(at)));
    write!(text, "{after}").unwrap();
    fs::write(folder.join(name), text).unwrap();
    let start = Instant::now();
    let ran = Command::new(env!("CARGO_BIN_EXE_leaklint"))
        .args(["--exit-zero", "--format", "concise", name])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
    start.elapsed()
}

#[test]
#[ignore = "takes minutes; the README has the command"]
fn time_grows_with_the_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut bad = Vec::new();
    for form in FORMS {
        let small = time(folder.path(), form, ENTRIES);
        let large = time(folder.path(), form, ENTRIES * FACTOR as usize);
        println!("{:<14} {ENTRIES}: {small:?}, {FACTOR} times as many: {large:?}", form.0);
        if large > AT_MOST * small.max(SHORT) {
            bad.push(form.0);
        }
    }
    assert!(bad.is_empty(), "grows faster than its size: {}", bad.join(", "));
}
