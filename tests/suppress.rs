//! Suppressions: what a comment reaches, and what is said of those that do nothing.
#![allow(clippy::expect_used, clippy::cast_possible_truncation)]

use leaklint::finding::{Confidence, Finding};
use leaklint::lang::Language;
use leaklint::model::Comment;
use leaklint::source::{SourceFile, Span};
use leaklint::suppress::{Applied, Options, Suppression, apply, date, parse};

const KNOWN: &[&str] = &["uncleared-timer", "unremoved-listener"];
const OPTIONS: Options<'_> =
    Options { today: "2026-11-21", require_reason: false, report_unused: true, known: KNOWN, active: KNOWN };

fn suppressions(path: &str, text: &str) -> (SourceFile, Vec<Suppression>) {
    let source = SourceFile::new(path, Language::of(path.as_ref()).expect("a known extension"), text.to_owned());
    let (module, _) = leaklint::lang::lower(&source);
    let comments: Vec<Comment> = module.comments.clone();
    let found = parse(&source, &comments);
    (source, found)
}

fn finding(source: &SourceFile, piece: &str) -> Finding {
    let at = source.text.find(piece).expect("the piece stands in the text");
    Finding {
        rule: "uncleared-timer".into(),
        path: source.display_path(),
        span: Span { start: at as u32, end: (at + piece.len()) as u32 },
        message: String::new(),
        confidence: Confidence::High,
        reason: String::new(),
        steps: Vec::new(),
        fix: None,
        symbol: String::new(),
    }
}

/// Applies the comments of a text to one finding in it.
fn check(path: &str, text: &str, piece: &str, options: &Options<'_>) -> Applied {
    let (source, found) = suppressions(path, text);
    apply(path, &found, vec![finding(&source, piece)], options)
}

fn is_suppressed(path: &str, text: &str, piece: &str) -> bool {
    let applied = check(path, text, piece, &OPTIONS);
    assert_eq!(applied.kept.len() + applied.suppressed.len(), 1);
    assert_eq!(applied.notifications.is_empty(), applied.kept.is_empty(), "{:?}", applied.notifications);
    applied.kept.is_empty()
}

fn messages(applied: &Applied) -> Vec<&str> {
    applied.notifications.iter().map(|notification| notification.message.as_str()).collect()
}

#[test]
fn a_comment_holds_on_every_line_of_the_statement_and_in_the_block_above() {
    let timer =
        |text: &'static str| &text[text.find("setInterval").unwrap_or(0)..text.find("9)").map_or(0, |at| at + 2)];
    for text in [
        "// leaklint-ignore uncleared-timer: why\nsetInterval(\n  f,\n  9);\n",
        "setInterval( // leaklint-ignore uncleared-timer: why\n  f,\n  9);\n",
        "setInterval(\n  f,\n  9); // leaklint-ignore uncleared-timer: why\n",
        "/* leaklint-ignore uncleared-timer: why */ setInterval(\n  f,\n  9);\n",
        "// leaklint-ignore uncleared-timer: why\n// eslint-disable-next-line\n/* a\n b */\nsetInterval(\n  f,\n  9);\n",
        "/**\n * Ticks.\n * leaklint-ignore uncleared-timer: why\n */\nsetInterval(\n  f,\n  9);\n",
        "// leaklint-ignore uncleared-timer: why\nconst id =\n  setInterval(\n  f,\n  9);\n",
        "// leaklint-ignore uncleared-timer: why\r\nsetInterval(\n  f,\n  9);\n",
        "// eslint-disable-line -- leaklint-ignore uncleared-timer: why\nsetInterval(\n  f,\n  9);\n",
        "// leaklint-ignore-file uncleared-timer: why\n\n\nsetInterval(\n  f,\n  9);\n",
        "setInterval(\n  f,\n  9);\n\n// leaklint-ignore-file\n",
    ] {
        assert!(is_suppressed("a.ts", text, timer(text)), "{text}");
    }
    for text in [
        "// leaklint-ignore uncleared-timer: why\n\nsetInterval(\n  f,\n  9);\n",
        "g(); // leaklint-ignore uncleared-timer: why\nsetInterval(\n  f,\n  9);\n",
        "setInterval(\n  f,\n  9);\n// leaklint-ignore uncleared-timer: why\n",
        "// leaklint-ignore unremoved-listener: why\nsetInterval(\n  f,\n  9);\n",
    ] {
        assert!(!is_suppressed("a.ts", text, timer(text)), "{text}");
    }
}

#[test]
fn every_language_has_its_comments() {
    let python = "# leaklint-ignore uncleared-timer: why\n# more\nt = Timer(1, f)  # noqa\n";
    assert!(is_suppressed("a.py", python, "Timer(1, f)"));
    assert!(is_suppressed("a.py", "t = Timer(1, f)  # noqa  # leaklint-ignore uncleared-timer\n", "Timer(1, f)"));
    let java = "class A { void b() {\n  // leaklint-ignore uncleared-timer: why\n  @SuppressWarnings(\"x\")\n  Timer t = new Timer();\n} }\n";
    assert!(is_suppressed("A.java", java, "new Timer()"));
    let jsx = "const a = () => <div>\n  {/* leaklint-ignore uncleared-timer: why */}\n  <B c={() => setInterval(f)} />\n</div>;\n";
    assert!(is_suppressed("a.tsx", jsx, "setInterval(f)"));
}

