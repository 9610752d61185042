//! The run over files: parallel, one file's failure its own, the output the same for any number of threads.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::{Outcome, Statistics, Tally, analyse, evidence, quiet};
use crate::analyses::GaveUp;
use crate::catalogue::{Catalogue, glob};
use crate::config::{Config, Configs};
use crate::discover::{self, Entry, Found, Reason, Selection, Text, absolute};
use crate::finding::{Confidence, Finding, Level, Notification, Quiet};
use crate::project::{Facts, Fate};
use crate::source::SourceFile;
use crate::suppress::{self, Suppression};
use crate::trigger::Trigger;

/// Lowering recurses as deep as the source is nested, up to its own limit.
const STACK: usize = 64 << 20;

/// What to run over and what to show of it.
pub struct Options {
    pub found: Found,
    /// The rest of the project: evidence for what is asked, and never reported on.
    pub project: Found,
    /// Files that are in memory: standard input.
    pub sources: Vec<Arc<SourceFile>>,
    pub selection: Selection,
    pub configs: Configs,
    /// The number of threads; as many as there are processors when 0.
    pub threads: usize,
    /// Rules to report, in place of what the configuration says, when not empty.
    pub select: Vec<String>,
    /// Rules not to report, beside those of the configuration.
    pub ignore: Vec<String>,
    /// The day, `YYYY-MM-DD`, that suppressions with an end are held against.
    pub today: String,
    /// Whether all evidence is there, so that a suppression that suppresses nothing can be called unused.
    pub whole: bool,
    /// In place of what the configuration says.
    pub confidence: Option<Confidence>,
    pub fail_on: Option<Confidence>,
    /// A file, as it is shown, and a line of it, from 1, of which all that is known is told.
    pub asked: Option<(String, u32)>,
    /// Told of every file that is done.
    pub progress: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Options {
    fn config(&self, finding: &str) -> Option<&Arc<Config>> {
        self.configs.known(&self.absolute(finding))
    }

    fn absolute(&self, shown: &str) -> std::path::PathBuf {
        absolute(Path::new(shown), &self.selection.base)
    }

    /// Whether a rule is wanted in a file.
    fn wants(&self, rule: &str, shown: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| glob(name, rule));
        if named(&self.ignore) || !(self.select.is_empty() || named(&self.select)) {
            return false;
        }
        // What the command line selects only per-file settings can take out again.
        let path = self.absolute(shown);
        self.config(shown).is_none_or(|config| {
            if self.select.is_empty() { config.wants(rule, &path) } else { config.allows(rule, &path) }
        })
    }

    fn shows(&self, finding: &Finding) -> bool {
        let settings = self.config(&finding.path).map(|config| &config.settings);
        let configured = settings.and_then(|settings| {
            settings.rules.get(finding.rule.as_str()).and_then(|options| options.confidence).or(settings.confidence)
        });
        finding.confidence >= self.confidence.or(configured).unwrap_or(Confidence::Medium)
            && self.wants(&finding.rule, &finding.path)
    }

    /// Whether a finding makes the run fail.
    #[must_use]
    pub fn fails(&self, finding: &Finding) -> bool {
        let configured = self.config(&finding.path).and_then(|config| config.settings.fail_on);
        finding.confidence >= self.fail_on.or(configured).unwrap_or(Confidence::Medium)
    }
}

/// What came of one file.
#[derive(Default)]
struct File {
    read: bool,
    bytes: u64,
    left_out: Option<Reason>,
    parsed: bool,
    facts: Option<Facts>,
    suppressions: Vec<Suppression>,
    notifications: Vec<Notification>,
    /// Kept where a finding may stand in it.
    source: Option<Arc<SourceFile>>,
}

/// Analyses what discovery found.
#[must_use]
pub fn run(options: &Options, catalogue: &Catalogue) -> Outcome {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).stack_size(STACK).build();
    match pool {
        Ok(pool) => pool.install(|| in_pool(options, catalogue)),
        Err(error) => {
            Outcome { notifications: vec![failure("", format!("no threads: {error}"))], ..Outcome::default() }
        }
    }
}

