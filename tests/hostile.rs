//! Files that are made to hang or overflow what reads them: each gets a notice, the others are checked.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often a form is repeated.
const TIMES: usize = 50_000;

/// A file of forms nested in each other: the name, what stands before, what opens, what is inside, what closes.
type Nested = (&'static str, &'static str, &'static str, &'static str, &'static str);

const NESTED: &[Nested] = &[
    ("paren.js", "x = ", "(", "1", ")"),
    ("bracket.ts", "x = ", "[", "1", "]"),
    ("brace.js", "", "{", "", "}"),
    ("open.js", "x = ", "([{", "", ""),
    ("close.js", "x = ", "", "", ")]}"),
    ("call.js", "x = ", "f(", "1", ")"),
    ("chain.js", "x = a", ".b()", "", ""),
    ("sum.js", "x = ", "a + ", "b", ""),
    ("choice.js", "x = ", "a ? b : ", "c", ""),
    ("else.js", "if (a) {} ", "else if (b) { c() } ", "", ""),
    ("pattern.js", "let ", "[", "a", "] = b"),
    ("extends.js", "class A extends ", "f(", "B", ")"),
    ("generic.ts", "let x: ", "A<", "B", ">"),
    ("element.jsx", "x = ", "<a>", "", "</a>"),
    ("using.ts", "function f() { ", "using a = b; ", "", ""),
    ("paren.py", "x = ", "(", "1", ")"),
    ("bracket.py", "x = ", "[", "1", "]"),
    ("open.py", "x = ", "([{", "", ""),
    ("call.py", "x = ", "f(", "1", ")"),
    ("chain.py", "x = a", ".b()", "", ""),
    ("not.py", "x = ", "not ", "a", ""),
    ("elif.py", "if a:\n  b()\n", "elif a:\n  b()\n", "", ""),
    ("Paren.java", "class C { Object x = ", "(", "1", ")"),
    ("Brace.java", "class C { void f() ", "{", "", "}"),
    ("Open.java", "class C { Object x = ", "([{", "", ""),
    ("Call.java", "class C { Object x = ", "f(", "1", ")"),
    ("Sum.java", "class C { int x = ", "a + ", "b", "; }"),
    ("Else.java", "class C { void f() { if (a) {} ", "else if (b) { c(); } ", "", ""),
    ("Generic.java", "class C { ", "A<", "B", ">"),
    ("Class.java", "", "class C { ", "", "}"),
    ("Rest.java", "class C { void f(", "a...", "", ""),
    ("Case.java", "class C { void f() { switch (a) { ", "case @a(", "", ""),
    ("Pattern.java", "class C { boolean x = a ", "instanceof A.B(final ", "", ""),
    ("tags.tsx", "x = ", "a<b>`", "", ""),
    ("classes.jsx", "x = ", "<a class=\"", "", ""),
];

/// A word that makes leaklint parse the file, in each language.
fn trigger(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("py") => "f = open('a')\n",
        Some("java") => "class T { void f() throws Exception { new java.io.FileInputStream(a).read(); } }\n",
        _ => "setInterval(a, 1);\n",
    }
}

#[test]
fn nesting_ends_in_a_notice() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (name, before, open, inside, close) in NESTED {
        let text = format!("{}{before}{}{inside}{}\n", trigger(name), open.repeat(TIMES), close.repeat(TIMES));
        fs::write(folder.path().join(name), text).unwrap();
    }
    let good = "def f(p):\n    h = open(p)\n    h.read()\n";
    fs::write(folder.path().join("good.py"), good).unwrap();
    let start = Instant::now();
    let mut names: Vec<&str> = NESTED.iter().map(|(name, ..)| *name).collect();
    names.push("good.py");
    let ran = Command::new(env!("CARGO_BIN_EXE_leaklint"))
        .args(["--format", "concise", "--verbose"])
        .args(&names)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(matches!(ran.status.code(), Some(1 | 2)), "{:?}\n{text}", ran.status);
    assert!(text.contains("good.py:2"), "{text}");
    for name in NESTED.iter().map(|(name, ..)| name) {
        assert!(text.contains(name), "nothing is said of {name}\n{text}");
    }
    assert!(start.elapsed() < Duration::from_secs(300), "took {:?}", start.elapsed());
}
