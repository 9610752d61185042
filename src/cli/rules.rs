//! The commands `rules` and `explain`.

use std::fmt::Write as _;

use serde::Serialize;

use super::args::ListFormat;
use super::{Error, Exit, terminal};
use crate::catalogue::{Analysis, Catalogue, Rule, Severity};
use crate::config::known_rule;
use crate::lang::Family;

/// A rule in the list for machines.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    summary: &'a str,
    analysis: Analysis,
    severity: Severity,
    cwe: &'a [u16],
    tags: &'a [String],
    languages: &'a [Family],
}

impl<'a> From<&'a Rule> for Listed<'a> {
    fn from(rule: &'a Rule) -> Self {
        let table = &rule.table;
        Self {
            id: &rule.id,
            name: &table.name,
            summary: &table.summary,
            analysis: table.analysis,
            severity: table.severity,
            cwe: &table.cwe,
            tags: &table.tags,
            languages: &table.languages,
        }
    }
}

pub fn list(format: ListFormat) -> Result<Exit, Error> {
    let catalogue = Catalogue::built_in()?;
    let text = match format {
        ListFormat::Json => {
            let listed: Vec<Listed<'_>> = catalogue.rules.iter().map(Listed::from).collect();
            serde_json::to_string_pretty(&listed).map_err(|error| Error::usage(error.to_string(), None))? + "\n"
        }
        ListFormat::Text => {
            let width = catalogue.rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
            catalogue.rules.iter().fold(String::new(), |mut text, rule| {
                let _ = writeln!(text, "{:width$}  {}", rule.id, rule.table.summary);
                text
            })
        }
    };
    terminal::print(&text)
}

pub fn explain(id: &str) -> Result<Exit, Error> {
    let catalogue = Catalogue::built_in()?;
    match catalogue.rule(id) {
        Some(rule) => {
            let cwe: Vec<String> = rule.table.cwe.iter().map(|number| format!("CWE-{number}")).collect();
            terminal::print(&format!("{}\n\n{}\n", rule.doc.trim_end(), cwe.join(", ")))
        }
        None => {
            let help = known_rule(id, &catalogue).err().flatten();
            Err(Error::usage(
                format!("no rule `{id}`"),
                help.or_else(|| Some("`leaklint rules` lists them".to_owned())),
            ))
        }
    }
}
