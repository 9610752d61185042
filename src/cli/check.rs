//! The command `check`, which is also what runs when none is named.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::args::{CheckArgs, Suppressed};
use super::{Error, Exit, repository, terminal};
use crate::catalogue::Catalogue;
use crate::config::{Configs, known_rule};
use crate::discover::{self, Found, Selection, absolute, shown};
use crate::driver::{self, Options, Outcome};
use crate::finding::Level;
use crate::lang::Language;
use crate::report::{self, Format, RenderOptions};
use crate::source::{SourceFile, decode};

/// A run with all that reports need.
pub struct Run {
    pub options: Options,
    pub catalogue: Catalogue,
    pub outcome: Outcome,
}

pub fn check(args: &CheckArgs) -> Result<Exit, Error> {
    if args.show_config {
        return show_config(args);
    }
    let (options, catalogue) = prepare(args)?;
    if args.show_files {
        let files = options.found.files.iter().map(|entry| format!("{}\n", entry.shown));
        return terminal::print(&files.collect::<String>());
    }
    let run = perform(args, options, catalogue);
    report_all(args, &run)
}

/// Finds the files and their configurations.
pub fn prepare(args: &CheckArgs) -> Result<(Options, Catalogue), Error> {
    let selection = selection(args)?;
    let mut configs = Configs::new(args.config.as_deref())?;
    let stdin = args.paths.iter().any(|path| path == Path::new("-"));
    let mut paths: Vec<PathBuf> = args.paths.iter().filter(|path| *path != Path::new("-")).cloned().collect();
    if args.paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let found = discover::discover(&paths, &selection, &mut configs)?;
    let project = rest_of_project(args, &paths, &selection, &mut configs)?;
    let sources = if stdin { standard_input(args, &selection, &mut configs)? } else { Vec::new() };
    let mut catalogue = Catalogue::built_in()?;
    configs.extend(&mut catalogue)?;
    for name in args.select.iter().chain(&args.ignore) {
        known_rule(name, &catalogue).map_err(|help| {
            let help = help.or_else(|| Some("`leaklint rules` lists them".to_owned()));
            Error::usage(format!("no rule `{name}`"), help)
        })?;
    }
    let options = Options {
        found,
        project,
        sources,
        selection,
        configs,
        threads: args.threads,
        today: today(),
        // What is named one by one lacks the evidence of the rest.
        whole: !stdin && paths.iter().all(|path| path.is_dir()),
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        confidence: args.confidence,
        fail_on: args.fail_on,
        asked: None,
        progress: None,
    };
    Ok((options, catalogue))
}

/// The files around what is asked: evidence. A root that is given or found holds them, and what is asked as well.
fn rest_of_project(
    args: &CheckArgs,
    paths: &[PathBuf],
    selection: &Selection,
    configs: &mut Configs,
) -> Result<Found, Error> {
    let named = args.stdin_filename.iter().chain(paths).map(|path| absolute(path, &selection.base));
    let mut roots: Vec<PathBuf> = match &args.root {
        Some(root) => vec![root.clone()],
        None => named.filter_map(|path| repository::root(&path)).collect(),
    };
    roots.sort();
    roots.dedup();
    roots.retain(|root| !paths.iter().any(|path| absolute(path, &selection.base) == absolute(root, &selection.base)));
    let mut found = discover::discover(&roots, &Selection { force_exclude: false, ..selection.clone() }, configs)?;
    // What stands in the way of evidence is told by the run that asks for it.
    found.notifications.clear();
    Ok(found)
}

/// The day of the run; a clock before 1970 is taken for that.
fn today() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    crate::suppress::date(since.map_or(0, |since| since.as_secs()))
}

fn selection(args: &CheckArgs) -> Result<Selection, Error> {
    Ok(Selection {
        force_exclude: args.force_exclude,
        no_ignore: args.no_ignore,
        include_tests: args.include_tests,
        max_file_size: args.max_file_size,
        base: std::env::current_dir().map_err(Error::io("no current directory"))?,
    })
}

