//! SARIF 2.1.0, as code scanning services read it.

mod model;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use self::model::{
    ArtifactLocation, AutomationDetails, BaseId, BaseReference, CodeFlow, Driver, Invocation, Location, Log,
    LogicalLocation, PhysicalLocation, Plain, Provenance, Region, ResultProperties, Run, Suppression, Text, ThreadFlow,
    ThreadFlowLocation, Tool,
};
use super::level::{Rating, level_name, rate, severity};
use super::{Entry, HOME, RenderOptions, TOOL, VERSION, entries, fingerprint, fingerprint_of, first_line, json};
use crate::catalogue::Catalogue;
use crate::driver::Outcome;
use crate::finding::{Finding, Level, Notification, Step, StepKind};
use crate::source::Span;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The root of the repository, to which all paths are relative.
const ROOT: &str = "%SRCROOT%";
/// What code scanning takes of one run, one result and one flow.
const MOST_RESULTS: usize = 25_000;
const MOST_LOCATIONS: usize = 1_000;
const MOST_FLOW_LOCATIONS: usize = 10_000;
/// The longest text shown for a place.
const SNIPPET: usize = 400;

pub fn render(outcome: &Outcome, catalogue: &Catalogue, options: &RenderOptions) -> String {
    json::text(&Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Report { outcome, catalogue, options, hashes: line_hashes(outcome) }.run()],
    })
}

/// The hashes of all lines of the files that findings stand in.
fn line_hashes(outcome: &Outcome) -> FxHashMap<&str, Vec<String>> {
    let findings = outcome.findings.iter().chain(outcome.suppressed.iter().map(|(finding, _)| finding));
    let mut hashes = FxHashMap::default();
    for finding in findings {
        if let Some(source) = outcome.sources.get(&finding.path) {
            hashes.entry(finding.path.as_str()).or_insert_with(|| fingerprint::line_hashes(&source.text));
        }
    }
    hashes
}

struct Report<'a> {
    outcome: &'a Outcome,
    catalogue: &'a Catalogue,
    options: &'a RenderOptions,
    hashes: FxHashMap<&'a str, Vec<String>>,
}

