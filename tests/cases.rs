//! The literate cases of `rules/*/cases*.md` and the examples of `rules/*/doc.md`: what is marked is found, what is
//! not marked is silent, under all rules.
//!
//! `LEAKLINT_CASES=<substring>` runs those whose document, heading or language tag has it; `--nocapture` prints totals.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test may panic")]

mod literate;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use leaklint::catalogue::{Catalogue, shared};
use leaklint::driver::check_sources;
use leaklint::finding::{Confidence, Finding};
use leaklint::lang;
use leaklint::source::SourceFile;
use leaklint::trigger::Trigger;
use literate::{Case, Verdict};
use rayon::prelude::*;

/// What is left unread for want of a word of the tables holds no finding.
#[test]
fn the_trigger_fires_wherever_there_is_a_finding() {
    let catalogue = shared().unwrap();
    let trigger = Trigger::new(&catalogue);
    let mut silent = Vec::new();
    for path in documents() {
        for case in literate::parse(&path.display().to_string(), &fs::read_to_string(&path).unwrap()).unwrap() {
            for file in &case.files {
                let source = SourceFile::new(file.path.clone(), file.language, file.text.clone());
                let found = !check_sources(std::slice::from_ref(&source), &catalogue, Confidence::Low).is_empty();
                if found && !trigger.fires(file.language.family(), file.text.as_bytes()) {
                    silent.push(format!("{}:{}", case.document, case.line));
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// Lowering recurses as deep as the source is nested.
const STACK: usize = 64 << 20;

#[test]
fn cases() {
    let (mut cases, mut broken) = (Vec::new(), Vec::new());
    for path in documents() {
        let document = path.strip_prefix(root()).unwrap().display().to_string().replace('\\', "/");
        match literate::parse(&document, &fs::read_to_string(&path).unwrap()) {
            Ok(parsed) => cases.extend(parsed),
            Err(error) => broken.push(error),
        }
    }
    if let Ok(wanted) = std::env::var("LEAKLINT_CASES") {
        cases.retain(|case| case.document.contains(&wanted) || case.heading.contains(&wanted) || case.tag == wanted);
    }
    let catalogue = shared().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build().unwrap();
    let outcomes: Vec<Outcome> = pool.install(|| cases.par_iter().map(|case| run(case, &catalogue)).collect());
    println!("{}", totals(&cases, &outcomes));
    let failures: Vec<String> =
        cases.iter().zip(&outcomes).filter_map(|(case, outcome)| outcome.report(case)).chain(broken).collect();
    assert!(failures.is_empty(), "{}\n\n{} of {} cases are wrong", failures.join("\n"), failures.len(), cases.len());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `cases*.md` and `doc.md` of every rule, sorted.
fn documents() -> Vec<PathBuf> {
    let entries = |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut documents: Vec<PathBuf> = entries(&root().join("rules"))
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|rule| entries(rule))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name == "doc.md" || (name.starts_with("cases") && name.ends_with(".md"))
        })
        .collect();
    documents.sort();
    documents
}

/// What a case came to. A place is a line of the document and a rule.
#[derive(Default)]
struct Outcome {
    /// Marked as leaks, and found.
    found: BTreeSet<Place>,
    /// Marked as leaks, and silent.
    missed: BTreeSet<Place>,
    /// Reported, and not marked.
    alarms: BTreeMap<Place, String>,
    /// Everything else that is wrong with the case, in words.
    faults: Vec<String>,
}

type Place = (usize, String);

impl Outcome {
    fn is_right(&self) -> bool {
        self.missed.is_empty() && self.alarms.is_empty() && self.faults.is_empty()
    }

    /// One line on a case that is wrong.
    fn report(&self, case: &Case) -> Option<String> {
        if self.is_right() {
            return None;
        }
        let mut text = format!("{}:{} {}:", case.document, case.line, case.heading);
        for (line, rule) in &self.missed {
            let _ = write!(text, " expected {rule} at :{line};");
        }
        for ((line, rule), why) in &self.alarms {
            let _ = write!(text, " got {rule} at :{line} ({why});");
        }
        for fault in &self.faults {
            let _ = write!(text, " {fault};");
        }
        text.pop();
        Some(text)
    }
}

fn run(case: &Case, catalogue: &Catalogue) -> Outcome {
    let mut outcome = Outcome::default();
    let sources: Vec<SourceFile> =
        case.files.iter().map(|file| SourceFile::new(file.path.clone(), file.language, file.text.clone())).collect();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        for (source, file) in sources.iter().zip(&case.files) {
            for gap in lang::lower(source).1 {
                let line = file.first_line + source.line(gap.span.start) as usize - 1;
                outcome.faults.push(format!("{:?} gap at :{line}", gap.reason));
            }
        }
        check_sources(&sources, catalogue, Confidence::Medium)
    }));
    match checked {
        Ok(findings) => judge(case, &sources, &findings, &mut outcome),
        Err(_) => outcome.faults.push("panicked".to_owned()),
    }
    outcome
}

