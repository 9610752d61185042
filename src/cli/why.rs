//! The command `why FILE:LINE`: what is known of a line, of any confidence, with the evidence.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::args::CheckArgs;
use super::check::{Run, perform, prepare};
use super::{Error, Exit, repository, terminal};
use crate::discover::shown;
use crate::finding::{Confidence, Finding, Step};
use crate::source::Span;

pub fn why(place: &str, args: &CheckArgs) -> Result<Exit, Error> {
    let usage =
        || Error::usage(format!("`{place}` is no place"), Some("write FILE:LINE, as in src/a.ts:12".to_owned()));
    let (file, line) = place.rsplit_once(':').ok_or_else(usage)?;
    let line: u32 = line.parse().map_err(|_| usage())?;
    let file = Path::new(file);
    // The file is named, so that nothing leaves it out; its project is the evidence.
    let asked = CheckArgs {
        paths: std::iter::once(file.to_path_buf()).chain(args.paths.iter().cloned()).collect(),
        root: args.root.clone().or_else(|| around(file)),
        confidence: Some(Confidence::Low),
        config: args.config.clone(),
        max_file_size: args.max_file_size,
        no_ignore: args.no_ignore,
        include_tests: args.include_tests,
        threads: args.threads,
        ..CheckArgs::default()
    };
    let (mut options, catalogue) = prepare(&asked)?;
    let path = shown(file, &options.selection.base);
    if !options.found.files.iter().any(|entry| entry.shown == path) {
        return Err(Error::usage(
            format!("{path} cannot be checked"),
            Some("is it there, and of a known language?".to_owned()),
        ));
    }
    options.asked = Some((path.clone(), line));
    let run = perform(args, options, catalogue);
    terminal::print(&answer(&run, &path, line))
}

/// Where neither a repository nor a configuration says what the project is: the directory that a run without paths
/// checks, if the file stands in it, or its own.
fn around(file: &Path) -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let whole = current.join(file).canonicalize().ok()?;
    if repository::root(&whole).is_some() {
        return None;
    }
    if current.canonicalize().is_ok_and(|current| whole.starts_with(current)) {
        return Some(PathBuf::from("."));
    }
    file.parent().map(Path::to_path_buf)
}

/// The verdict on a line.
fn answer(run: &Run, path: &str, line: u32) -> String {
    let stands = |at: &str, span: Span| {
        at == path && run.outcome.sources.get(at).is_some_and(|source| source.stands_on(span, line))
    };
    let concerns = |finding: &Finding| {
        stands(&finding.path, finding.span) || finding.steps.iter().any(|step| stands(&step.path, step.span))
    };
    let mut text = String::new();
    for finding in run.outcome.findings.iter().filter(|finding| concerns(finding)) {
        tell(&mut text, run, finding, None);
    }
    for (finding, reason) in run.outcome.suppressed.iter().filter(|(finding, _)| concerns(finding)) {
        tell(&mut text, run, finding, Some(reason.as_deref().unwrap_or("no reason given")));
    }
    for notification in run.outcome.notifications.iter().filter(|notification| notification.path == path) {
        if notification.span.is_none_or(|span| stands(path, span)) {
            let _ = writeln!(text, "{path}: {}", notification.message);
        }
    }
    if text.is_empty() {
        for quiet in run.outcome.quiet.iter().filter(|quiet| stands(&quiet.path, quiet.span)) {
            let _ = writeln!(text, "{path}:{line}: quiet: {}", quiet.message);
            steps(&mut text, run, &quiet.steps);
        }
    }
    if text.is_empty() {
        let nothing = "nothing that is known acquires anything here, or grows and outlives a call";
        let _ = writeln!(text, "{path}:{line}: quiet: {nothing}");
    }
    crate::report::visible(&text).into_owned()
}

/// Where a span is, for people.
fn place(run: &Run, path: &str, span: Span) -> String {
    let source = run.outcome.sources.get(path);
    source.map_or_else(|| path.to_owned(), |source| format!("{path}:{}", source.line(span.start)))
}

fn steps(text: &mut String, run: &Run, steps: &[Step]) {
    for step in steps {
        let _ = writeln!(text, "  {}: {}", place(run, &step.path, step.span), step.message);
    }
}

fn tell(text: &mut String, run: &Run, finding: &Finding, suppressed: Option<&str>) {
    let at = place(run, &finding.path, finding.span);
    let _ = writeln!(text, "{at}: {} {}", finding.rule, finding.message);
    let _ = writeln!(text, "  {} confidence: {}", finding.confidence.name(), finding.reason);
    steps(text, run, &finding.steps);
    if let Some(fix) = &finding.fix {
        let _ = writeln!(text, "  fix: {fix}");
    }
    if let Some(reason) = suppressed {
        let _ = writeln!(text, "  suppressed: {reason}");
    }
    if finding.confidence == Confidence::Low {
        let _ = writeln!(text, "  not shown by default; see --confidence low");
    }
}