impl Report<'_> {
    fn run(&self) -> Run {
        let (entries, cut) = self.most_certain();
        let taxonomy = rules::taxonomy(self.catalogue);
        Run {
            tool: Tool {
                driver: Driver {
                    name: TOOL,
                    semantic_version: VERSION,
                    information_uri: (!HOME.is_empty()).then_some(HOME),
                    rules: rules::descriptors(self.catalogue, &taxonomy),
                    supported_taxonomies: vec![rules::cwe()],
                },
            },
            automation_details: self.options.category.as_deref().map(|category| AutomationDetails {
                // Without the slash services read the text as the name of this one run.
                id: format!("{}/", category.trim_end_matches('/')),
            }),
            invocations: [self.invocation(cut)],
            version_control_provenance: self.options.version_control.as_ref().map(|control| {
                [Provenance {
                    repository_uri: control.repository_uri.clone(),
                    revision_id: control.revision.clone(),
                    branch: control.branch.clone(),
                    mapped_to: BaseReference { uri_base_id: ROOT },
                }]
            }),
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                BaseId { description: Text::plain("The root of the repository.") },
            )]),
            column_kind: "utf16CodeUnits",
            taxonomies: vec![taxonomy],
            results: entries.iter().map(|entry| self.result(entry)).collect(),
        }
    }

    /// As many findings as a service takes, in their order, and how many are left out: the least certain ones.
    fn most_certain(&self) -> (Vec<Entry<'_>>, usize) {
        let mut entries: Vec<(usize, Entry<'_>)> =
            entries(self.outcome, self.options).into_iter().enumerate().collect();
        let cut = entries.len().saturating_sub(MOST_RESULTS);
        if cut > 0 {
            entries.sort_by_key(|(index, entry)| (std::cmp::Reverse(self.rating(entry.finding).rank), *index));
            entries.truncate(MOST_RESULTS);
            entries.sort_by_key(|(index, _)| *index);
        }
        (entries.into_iter().map(|(_, entry)| entry).collect(), cut)
    }

    fn rating(&self, finding: &Finding) -> Rating {
        rate(severity(&finding.rule, self.catalogue), finding.confidence)
    }

    fn result(&self, entry: &Entry<'_>) -> model::Result {
        let finding = entry.finding;
        let rating = self.rating(finding);
        let mut location = self.location(&finding.path, Some(finding.span));
        if !finding.symbol.is_empty() {
            location.logical_locations = vec![LogicalLocation { fully_qualified_name: finding.symbol.clone() }];
        }
        let related = finding.steps.iter().take(MOST_LOCATIONS - 1).enumerate();
        let flow = |locations| CodeFlow { thread_flows: [ThreadFlow { locations }] };
        model::Result {
            rule_id: finding.rule.to_string(),
            rule_index: self.catalogue.rules.iter().position(|rule| rule.id == finding.rule),
            level: level_name(rating.level),
            rank: rating.rank,
            message: Text::plain(message(finding)),
            locations: [location],
            related_locations: related.map(|(index, step)| self.step(step, Some(index + 1))).collect(),
            code_flows: if finding.steps.is_empty() { Vec::new() } else { vec![flow(self.flow(finding))] },
            partial_fingerprints: self.fingerprints(finding),
            suppressions: if entry.suppressed {
                let justification = entry.justification.map(str::to_owned);
                vec![Suppression { kind: "inSource", status: "accepted", justification }]
            } else {
                Vec::new()
            },
            properties: ResultProperties {
                confidence: finding.confidence.name(),
                reason: finding.reason.clone(),
                fix: finding.fix.clone(),
            },
        }
    }

    fn flow(&self, finding: &Finding) -> Vec<ThreadFlowLocation> {
        let steps = finding.steps.iter().take(MOST_FLOW_LOCATIONS).enumerate();
        steps
            .map(|(index, step)| {
                let (kind, importance) = match step.kind {
                    StepKind::Acquired => ("acquire", "essential"),
                    StepKind::Runs => ("function", "important"),
                    StepKind::Kept => ("scope", "important"),
                    StepKind::Missed => ("exit", "essential"),
                    StepKind::Released => ("release", "important"),
                };
                ThreadFlowLocation {
                    location: self.step(step, None),
                    kinds: [kind],
                    execution_order: index + 1,
                    importance,
                }
            })
            .collect()
    }

    fn step(&self, step: &Step, id: Option<usize>) -> Location {
        let message = Some(Plain { text: escape(&step.message) });
        Location { id, message, ..self.location(&step.path, Some(step.span)) }
    }

    fn fingerprints(&self, finding: &Finding) -> BTreeMap<&'static str, String> {
        let mut all = BTreeMap::from([("leaklint/v1", fingerprint_of(self.outcome, finding))]);
        let line = first_line(self.outcome, &finding.path, finding.span).map(|(start, _)| start.line as usize);
        let hashes = self.hashes.get(finding.path.as_str());
        if let Some(hash) = hashes.zip(line).and_then(|(hashes, line)| hashes.get(line - 1)) {
            all.insert("primaryLocationLineHash", hash.clone());
        }
        all
    }

    /// A place, cut to one line: a pull request is annotated only where all lines of a region are in its diff.
    fn location(&self, path: &str, span: Option<Span>) -> Location {
        let region = span.and_then(|span| self.region(path, span));
        let path = format!("{}{path}", prefix(&self.options.uri_prefix));
        // What does not lie under the working directory has no place under its root.
        let artifact_location = if path.starts_with('/') {
            ArtifactLocation { uri: format!("file://{}", uri(&path)), uri_base_id: None }
        } else {
            ArtifactLocation { uri: uri(&path), uri_base_id: Some(ROOT) }
        };
        Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region },
            logical_locations: Vec::new(),
            message: None,
        }
    }

    fn region(&self, path: &str, span: Span) -> Option<Region> {
        let (start, end) = first_line(self.outcome, path, span)?;
        let source = self.outcome.sources.get(path)?;
        let text = source.slice(source.first_line(span));
        let snippet = (!text.is_empty() && text.len() <= SNIPPET).then(|| Plain { text: text.to_owned() });
        Some(Region {
            start_line: start.line,
            start_column: start.utf16,
            end_line: end.line,
            end_column: end.utf16,
            snippet,
        })
    }

    fn invocation(&self, cut: usize) -> Invocation {
        let mut notifications: Vec<model::Notification> =
            self.outcome.notifications.iter().map(|notification| self.notification(notification)).collect();
        let mut note = |level, text: String| {
            notifications.push(model::Notification { level, message: Text::plain(text), locations: Vec::new() });
        };
        for (reason, count) in &self.outcome.statistics.left_out {
            note("note", format!("{count} files left out: {}", escape(reason)));
        }
        if cut > 0 {
            note("warning", format!("{cut} results of the lowest rank left out: no more than {MOST_RESULTS} are read"));
        }
        Invocation {
            execution_successful: self.outcome.notifications.iter().all(|notice| notice.level != Level::Error),
            tool_execution_notifications: notifications,
        }
    }

    fn notification(&self, notification: &Notification) -> model::Notification {
        let known = !notification.path.is_empty();
        model::Notification {
            level: level_name(notification.level),
            message: Text::plain(escape(&notification.message)),
            locations: known.then(|| self.location(&notification.path, notification.span)).into_iter().collect(),
        }
    }
}

/// The message with the steps as links to the related locations, why it is as sure as it is, and the fix.
fn message(finding: &Finding) -> String {
    let mut text = escape(&finding.message);
    let links: Vec<String> = finding
        .steps
        .iter()
        .take(MOST_LOCATIONS - 1)
        .enumerate()
        .map(|(index, step)| format!("[{}]({})", bracketed(&step.message), index + 1))
        .collect();
    let end = |text: &mut String| {
        if !text.ends_with(['.', '!', '?', ':']) {
            text.push('.');
        }
    };
    end(&mut text);
    if !links.is_empty() {
        let _ = write!(text, "\nStory: {}.", links.join(" → "));
    }
    let _ = write!(text, "\nConfidence: {}", finding.confidence.name());
    if !finding.reason.is_empty() {
        let _ = write!(text, ", {}", escape(&finding.reason));
    }
    end(&mut text);
    if let Some(fix) = &finding.fix {
        let _ = write!(text, "\nFix: {}", escape(fix));
    }
    text
}

/// Text in which nothing reads as a link.
fn escape(text: &str) -> String {
    if text.contains("](") { bracketed(text) } else { text.to_owned() }
}

/// Text whose brackets stand for themselves.
fn bracketed(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn prefix(prefix: &str) -> String {
    let trimmed = prefix.trim_matches('/');
    if trimmed.is_empty() { String::new() } else { format!("{trimmed}/") }
}

/// A path as a relative URI: what RFC 3986 does not call unreserved is percent-encoded, the slashes apart.
fn uri(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