fn judge(case: &Case, sources: &[SourceFile], findings: &[Finding], outcome: &mut Outcome) {
    let mut seen = BTreeSet::new();
    for finding in findings {
        if !seen.insert((&finding.path, finding.span, &finding.rule)) {
            outcome.faults.push(format!("{} reported twice", finding.rule));
        }
        let Some(at) = sources.iter().position(|source| source.display_path() == finding.path) else {
            outcome.faults.push(format!("{} in a file that is not there, {}", finding.rule, finding.path));
            continue;
        };
        let line = case.files[at].first_line + sources[at].line(finding.span.start) as usize - 1;
        let why = format!("{}, {}", finding.confidence.name(), finding.message);
        outcome.alarms.insert((line, finding.rule.to_string()), why);
    }
    for file in &case.files {
        for mark in &file.marks {
            let place = (file.first_line + mark.line - 1, mark.rule.clone());
            let reported = outcome.alarms.remove(&place).is_some();
            match (mark.verdict, reported) {
                (Verdict::Leak, true) => drop(outcome.found.insert(place)),
                (Verdict::Leak, false) => drop(outcome.missed.insert(place)),
                (Verdict::FalseAlarm, true) | (Verdict::Missed, false) => {}
                (Verdict::FalseAlarm, false) => {
                    outcome.faults.push(format!("{} at :{} is silent now: remove its FP mark", place.1, place.0));
                }
                (Verdict::Missed, true) => {
                    outcome
                        .faults
                        .push(format!("{} at :{} is found now: make its FN mark a leak mark", place.1, place.0));
                }
            }
        }
    }
}

#[derive(Default)]
struct Total {
    cases: usize,
    right: usize,
    found: usize,
    missed: usize,
    alarms: usize,
    known: usize,
}

/// A table of results by the rule whose directory holds the case, and by language.
fn totals(cases: &[Case], outcomes: &[Outcome]) -> String {
    let mut rows: BTreeMap<(String, String), Total> = BTreeMap::new();
    for (case, outcome) in cases.iter().zip(outcomes) {
        let rule = case.document.split('/').nth(1).unwrap_or_default().to_owned();
        let known = case.files.iter().flat_map(|file| &file.marks).filter(|mark| mark.verdict != Verdict::Leak).count();
        let language = case.files[0].language.family();
        let keys = [
            (rule, format!("{language:?}")),
            ("~total".to_owned(), format!("{language:?}")),
            ("~~".to_owned(), String::new()),
        ];
        for key in keys {
            let total = rows.entry(key).or_default();
            total.cases += 1;
            total.right += usize::from(outcome.is_right());
            total.found += outcome.found.len();
            total.missed += outcome.missed.len();
            total.alarms += outcome.alarms.len();
            total.known += known;
        }
    }
    let mut text = format!(
        "{:<36} {:>5} {:>5} {:>5} {:>6} {:>6} {:>5}",
        "", "cases", "right", "found", "missed", "alarms", "known"
    );
    for ((rule, language), Total { cases, right, found, missed, alarms, known }) in rows {
        let title =
            if language.is_empty() { "all".to_owned() } else { format!("{} {language}", rule.trim_start_matches('~')) };
        let _ = write!(text, "\n{title:<36} {cases:>5} {right:>5} {found:>5} {missed:>6} {alarms:>6} {known:>5}");
    }
    text
}

