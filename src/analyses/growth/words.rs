//! What names say of keys, where a table of words is not the whole of it.

pub use crate::catalogue::words::growth::*;
use crate::catalogue::words::plain;

/// Kinds and names that the program text fixes, and their ids: `themeId`.
#[must_use]
pub fn is_finite_name(name: &str) -> bool {
    is_id_of_few(name) || is_one_of_few(name)
}

/// Ids and parts of requests; not the id of a theme or plugin, of which there are few.
#[must_use]
pub fn is_event_name(name: &str) -> bool {
    !is_id_of_few(name) && (comes_in(name) || ends_with_id(name))
}

fn is_id_of_few(name: &str) -> bool {
    plain(name).strip_suffix("id").is_some_and(is_one_of_few)
}

/// `MAX_SIZE`, `Color.RED`: fixed by the program.
#[must_use]
pub fn is_constant(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1 && name.chars().all(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A name or number that stands for one thing among as many as there come.
#[must_use]
pub fn is_identity(name: &str) -> bool {
    ends_with_id(name) || names_a_guest(name)
}

/// What comes and goes while a program runs, or the id of it: `session`, `userId`.
#[must_use]
pub fn is_visitor(name: &str) -> bool {
    let lower = plain(name);
    let of = lower.strip_suffix("uuid").or_else(|| lower.strip_suffix("id")).unwrap_or(&lower);
    !of.is_empty() && comes_in(of)
}

/// Names that stand for one thing among as many as there come, be it by its address.
#[must_use]
pub fn tells_one(name: &str) -> bool {
    (ends_with_id(name) || is_address(name)) && !is_of_few(name) && !is_finite_name(name)
}

/// Lists of what is to be given back at the end.
#[must_use]
pub fn holds_releases(name: &str) -> bool {
    is_list_of_releases(name.rsplit('.').next().unwrap_or(name))
}

/// Methods by which what reports on a run of tests is told of them: it goes with the run.
#[must_use]
pub fn is_told_of_tests(method: &str) -> bool {
    ["onTest", "onSuite", "onSpec"].iter().any(|lead| method.strip_prefix(lead).is_some_and(is_stage))
}

/// One of what an installation has a certain number of, by any part of the name: `brokerName`, `TopicPartition`. What
/// comes and goes beside it is not: `tenantUserId`.
#[must_use]
pub fn is_configured(name: &str) -> bool {
    let parts = parts(name);
    let joint = parts.windows(2).any(|pair| is_set_up(&pair.concat()));
    (joint || parts.iter().any(|part| is_set_up(part)))
        && !parts.last().is_some_and(|last| is_compound(last))
        && !comes_and_goes(name)
        && !parts.iter().any(|part| is_guest(part))
}

/// What comes in from outside, by any part of the name of a class: `HttpUpload`.
#[must_use]
pub fn says_served(name: &str) -> bool {
    parts(name).iter().any(|part| is_served(part))
}

/// The last word of a name in camel case: `Kind` of `getStatKind`.
#[must_use]
pub fn last_part(name: &str) -> Option<&str> {
    parts(name).pop().filter(|last| last.len() < name.len())
}

/// The words of a name in camel case or with underscores.
fn parts(name: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut last = '_';
    for (at, next) in name.char_indices() {
        let splits = next == '_' || next == '.' || next.is_uppercase() && last.is_lowercase();
        if splits {
            found.push(&name[start..at]);
            start = at;
        }
        last = next;
    }
    found.push(&name[start..]);
    found
}