#[test]
fn prose_is_no_directive() {
    for text in [
        "// see leaklint-ignore uncleared-timer in the manual\nsetInterval(f)\n",
        "// leaklint-ignored uncleared-timer\nsetInterval(f)\n",
    ] {
        assert_eq!(suppressions("a.ts", text).1, [], "{text}");
    }
}

#[test]
fn ids_day_and_reason_are_read() {
    let read = |comment: &str| {
        let (source, found) = suppressions("a.ts", &format!("{comment}\nf();\n"));
        let [found] = found.as_slice() else { panic!("one directive in {comment}") };
        assert!(found.rules.iter().all(|(rule, span)| source.slice(*span) == *rule));
        let rules: Vec<&str> = found.rules.iter().map(|(rule, _)| rule.as_str()).collect();
        (rules.join(" "), found.until.clone().unwrap_or_default(), found.reason.clone().unwrap_or_default())
    };
    let expect = |rules: &str, until: &str, reason: &str| (rules.to_owned(), until.to_owned(), reason.to_owned());
    assert_eq!(read("// leaklint-ignore a-b, c: the reason: yes"), expect("a-b c", "", "the reason: yes"));
    assert_eq!(read("// leaklint-ignore a until=2030-01-02: why"), expect("a", "2030-01-02", "why"));
    assert_eq!(read("// leaklint-ignore a: why until=2030-01-02"), expect("a", "2030-01-02", "why"));
    assert_eq!(read("/* leaklint-ignore a -- why */"), expect("a", "", "why"));
    assert_eq!(read("/* leaklint-ignore a */"), expect("a", "", ""));
    assert_eq!(read("// leaklint-ignore a because of b"), expect("a", "", "because of b"));
    assert_eq!(read("//leaklint-ignore a,b"), expect("a b", "", ""));
    assert_eq!(read("// leaklint-ignore: why"), expect("", "", "why"));
}

#[test]
fn of_findings_inside_one_another_the_one_at_the_comment_is_meant() {
    let text = "setInterval(() => {\n  // leaklint-ignore uncleared-timer: why\n  setInterval(f);\n}, 9);\n";
    let (source, found) = suppressions("a.ts", text);
    let outer = finding(&source, text.trim_end_matches(";\n"));
    let inner = finding(&source, "setInterval(f)");
    let applied = apply("a.ts", &found, vec![outer.clone(), inner.clone()], &OPTIONS);
    assert_eq!(applied.kept, [outer]);
    assert_eq!(applied.suppressed, [(inner, Some("why".to_owned()))]);
}

#[test]
fn what_does_not_hold_is_reported_and_suppresses_nothing() {
    let at = |comment: &str, options: &Options<'_>| {
        let applied = check("a.ts", &format!("// {comment}\nsetInterval(f)\n"), "setInterval(f)", options);
        let messages = messages(&applied).join("; ");
        (applied.suppressed.len(), messages)
    };
    let ended = at("leaklint-ignore uncleared-timer until=2026-11-20: why", &OPTIONS);
    assert_eq!(ended, (0, "the suppression ended on 2026-11-20".to_owned()));
    assert_eq!(at("leaklint-ignore uncleared-timer until=2026-11-21: why", &OPTIONS), (1, String::new()));
    let (count, message) = at("leaklint-ignore uncleared-timer until=tomorrow", &OPTIONS);
    assert!(count == 0 && message.contains("no date"), "{message}");
    let strict = Options { require_reason: true, ..OPTIONS };
    let (count, message) = at("leaklint-ignore uncleared-timer", &strict);
    assert!(count == 0 && message.contains("no reason"), "{message}");
    assert_eq!(at("leaklint-ignore uncleared-timer: why", &strict), (1, String::new()));
    let (count, message) = at("leaklint-ignore: why", &OPTIONS);
    assert!(count == 0 && message.contains("names no rule"), "{message}");
    let (count, message) = at("leaklint-ignore uncleard-timer: why", &OPTIONS);
    assert_eq!(count, 0);
    assert_eq!(message, "unknown rule `uncleard-timer` in a suppression; did you mean `uncleared-timer`?");
}

#[test]
fn unused_suppressions_are_reported_where_the_run_can_tell() {
    let text = "// leaklint-ignore uncleared-timer, unremoved-listener: why\nsetInterval(f)\n";
    let of = |options: &Options<'_>| messages(&check("a.ts", text, "setInterval(f)", options)).join("; ");
    assert_eq!(of(&OPTIONS), "unused suppression: `unremoved-listener` finds nothing here");
    assert_eq!(of(&Options { report_unused: false, ..OPTIONS }), "");
    assert_eq!(of(&Options { active: &["uncleared-timer"], ..OPTIONS }), "");
}

#[test]
fn days_are_counted() {
    assert_eq!(date(0), "1970-01-01");
    assert_eq!(date(951_782_400), "2000-02-29");
    assert_eq!(date(1_795_219_199), "2026-11-20");
    assert_eq!(date(1_795_219_200), "2026-11-21");
}