mod harness {
    use leaklint::finding::{Confidence, Finding};
    use leaklint::source::{SourceFile, Span};

    use super::literate::{Verdict, parse};
    use super::{Outcome, judge};

    const DOCUMENT: &str = "# Rule\n\n### One\n\n```ts\na() // leak: some-rule\n```\n\n### Two\n\n  ```ts a.ts\n  b() // FP: some-rule, other-rule why not\n  ```\nand\n\n```ts b.ts\nc() // FN: some-rule why\n```\n\n```ts a.ts\nd()\n```\n\n```py\ne('#fff')  # leak: x-y\n```\n";

    #[test]
    fn reads_projects_and_marks() {
        let cases = parse("x.md", DOCUMENT).unwrap();
        let shape: Vec<_> = cases.iter().map(|case| (case.heading.as_str(), case.line, case.files.len())).collect();
        assert_eq!(shape, [("One", 5, 1), ("Two", 11, 2), ("Two", 20, 1), ("Two", 24, 1)]);
        let marks: Vec<_> = cases
            .iter()
            .flat_map(|case| &case.files)
            .flat_map(|file| &file.marks)
            .map(|m| (m.verdict, &*m.rule))
            .collect();
        assert_eq!(
            marks,
            [
                (Verdict::Leak, "some-rule"),
                (Verdict::FalseAlarm, "some-rule"),
                (Verdict::FalseAlarm, "other-rule"),
                (Verdict::Missed, "some-rule"),
                (Verdict::Leak, "x-y"),
            ]
        );
        assert_eq!(cases[1].files[0].text, "b() // FP: some-rule, other-rule why not\n");
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        assert!(parse("x.md", "```ts\n").is_err());
        assert!(parse("x.md", "```typo\n```\n").is_err());
        assert!(parse("x.md", "```ts\nf() // leak: ?\n```\n").is_err());
    }

    /// What comes of findings of these rules, each at the start of a line of one file.
    fn judged(code: &str, found: &[(u32, &str)]) -> Outcome {
        let case = parse("x.md", &format!("```ts\n{code}```\n")).unwrap().remove(0);
        let file = &case.files[0];
        let source = SourceFile::new(file.path.clone(), file.language, file.text.clone());
        let finding = |(line, rule): &(u32, &str)| {
            let start = file.text.split_inclusive('\n').take(*line as usize - 1).map(str::len).sum::<usize>() as u32;
            Finding {
                rule: (*rule).into(),
                path: source.display_path(),
                span: Span { start, end: start + 1 },
                message: String::new(),
                confidence: Confidence::High,
                reason: String::new(),
                steps: Vec::new(),
                fix: None,
                symbol: String::new(),
            }
        };
        let findings: Vec<Finding> = found.iter().map(finding).collect();
        let mut outcome = Outcome::default();
        judge(&case, &[source], &findings, &mut outcome);
        outcome
    }

    #[test]
    fn judges_leaks_and_silence() {
        let code = "a() // leak: a-b\nb()\n";
        assert!(judged(code, &[(1, "a-b")]).is_right());
        assert_eq!(judged(code, &[]).missed.len(), 1);
        assert_eq!(judged(code, &[(1, "a-b"), (2, "a-b")]).alarms.len(), 1);
        let other = judged(code, &[(1, "c-d")]);
        assert_eq!((other.missed.len(), other.alarms.len()), (1, 1));
        assert_eq!(judged(code, &[(1, "a-b"), (1, "a-b")]).faults.len(), 1);
    }

    #[test]
    fn judges_known_faults() {
        let code = "a() // FP: a-b why\nb() // FN: c-d why\n";
        assert!(judged(code, &[(1, "a-b")]).is_right());
        assert_eq!(judged(code, &[]).faults.len(), 1);
        assert_eq!(judged(code, &[(1, "a-b"), (2, "c-d")]).faults.len(), 1);
    }
}
