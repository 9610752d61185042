//! The rules as SARIF descriptors, and the weaknesses they are instances of.

use super::super::level::{level_name, rate};
use super::super::rule_url;
use super::model::{
    ComponentReference, Configuration, DescriptorReference, Relationship, Rule, RuleProperties, Taxon, Taxonomy, Text,
};
use crate::catalogue::{self, Catalogue, Severity};
use crate::finding::Confidence;

/// Services show so many tags and so many characters of a description.
const MOST_TAGS: usize = 10;
const LONGEST: usize = 1024;

/// The taxonomy as rules and the driver refer to it.
pub fn cwe() -> ComponentReference {
    ComponentReference { name: "CWE", index: 0 }
}

/// Every rule of the catalogue.
pub fn descriptors(catalogue: &Catalogue, taxonomy: &Taxonomy) -> Vec<Rule> {
    catalogue.rules.iter().map(|rule| descriptor(rule, taxonomy)).collect()
}

fn descriptor(rule: &catalogue::Rule, taxonomy: &Taxonomy) -> Rule {
    let rating = rate(rule.table.severity, Confidence::High);
    let doc = if rule.doc.trim().is_empty() { rule.table.summary.as_str() } else { rule.doc };
    let tags = rule.table.cwe.iter().map(|id| format!("external/cwe/cwe-{id:03}"));
    Rule {
        id: rule.id.to_string(),
        name: rule.table.name.clone(),
        short_description: Text::plain(cut(&rule.table.summary)),
        full_description: Text::plain(cut(&introduction(doc).unwrap_or_else(|| rule.table.summary.clone()))),
        help: Text { text: doc.to_owned(), markdown: Some(doc.to_owned()) },
        help_uri: rule_url(&rule.id),
        default_configuration: Configuration { level: level_name(rating.level), rank: rating.rank },
        relationships: rule.table.cwe.iter().filter_map(|id| relationship(*id, taxonomy)).collect(),
        properties: RuleProperties {
            tags: tags.chain(rule.table.tags.iter().cloned()).take(MOST_TAGS).collect(),
            precision: "high",
            problem_severity: match rule.table.severity {
                Severity::Critical => "error",
                Severity::Major => "warning",
                Severity::Minor => "recommendation",
            },
        },
    }
}

fn relationship(id: u16, taxonomy: &Taxonomy) -> Option<Relationship> {
    let id = id.to_string();
    let index = taxonomy.taxa.iter().position(|taxon| taxon.id == id)?;
    Some(Relationship { target: DescriptorReference { id, index, tool_component: cwe() }, kinds: ["superset"] })
}

/// The weaknesses that the rules name.
pub fn taxonomy(catalogue: &Catalogue) -> Taxonomy {
    let mut ids: Vec<u16> = catalogue.rules.iter().flat_map(|rule| rule.table.cwe.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let taxon = |id: u16| Taxon {
        id: id.to_string(),
        short_description: weakness(id).map(Text::plain),
        help_uri: format!("https://cwe.mitre.org/data/definitions/{id}.html"),
    };
    Taxonomy {
        name: "CWE",
        organization: "MITRE",
        short_description: Text::plain("The MITRE Common Weakness Enumeration"),
        information_uri: "https://cwe.mitre.org/",
        is_comprehensive: false,
        taxa: ids.into_iter().map(taxon).collect(),
    }
}

/// The names of the weaknesses that leaks are; others go by their number.
fn weakness(id: u16) -> Option<&'static str> {
    Some(match id {
        400 => "Uncontrolled Resource Consumption",
        401 => "Missing Release of Memory after Effective Lifetime",
        404 => "Improper Resource Shutdown or Release",
        459 => "Incomplete Cleanup",
        488 => "Exposure of Data Element to Wrong Session",
        664 => "Improper Control of a Resource Through its Lifetime",
        770 => "Allocation of Resources Without Limits or Throttling",
        771 => "Missing Reference to Active Allocated Resource",
        772 => "Missing Release of Resource after Effective Lifetime",
        775 => "Missing Release of File Descriptor or Handle after Effective Lifetime",
        _ => return None,
    })
}

/// The first paragraph of a page that is no heading, on one line.
fn introduction(doc: &str) -> Option<String> {
    let lines = doc.lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with('#'));
    let words: Vec<&str> = lines.take_while(|line| !line.is_empty() && !line.starts_with(['#', '`'])).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Text of at most as many characters as services take.
fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
