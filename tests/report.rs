//! Every format, on outcomes made by hand.
#![allow(clippy::expect_used, clippy::cast_possible_truncation)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use leaklint::catalogue::{Analysis, Catalogue, Rule, RuleTable, Severity};
use leaklint::driver::{Outcome, Statistics};
use leaklint::finding::{Confidence, Finding, Level, Notification, Step, StepKind};
use leaklint::lang::{Family, Language};
use leaklint::report::level::{rate, severity_name};
use leaklint::report::{Format, RenderOptions, VersionControl, fingerprint, render};
use leaklint::source::{SourceFile, Span};
use serde_json::Value;

const TIMER: &str = "uncleared-timer";

fn catalogue() -> Catalogue {
    let table = |name: &str, cwe: Vec<u16>| RuleTable {
        name: name.to_owned(),
        summary: "A timer is not cleared".to_owned(),
        analysis: Analysis::Pairing,
        kinds: vec!["timer".to_owned()],
        precedence: 1,
        severity: Severity::Major,
        cwe,
        tags: vec!["leak".to_owned()],
        languages: vec![Family::JavaScript],
    };
    let doc = "# uncleared-timer\n\nA timer that nobody clears\nkeeps its callback.\n\n## Fix\n\n`clearInterval(id)`\n";
    let mut catalogue = Catalogue::default();
    catalogue.rules.extend([
        Rule { id: "unclosed-resource".into(), table: table("UnclosedResource", vec![772, 775]), doc: "" },
        Rule { id: TIMER.into(), table: table("UnclearedTimer", vec![401]), doc },
    ]);
    catalogue
}

fn file(outcome: &mut Outcome, path: &str, text: &str) {
    let language = Language::of(path.as_ref()).expect("a known extension");
    outcome.sources.insert(path.to_owned(), Arc::new(SourceFile::new(path, language, text.to_owned())));
}

/// The span of a piece of a file that was added.
fn span(outcome: &Outcome, path: &str, piece: &str) -> Span {
    let at = outcome.sources[path].text.find(piece).expect("the piece stands in the text");
    Span { start: at as u32, end: (at + piece.len()) as u32 }
}

fn finding(outcome: &Outcome, path: &str, piece: &str) -> Finding {
    Finding {
        rule: TIMER.into(),
        path: path.to_owned(),
        span: span(outcome, path, piece),
        message: "the interval is never cleared".to_owned(),
        confidence: Confidence::High,
        reason: "its handle is discarded".to_owned(),
        steps: Vec::new(),
        fix: Some("keep the handle and clear it in `stop`".to_owned()),
        symbol: "Poller.start".to_owned(),
    }
}

fn step(outcome: &Outcome, kind: StepKind, path: &str, piece: &str, message: &str) -> Step {
    Step { kind, path: path.to_owned(), span: span(outcome, path, piece), message: message.to_owned() }
}

/// Two files, a story over both, a suppressed finding and notifications.
fn story() -> Outcome {
    let mut outcome = Outcome::default();
    file(
        &mut outcome,
        "src/a.ts",
        "class Poller {\n\tstart() {\n\t\tsetInterval(() => {\n\t\t\ttick();\n\t\t}, 9);\n\t}\n}\n",
    );
    file(&mut outcome, "src/b [1].ts", "import { p } from './a';\nfor (;;) p.start();\n");
    let mut leak = finding(&outcome, "src/a.ts", "setInterval(() => {\n\t\t\ttick();\n\t\t}, 9)");
    leak.steps = vec![
        step(&outcome, StepKind::Acquired, "src/a.ts", "setInterval(() => {", "made here"),
        step(&outcome, StepKind::Runs, "src/b [1].ts", "p.start()", "runs per [loop](x)"),
    ];
    let mut quiet = finding(&outcome, "src/b [1].ts", "p.start()");
    quiet.confidence = Confidence::Low;
    outcome.findings.push(leak);
    outcome.suppressed.push((quiet, Some("lives as long as the page".to_owned())));
    outcome.notifications = vec![
        Notification {
            path: "src/c.ts".to_owned(),
            span: None,
            level: Level::Warning,
            message: "not UTF-8".to_owned(),
        },
        Notification { path: String::new(), span: None, level: Level::Note, message: "a note".to_owned() },
    ];
    outcome.statistics =
        Statistics { files_read: 3, bytes_read: 90, files_parsed: 2, bytes_parsed: 80, ..Statistics::default() };
    outcome.statistics.left_out.insert("test code".to_owned(), 2);
    outcome
}