fn in_pool(options: &Options, catalogue: &Catalogue) -> Outcome {
    let trigger = Trigger::new(catalogue);
    let mut clock = Clock::new();
    let done = |file: File| {
        if let Some(progress) = &options.progress {
            progress();
        }
        file
    };
    let mut files: Vec<File> =
        options.found.files.par_iter().map(|entry| done(one(entry, options, &trigger, catalogue))).collect();
    files.par_extend(
        options.sources.par_iter().map(|source| done(isolated(&source.display_path(), || parsed(source, catalogue)))),
    );
    clock.lap("analyse");
    let mut outcome = Outcome { notifications: options.found.notifications.clone(), ..Outcome::default() };
    outcome.statistics = count(&options.found, &files);
    outcome.notifications.extend(left_out_notes(options, &files));
    let (mut facts, mut suppressions) = (Vec::new(), BTreeMap::new());
    for file in &mut files {
        outcome.notifications.append(&mut file.notifications);
        if let Some(taken) = file.facts.take() {
            suppressions.insert(taken.path.clone(), std::mem::take(&mut file.suppressions));
            facts.push(taken);
        }
    }
    let decided =
        catch_unwind(AssertUnwindSafe(|| isolate(|| evidence::decide(&mut facts, options, catalogue, &mut outcome))));
    let findings = decided.unwrap_or_else(|panic| {
        ISOLATED.set(false);
        outcome.notifications.push(failure("", format!("internal error across files: {}", text_of(panic.as_ref()))));
        Vec::new()
    });
    outcome.statistics.ledger = ledger(&facts, &findings, |path| suppressions.contains_key(path));
    drop(facts);
    clock.lap("decide");
    suppress_all(findings, &suppressions, options, catalogue, &mut outcome);
    outcome.findings.retain(|finding| options.shows(finding));
    outcome.suppressed.retain(|(finding, _)| options.shows(finding));
    outcome.quiet.extend(by_file(options, catalogue));
    outcome.sources = sources(&outcome, files, options);
    outcome.notifications.sort_by(|a, b| (&a.path, a.span, &a.message).cmp(&(&b.path, b.span, &b.message)));
    clock.lap("report");
    outcome.statistics.milliseconds = clock.laps;
    outcome
}

/// One file from bytes to facts.
fn one(entry: &Entry, options: &Options, trigger: &Trigger, catalogue: &Catalogue) -> File {
    isolated(&entry.shown, || match discover::read(entry, &options.selection) {
        Text::LeftOut(reason) => File { left_out: Some(reason), ..File::default() },
        Text::Failed(notification) => File { notifications: vec![notification], ..File::default() },
        Text::Read(text) if !trigger.fires(entry.language.family(), text.as_bytes()) => {
            File { read: true, bytes: text.len() as u64, ..File::default() }
        }
        Text::Read(text) => parsed(&Arc::new(SourceFile::new(&entry.shown, entry.language, text)), catalogue),
    })
}

fn parsed(source: &Arc<SourceFile>, catalogue: &Catalogue) -> File {
    let analysed = analyse(source, catalogue);
    let keep = !analysed.facts.candidates.is_empty() || !analysed.suppressions.is_empty();
    File {
        read: true,
        bytes: source.text.len() as u64,
        left_out: None,
        parsed: true,
        source: keep.then(|| Arc::clone(source)),
        facts: Some(analysed.facts),
        suppressions: analysed.suppressions,
        notifications: analysed.notifications,
    }
}