/// What editors send; judged as the file it is named.
fn standard_input(
    args: &CheckArgs,
    selection: &Selection,
    configs: &mut Configs,
) -> Result<Vec<Arc<SourceFile>>, Error> {
    let Some(name) = &args.stdin_filename else {
        return Err(Error::usage(
            "standard input has no name",
            Some("say what it is: --stdin-filename src/a.ts".to_owned()),
        ));
    };
    let Some(language) = Language::of(name) else {
        return Err(Error::usage(format!("no language for {}", name.display()), None));
    };
    let path = absolute(name, &selection.base);
    let config = configs.of(&path)?;
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(selection.max_file_size + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("cannot read standard input"))?;
    if args.force_exclude && config.excludes(&path) {
        return Ok(Vec::new());
    }
    if bytes.len() as u64 > selection.max_file_size {
        return Err(Error::usage("standard input is too large", Some("see --max-file-size".to_owned())));
    }
    let text = decode(bytes).map_err(|error| Error::usage(format!("standard input is {error}"), None))?;
    Ok(vec![Arc::new(SourceFile::new(shown(name, &selection.base), language, text))])
}

/// Analyses, with a progress bar where someone watches.
pub fn perform(args: &CheckArgs, mut options: Options, catalogue: Catalogue) -> Run {
    let bar = terminal::progress(options.found.files.len(), args.quiet);
    let bar = bar.map(|(bar, count)| {
        options.progress = Some(count);
        bar
    });
    let outcome = driver::run(&options, &catalogue);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Run { options, catalogue, outcome }
}

fn report_all(args: &CheckArgs, run: &Run) -> Result<Exit, Error> {
    let start = Instant::now();
    let plain = render_options(args, run, false);
    for (format, file) in &args.output_file {
        let text = report::render(
            *format,
            &run.outcome,
            &run.catalogue,
            &RenderOptions { max_findings: None, ..plain.clone() },
        );
        std::fs::write(file, text).map_err(Error::io(format!("cannot write {}", file.display())))?;
    }
    let options = render_options(args, run, terminal::color(args.color));
    terminal::print(&report::render(args.format, &run.outcome, &run.catalogue, &options))?;
    if matches!(args.format, Format::Sarif | Format::Json) {
        tell_notifications(args, &run.outcome);
    }
    if run.options.found.files.is_empty() && run.options.sources.is_empty() && !args.quiet {
        terminal::tell(&nothing(&run.options.found, &run.outcome));
    }
    if args.statistics {
        terminal::tell(&statistics(&run.outcome));
    }
    if args.timings {
        let mut times: Vec<String> =
            run.outcome.statistics.milliseconds.iter().map(|(stage, time)| format!("{stage}: {time} ms")).collect();
        times.push(format!("print: {} ms", start.elapsed().as_millis()));
        terminal::tell(&format!("{}\n{}", times.join("\n"), ledger(&run.outcome)));
    }
    Ok(exit(args, run))
}