fn sarif(outcome: &Outcome, options: &RenderOptions) -> Value {
    let log: Value = serde_json::from_str(&render(Format::Sarif, outcome, &catalogue(), options)).expect("JSON");
    let errors: Vec<String> =
        schema().iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    log
}

/// The OASIS schema, out of a package that holds it and that is never built.
fn schema() -> jsonschema::Validator {
    static TEXT: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let run = |arguments: &[&str]| {
            let mut command = Command::new(&cargo);
            command.args(["metadata", "--format-version=1", "--locked"]).args(arguments);
            command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs")
        };
        let mut output = run(&["--offline"]);
        if !output.status.success() {
            output = run(&[]);
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
        let package = metadata["packages"].as_array().expect("packages").iter().find(|it| it["name"] == "serde-sarif");
        let manifest = PathBuf::from(package.expect("a dev-dependency")["manifest_path"].as_str().expect("a path"));
        let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).expect("the schema");
        // One pattern of the schema, of a property that we do not write, has a bracket too many for most engines.
        let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
        serde_json::from_str(&text).expect("a JSON schema")
    });
    jsonschema::options().should_validate_formats(true).build(&TEXT).expect("a valid schema")
}

#[test]
fn sarif_is_valid_and_complete() {
    let options = RenderOptions {
        category: Some("nightly".to_owned()),
        uri_prefix: "packages/ü".to_owned(),
        version_control: Some(VersionControl {
            repository_uri: "https://example.org/r".to_owned(),
            revision: Some("abc".to_owned()),
            branch: None,
        }),
        ..RenderOptions::default()
    };
    let log = sarif(&story(), &options);
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["automationDetails"]["id"], "nightly/");
    assert_eq!(run["versionControlProvenance"][0]["revisionId"], "abc");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().expect("notifications");
    let texts: Vec<&str> = notices.iter().filter_map(|notice| notice["message"]["text"].as_str()).collect();
    assert_eq!(texts, ["not UTF-8", "a note", "2 files left out: test code"]);

    let rules = &run["tool"]["driver"]["rules"];
    assert_eq!(rules.as_array().map(Vec::len), Some(2));
    assert_eq!(rules[1]["fullDescription"]["text"], "A timer that nobody clears keeps its callback.");
    assert_eq!(rules[1]["properties"]["tags"][0], "external/cwe/cwe-401");
    let taxon = rules[1]["relationships"][0]["target"]["index"].as_u64().expect("an index") as usize;
    assert_eq!(run["taxonomies"][0]["taxa"][taxon]["id"], "401");

    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 1, "suppressed findings are left out");
    let result = &results[0];
    assert_eq!((&result["ruleIndex"], &result["level"], &result["rank"]), (&1.into(), &"error".into(), &85.into()));
    let text = result["message"]["text"].as_str().expect("text");
    assert!(text.contains("[made here](1) → [runs per \\[loop\\](x)](2)"), "{text}");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], region["endLine"], "the primary region is on one line");
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&3.into(), &3.into(), &22.into())
    );
    let uri = &result["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "packages/%C3%BC/src/b%20%5B1%5D.ts");
    let flow = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().expect("a flow");
    assert_eq!(flow.len(), 2);
    assert_eq!(
        result["partialFingerprints"]["primaryLocationLineHash"],
        fingerprint::line_hashes(&story().sources["src/a.ts"].text)[2]
    );
    assert!(result["partialFingerprints"]["leaklint/v1"].is_string());
}

#[test]
fn sarif_marks_what_is_suppressed_when_asked() {
    let log = sarif(&story(), &RenderOptions { mark_suppressed: true, ..RenderOptions::default() });
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    assert!(results[0].get("suppressions").is_none());
    assert_eq!(results[1]["suppressions"][0]["justification"], "lives as long as the page");
}