thread_local! {
    static ISOLATED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread becomes a notification, so that the hook needs to print nothing.
#[must_use]
pub fn is_isolated() -> bool {
    ISOLATED.get()
}

fn isolate<T>(work: impl FnOnce() -> T) -> T {
    ISOLATED.set(true);
    let result = work();
    ISOLATED.set(false);
    result
}

/// The facts of a file that is evidence; nothing when reading it fails, which the run that asks for the file tells.
pub fn isolated_facts(source: &SourceFile, catalogue: &Catalogue) -> Option<Facts> {
    catch_unwind(AssertUnwindSafe(|| isolate(|| analyse(source, catalogue).facts)))
        .inspect_err(|_| ISOLATED.set(false))
        .ok()
}

/// Runs the work of a file; a panic in it becomes a notification.
fn isolated(shown: &str, work: impl FnOnce() -> File) -> File {
    catch_unwind(AssertUnwindSafe(|| isolate(work))).unwrap_or_else(|panic| {
        ISOLATED.set(false);
        let message = if panic.is::<GaveUp>() {
            "not checked: it takes too much work to analyse".to_owned()
        } else {
            format!("not checked: internal error: {}", text_of(panic.as_ref()))
        };
        File { notifications: vec![failure(shown, message)], ..File::default() }
    })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown")
}

fn failure(path: &str, message: String) -> Notification {
    Notification { path: path.to_owned(), span: None, level: Level::Error, message }
}

fn count(found: &Found, files: &[File]) -> Statistics {
    let mut statistics = Statistics::default();
    for reason in found.left_out.values().copied().chain(files.iter().filter_map(|file| file.left_out)) {
        *statistics.left_out.entry(reason.to_string()).or_default() += 1;
    }
    for file in files.iter().filter(|file| file.read) {
        statistics.files_read += 1;
        statistics.bytes_read += file.bytes;
        statistics.files_parsed += usize::from(file.parsed);
        statistics.bytes_parsed += if file.parsed { file.bytes } else { 0 };
    }
    statistics
}

/// Tallies of the files that were asked for.
fn ledger(facts: &[Facts], findings: &[Finding], is_asked: impl Fn(&str) -> bool) -> BTreeMap<String, Tally> {
    let reported: BTreeSet<_> = findings.iter().map(|finding| (finding.path.as_str(), finding.span)).collect();
    let mut ledger: BTreeMap<String, Tally> = BTreeMap::new();
    for file in facts.iter().filter(|file| is_asked(&file.path)) {
        for acquisition in &file.acquisitions {
            let tally = ledger.entry(acquisition.api.to_string()).or_default();
            tally.acquired += 1;
            match acquisition.fate {
                _ if reported.contains(&(file.path.as_str(), acquisition.span)) => tally.reported += 1,
                Fate::Released => tally.released += 1,
                Fate::Escaped => tally.escaped += 1,
                Fate::Undecided => tally.undecided += 1,
            }
        }
    }
    ledger
}

/// What a heuristic left out is told by name, so that nobody searches for it.
fn left_out_notes(options: &Options, files: &[File]) -> Vec<Notification> {
    let by_content =
        options.found.files.iter().zip(files).filter_map(|(entry, file)| Some((&entry.shown, file.left_out?)));
    let by_path = options.found.left_out.iter().map(|(path, reason)| (path, *reason));
    by_path
        .chain(by_content)
        .filter(|(_, reason)| !matches!(reason, Reason::Test | Reason::Excluded))
        .map(|(path, reason)| Notification {
            path: path.clone(),
            span: None,
            level: Level::Note,
            message: format!("left out: {reason}"),
        })
        .collect()
}

/// Takes out what comments suppress. All findings count here, shown or not, so that no suppression is called unused
/// because of how the run was asked for.
fn suppress_all(
    findings: Vec<Finding>,
    suppressions: &BTreeMap<String, Vec<Suppression>>,
    options: &Options,
    catalogue: &Catalogue,
    outcome: &mut Outcome,
) {
    let known: Vec<&str> = catalogue.rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut by_path: BTreeMap<&str, Vec<Finding>> =
        suppressions.iter().filter(|(_, list)| !list.is_empty()).map(|(path, _)| (path.as_str(), Vec::new())).collect();
    for finding in findings {
        match by_path.get_mut(finding.path.as_str()) {
            Some(list) => list.push(finding),
            None => outcome.findings.push(finding),
        }
    }
    for (path, findings) in by_path {
        let active: Vec<&str> = known.iter().copied().filter(|rule| options.wants(rule, path)).collect();
        let how = suppress::Options {
            today: &options.today,
            require_reason: options.config(path).is_some_and(|config| config.settings.require_reason),
            report_unused: options.whole,
            known: &known,
            active: &active,
        };
        let applied = suppress::apply(path, &suppressions[path], findings, &how);
        outcome.findings.extend(applied.kept);
        outcome.suppressed.extend(applied.suppressed);
        outcome.notifications.extend(applied.notifications);
    }
    outcome.findings.sort_by(|a, b| (&a.path, a.span, &a.rule).cmp(&(&b.path, b.span, &b.rule)));
}

/// What the file that is asked about says itself of the line.
fn by_file(options: &Options, catalogue: &Catalogue) -> Vec<Quiet> {
    let Some((path, line)) = &options.asked else { return Vec::new() };
    let Some(entry) = options.found.files.iter().find(|entry| entry.shown == *path) else { return Vec::new() };
    let Text::Read(text) = discover::read(entry, &options.selection) else { return Vec::new() };
    let source = SourceFile::new(&entry.shown, entry.language, text);
    catch_unwind(AssertUnwindSafe(|| isolate(|| quiet(&source, catalogue, *line))))
        .inspect_err(|_| ISOLATED.set(false))
        .unwrap_or_default()
}

/// The text of every file that is shown. A file whose facts gave no candidate can hold a step of another's story; it
/// is read again.
fn sources(outcome: &Outcome, files: Vec<File>, options: &Options) -> BTreeMap<String, Arc<SourceFile>> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for finding in outcome.findings.iter().chain(outcome.suppressed.iter().map(|(finding, _)| finding)) {
        wanted.insert(&finding.path);
        wanted.extend(finding.steps.iter().map(|step| step.path.as_str()));
    }
    for quiet in &outcome.quiet {
        wanted.insert(&quiet.path);
        wanted.extend(quiet.steps.iter().map(|step| step.path.as_str()));
    }
    wanted.extend(outcome.notifications.iter().filter(|note| note.span.is_some()).map(|note| note.path.as_str()));
    let kept = files.into_iter().filter_map(|file| file.source).map(|source| (source.display_path(), source));
    let mut sources: BTreeMap<String, Arc<SourceFile>> =
        kept.filter(|(path, _)| wanted.contains(path.as_str())).collect();
    let entries = options.found.files.iter().chain(&options.project.files);
    for entry in entries.filter(|entry| wanted.contains(entry.shown.as_str())) {
        if !sources.contains_key(&entry.shown)
            && let Text::Read(text) = discover::read(entry, &options.selection)
        {
            sources.insert(entry.shown.clone(), Arc::new(SourceFile::new(&entry.shown, entry.language, text)));
        }
    }
    sources
}