/// The format has no say in this.
fn exit(args: &CheckArgs, run: &Run) -> Exit {
    if run.outcome.notifications.iter().any(|notification| notification.level == Level::Error) {
        Exit::Failure
    } else if !args.exit_zero && run.outcome.findings.iter().any(|finding| run.options.fails(finding)) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// How the reports of this run are rendered.
pub fn render_options(args: &CheckArgs, run: &Run, color: bool) -> RenderOptions {
    let defaults = RenderOptions::default();
    let repository = repository::find(&run.options.selection.base);
    RenderOptions {
        color,
        width: terminal::width().unwrap_or(defaults.width),
        verbose: args.verbose,
        quiet: args.quiet,
        category: args.category.clone(),
        mark_suppressed: args.sarif_suppressed == Suppressed::Mark,
        max_findings: args.max_findings,
        uri_prefix: repository.prefix,
        version_control: repository.version_control,
    }
}

/// Formats for machines keep notifications to themselves; people hear of them here.
fn tell_notifications(args: &CheckArgs, outcome: &Outcome) {
    for notification in &outcome.notifications {
        let level = match notification.level {
            Level::Note if !args.verbose => continue,
            Level::Warning if args.quiet => continue,
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let colon = if notification.path.is_empty() { "" } else { ": " };
        terminal::tell(&format!("{}{colon}{level}: {}", notification.path, notification.message));
    }
}

fn nothing(found: &Found, outcome: &Outcome) -> String {
    if found.left_out.is_empty() {
        return "nothing to check: no JavaScript, TypeScript, Java or Python files".to_owned();
    }
    format!("nothing to check: everything was left out ({})", reasons(outcome))
}

fn reasons(outcome: &Outcome) -> String {
    let reasons = outcome.statistics.left_out.iter().map(|(reason, count)| format!("{reason} {count}"));
    reasons.collect::<Vec<_>>().join(", ")
}

fn statistics(outcome: &Outcome) -> String {
    let mut counts: std::collections::BTreeMap<(&str, &str), usize> = std::collections::BTreeMap::new();
    for finding in &outcome.findings {
        *counts.entry((&finding.rule, finding.confidence.name())).or_default() += 1;
    }
    let mut text = String::new();
    for ((rule, confidence), count) in counts {
        let _ = writeln!(text, "{count:6}  {rule} ({confidence})");
    }
    let work = &outcome.statistics;
    let _ = writeln!(text, "{:6}  suppressed", outcome.suppressed.len());
    let _ = writeln!(text, "{:6}  files read, {} bytes", work.files_read, work.bytes_read);
    let _ = writeln!(text, "{:6}  files parsed, {} bytes", work.files_parsed, work.bytes_parsed);
    for (reason, count) in &work.left_out {
        let _ = writeln!(text, "{count:6}  left out: {reason}");
    }
    text
}

/// What was acquired by call, those first of which most is undecided.
fn ledger(outcome: &Outcome) -> String {
    const ROWS: usize = 40;
    let work = &outcome.statistics;
    let mut text = format!(
        "{} files parsed, {} bytes; {} more as evidence, {} bytes\n\n{:>8} {:>8} {:>8} {:>8} {:>9}\n",
        work.files_parsed,
        work.bytes_parsed,
        work.evidence_parsed,
        work.evidence_bytes,
        "acquired",
        "reported",
        "released",
        "escaped",
        "undecided"
    );
    let mut rows: Vec<_> = work.ledger.iter().collect();
    rows.sort_by_key(|(api, tally)| (std::cmp::Reverse((tally.undecided, tally.acquired)), *api));
    for (api, tally) in rows.iter().take(ROWS) {
        let _ = writeln!(
            text,
            "{:8} {:8} {:8} {:8} {:9}  {api}",
            tally.acquired, tally.reported, tally.released, tally.escaped, tally.undecided
        );
    }
    if rows.len() > ROWS {
        let _ = writeln!(text, "{} more calls; `--format json` has them all", rows.len() - ROWS);
    }
    text
}

fn show_config(args: &CheckArgs) -> Result<Exit, Error> {
    let selection = selection(args)?;
    let path = args.paths.first().map_or_else(|| PathBuf::from("."), Clone::clone);
    let mut file = absolute(&path, &selection.base);
    if file.is_dir() {
        file.push("_");
    }
    let config = Configs::new(args.config.as_deref())?.of(&file)?;
    let home =
        config.path.as_ref().map_or_else(|| "no configuration: defaults".to_owned(), |path| path.display().to_string());
    let text = toml::to_string_pretty(&config.settings).map_err(|error| Error::usage(error.to_string(), None))?;
    terminal::print(&format!("# {home}\n{text}"))
}