#[test]
fn sarif_of_nothing_and_of_a_failed_run_is_valid() {
    let mut outcome = Outcome::default();
    assert_eq!(sarif(&outcome, &RenderOptions::default())["runs"][0]["results"], Value::Array(Vec::new()));
    let error =
        Notification { path: "a.ts".to_owned(), span: None, level: Level::Error, message: "timed out".to_owned() };
    outcome.notifications.push(error);
    let log = sarif(&outcome, &RenderOptions::default());
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn sarif_keeps_the_limits_of_services() {
    let mut outcome = Outcome::default();
    file(&mut outcome, "a.ts", "setInterval(f)\n");
    let low = Finding { confidence: Confidence::Low, ..finding(&outcome, "a.ts", "setInterval(f)") };
    let mut high = finding(&outcome, "a.ts", "setInterval(f)");
    high.steps = vec![step(&outcome, StepKind::Kept, "a.ts", "f", "kept"); 1_200];
    outcome.findings = vec![low; 25_001];
    outcome.findings.push(high);
    let text = render(Format::Sarif, &outcome, &catalogue(), &RenderOptions::default());
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[24_999]["level"], "error", "the most certain stays");
    assert_eq!(results[24_999]["relatedLocations"].as_array().map(Vec::len), Some(999));
    assert!(text.contains("2 results of the lowest rank left out"));
}

#[test]
fn sarif_places_files_outside_the_root_by_themselves() {
    let mut outcome = Outcome::default();
    file(&mut outcome, "/srv/a b.js", "setInterval(f, 1);\n");
    outcome.findings = vec![finding(&outcome, "/srv/a b.js", "setInterval(f, 1)")];
    let log = sarif(&outcome, &RenderOptions::default());
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place, &serde_json::json!({ "uri": "file:///srv/a%20b.js" }));
}

#[test]
fn columns_count_utf16_units_in_sarif_and_code_points_elsewhere() {
    let mut outcome = Outcome::default();
    file(&mut outcome, "a.ts", "\t'😀é'; setInterval(f)\r\n");
    outcome.findings.push(finding(&outcome, "a.ts", "setInterval(f)"));
    let region = &sarif(&outcome, &RenderOptions::default())["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        ["region"]
        .clone();
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&9.into(), &23.into()));
    let concise = render(Format::Concise, &outcome, &catalogue(), &RenderOptions::default());
    assert_eq!(concise, "a.ts:1:8: uncleared-timer the interval is never cleared\n");
}

/// Values of the algorithm that code scanning publishes.
#[test]
fn line_hashes_are_those_of_code_scanning() {
    assert_eq!(fingerprint::line_hashes(""), ["c129715d7a2bc9a3:1"]);
    let letters = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
    assert_eq!(fingerprint::line_hashes(" a\nb\n  \t\tc\n d"), letters);
    let greeting = [
        "e9496ae3ebfced30:1",
        "fb7c023a8b9ccb3f:1",
        "ce8ba1a563dcdaca:1",
        "e20e36e16fcb0cc8:1",
        "b3edc88f2938467e:1",
        "c8e28b0b4002a3a0:1",
        "c129715d7a2bc9a3:1",
    ];
    for end in ["\n", "\r", "\r\n"] {
        let text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n".replace('\n', end);
        assert_eq!(fingerprint::line_hashes(&text), greeting, "{end:?}");
    }
    let repeated = fingerprint::line_hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10));
    assert_eq!(repeated[..2], ["a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2"]);
    assert_eq!(repeated[5..8], ["a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1"]);
}

#[test]
fn fingerprints_outlive_formatting_and_edits_inside_callbacks() {
    let of = |symbol: &str, snippet: &str| fingerprint::stable(TIMER, symbol, snippet);
    let known = of("A.b", "setInterval(() => { tick() }, 9)");
    assert_eq!(known, of("A.b", "setInterval(\r\n\t() => {\n    tack();\n  },\n  9,\n)"));
    assert_eq!(of("", "open(\"x\", 'r')"), of("", "open('x', \"r\",)"));
    assert_ne!(known, of("A.c", "setInterval(() => { tick() }, 9)"));
    assert_ne!(known, of("A.b", "setTimeout(() => { tick() }, 9)"));
    // A change here is a new version of the fingerprint, and baselines have to be migrated.
    assert_eq!(known, "5e8b286a55ce8d09e1fbe4855a32710c");
}

