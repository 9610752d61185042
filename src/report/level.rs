//! The one table from a rule's severity and a finding's confidence to the level and rank that reports show.
//!
//! | severity | high | medium | low |
//! |---|---|---|---|
//! | critical | error, 95 | error, 80 | warning, 45 |
//! | major | error, 85 | warning, 65 | note, 30 |
//! | minor | warning, 60 | note, 40 | note, 15 |

use crate::catalogue::{Catalogue, Severity};
use crate::finding::{Confidence, Level};

/// What a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    pub level: Level,
    /// From 0 to 100: the order in which to look at findings.
    pub rank: u8,
}

/// The rating of a finding.
#[must_use]
pub fn rate(severity: Severity, confidence: Confidence) -> Rating {
    use Confidence::{High, Low, Medium};
    use Severity::{Critical, Major, Minor};
    let (level, rank) = match (severity, confidence) {
        (Critical, High) => (Level::Error, 95),
        (Critical, Medium) => (Level::Error, 80),
        (Critical, Low) => (Level::Warning, 45),
        (Major, High) => (Level::Error, 85),
        (Major, Medium) => (Level::Warning, 65),
        (Major, Low) => (Level::Note, 30),
        (Minor, High) => (Level::Warning, 60),
        (Minor, Medium) => (Level::Note, 40),
        (Minor, Low) => (Level::Note, 15),
    };
    Rating { level, rank }
}

/// The severity of a rule; major for one that the catalogue does not know.
#[must_use]
pub fn severity(rule: &str, catalogue: &Catalogue) -> Severity {
    catalogue.rule(rule).map_or(Severity::Major, |rule| rule.table.severity)
}

/// The word for a level in every format.
#[must_use]
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// The word for a severity.
#[must_use]
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    }
}