/// Wall time by stage; for people, never for a decision.
struct Clock {
    last: Instant,
    laps: BTreeMap<String, u64>,
}

impl Clock {
    fn new() -> Self {
        Self { last: Instant::now(), laps: BTreeMap::new() }
    }

    fn lap(&mut self, stage: &str) {
        let elapsed = u64::try_from(self.last.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.laps.insert(stage.to_owned(), elapsed);
        self.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_stays_in_its_file() {
        let file = isolated("a.js", || panic!("boom"));
        assert_eq!(file.notifications.len(), 1);
        assert_eq!(file.notifications[0].path, "a.js");
        assert_eq!(file.notifications[0].level, Level::Error);
        assert!(!is_isolated());
    }

    #[test]
    fn what_gives_up_or_panics_is_told_and_the_run_goes_on() {
        let given_up = isolated("a.py", || std::panic::resume_unwind(Box::new(GaveUp)));
        let broken = isolated("b.py", || std::panic::resume_unwind(Box::new("index out of bounds")));
        let told: Vec<&str> =
            given_up.notifications.iter().chain(&broken.notifications).map(|told| told.message.as_str()).collect();
        let wanted =
            ["not checked: it takes too much work to analyse", "not checked: internal error: index out of bounds"];
        assert_eq!(told, wanted);
        assert!(!is_isolated());
    }
}