#[test]
fn json_is_a_document_of_version_1() {
    let text =
        render(Format::Json, &story(), &catalogue(), &RenderOptions { mark_suppressed: true, ..Default::default() });
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["complete"], true);
    assert_eq!(document["statistics"]["left_out"]["test code"], 2);
    assert!(document["statistics"].get("milliseconds").is_none());
    let findings = document["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 2);
    let finding = &findings[0];
    assert_eq!((&finding["line"], &finding["column"], &finding["end_line"]), (&3.into(), &3.into(), &5.into()));
    assert_eq!(
        (&finding["confidence"], &finding["severity"]),
        (&"high".into(), &severity_name(Severity::Major).into())
    );
    assert_eq!((&finding["steps"][1]["kind"], &finding["steps"][1]["line"]), (&"runs".into(), &2.into()));
    assert!(finding.get("suppressed").is_none());
    assert_eq!(findings[1]["suppressed"]["reason"], "lives as long as the page");
    assert_eq!(document["notifications"][0]["line"], Value::Null);
}

#[test]
fn concise_has_one_line_a_finding() {
    let mut outcome = story();
    outcome.findings[0].message.push_str("\nor\tis it\x1b[31m?");
    let text = render(Format::Concise, &outcome, &catalogue(), &RenderOptions::default());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "src/a.ts:3:3: uncleared-timer the interval is never cleared or is it\u{241b}[31m?",
            "src/c.ts: warning: not UTF-8",
        ]
    );
}

#[test]
fn pretty_tells_the_story() {
    let text = render(Format::Pretty, &story(), &catalogue(), &RenderOptions { verbose: true, ..Default::default() });
    let expected = "\
uncleared-timer

  × the interval is never cleared
  ╰─▶ high confidence: its handle is discarded
   ╭─[src/a.ts:3:3]
 2 │     start() {
 3 │         setInterval(() => {
   ·         ─────────┬─────────
   ·                  ╰── 1. made here
 4 │             tick();
   ╰────
  help: keep the handle and clear it in `stop`

  ☞ the story goes on in src/b [1].ts
   ╭─[src/b [1].ts:2:10]
 1 │ import { p } from './a';
 2 │ for (;;) p.start();
   ·          ────┬────
   ·              ╰── 2. runs per [loop](x)
   ╰────

warning: src/c.ts: not UTF-8
note: a note

1 leak: 1 uncleared-timer; 1 suppressed; 3 files read, 2 parsed; 2 left out (2 test code)
";
    assert_eq!(text, expected, "{text}");
}

#[test]
fn pretty_shows_no_more_than_asked() {
    let mut outcome = story();
    outcome.findings.push(outcome.findings[0].clone());
    let options = RenderOptions { max_findings: Some(1), quiet: true, ..RenderOptions::default() };
    let text = render(Format::Pretty, &outcome, &catalogue(), &options);
    assert_eq!(text.matches("never cleared").count(), 1);
    assert!(text.ends_with("… and 1 more\n\n"), "{text}");
}

#[test]
fn a_file_cannot_drive_the_terminal() {
    let mut outcome = Outcome::default();
    let evil = "/* \x1b]0;x\x07 \u{9b}2J \u{202e} \u{2066} \u{200b} \r */ setInterval(f)\n";
    file(&mut outcome, "a\x1b.ts", evil);
    let mut leak = finding(&outcome, "a\x1b.ts", "setInterval(f)");
    leak.message.push('\x07');
    leak.reason.push('\x1b');
    leak.fix = Some("\u{202e}".to_owned());
    leak.steps = vec![step(&outcome, StepKind::Kept, "a\x1b.ts", "f)", "kept\x1b")];
    outcome.findings.push(leak);
    let bad = Notification { path: "\x1b".to_owned(), span: None, level: Level::Warning, message: "\x1b".to_owned() };
    outcome.notifications.push(bad);
    for format in [Format::Pretty, Format::Concise, Format::Json, Format::Sarif] {
        let text = render(format, &outcome, &catalogue(), &RenderOptions::default());
        let driving = text.chars().find(|char| {
            char.is_control() && *char != '\n' || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(driving, None, "{text}");
    }
    let text = render(Format::Pretty, &outcome, &catalogue(), &RenderOptions::default());
    assert!(text.contains("/* ␛]0;x␇ <U+009B>2J <U+202E> <U+2066> <U+200B> ␍ */ setInterval(f)"), "{text}");
    assert!(text.contains(":1:26]"), "columns are those of the file: {text}");
}

#[test]
fn wide_characters_and_tabs_line_up() {
    let mut outcome = Outcome::default();
    file(&mut outcome, "a.ts", "\t'日本' + setInterval(f)\n");
    outcome.findings.push(finding(&outcome, "a.ts", "setInterval(f)"));
    let text = render(Format::Pretty, &outcome, &catalogue(), &RenderOptions::default());
    let line = text.lines().position(|line| line.contains("setInterval")).expect("the source line");
    let (source, mark) = (text.lines().nth(line).unwrap_or_default(), text.lines().nth(line + 1).unwrap_or_default());
    // Each of the two characters takes two columns.
    let column = source.split("setInterval").next().unwrap_or_default().chars().count() + 2;
    assert_eq!(mark.chars().take_while(|char| *char != '─').count(), column, "{text}");
}

#[test]
fn every_format_survives_what_does_not_fit() {
    let mut outcome = Outcome::default();
    file(&mut outcome, "empty.ts", "");
    file(&mut outcome, "end.ts", "a\r\nb");
    let at = |path: &str, start, end| Finding { path: path.to_owned(), span: Span { start, end }, ..blank() };
    outcome.findings = vec![
        at("empty.ts", 0, 0),
        at("empty.ts", 5, 9),
        at("end.ts", 0, 4),
        at("end.ts", 1, 3),
        at("end.ts", 4, 4),
        at("gone.ts", 3, 4),
    ];
    for format in [Format::Pretty, Format::Concise, Format::Json, Format::Sarif] {
        assert!(!render(format, &outcome, &catalogue(), &RenderOptions::default()).is_empty());
    }
    sarif(&outcome, &RenderOptions::default());
}

/// Frames come from a library that asserts; no span that an analysis could give may trip it.
#[test]
fn frames_stand_any_span() {
    let mut outcome = Outcome::default();
    let text = "a\r\n\u{1b}日\tb\r\r\n\n\u{202e}😀\n";
    file(&mut outcome, "a.ts", text);
    let len = text.len() as u32;
    let spans: Vec<Span> = (0..=len).flat_map(|start| (start..=len + 1).map(move |end| Span { start, end })).collect();
    for (index, span) in spans.iter().enumerate() {
        let other = spans[(index * 7 + 3) % spans.len()];
        let step = |span| Step { kind: StepKind::Kept, path: "a.ts".to_owned(), span, message: "x\ny".to_owned() };
        let steps = vec![step(other), step(*span), step(Span { start: span.end, end: other.end })];
        outcome.findings.push(Finding { path: "a.ts".to_owned(), span: *span, steps, ..blank() });
    }
    for format in [Format::Pretty, Format::Concise, Format::Json, Format::Sarif] {
        assert!(!render(format, &outcome, &catalogue(), &RenderOptions::default()).is_empty());
    }
}

fn blank() -> Finding {
    Finding {
        rule: "not-a-rule".into(),
        path: String::new(),
        span: Span::default(),
        message: String::new(),
        confidence: Confidence::Low,
        reason: String::new(),
        steps: Vec::new(),
        fix: None,
        symbol: String::new(),
    }
}

#[test]
fn rank_follows_severity_and_confidence() {
    let severities = [Severity::Minor, Severity::Major, Severity::Critical];
    let confidences = [Confidence::Low, Confidence::Medium, Confidence::High];
    for severity in severities {
        let ranks = confidences.map(|confidence| rate(severity, confidence).rank);
        assert!(ranks.is_sorted(), "{severity:?}: {ranks:?}");
    }
    for confidence in confidences {
        let ranks = severities.map(|severity| rate(severity, confidence).rank);
        assert!(ranks.is_sorted(), "{confidence:?}: {ranks:?}");
    }
}
