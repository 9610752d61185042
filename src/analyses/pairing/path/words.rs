//! What names of calls say, where a table of words is not the whole of it.

pub use crate::catalogue::words::paths::*;

/// Whether a method of this name ends the object it is called on: `close`, `quitAsync`.
#[must_use]
pub fn closes(name: &str) -> bool {
    crate::catalogue::words::paths::closes(name.strip_suffix("Async").unwrap_or(name))
}

/// Whether a method of this name keeps what it is given: `setConnection`.
#[must_use]
pub fn is_setter(name: &str) -> bool {
    name.strip_prefix("set").is_some_and(|rest| rest.starts_with(|first: char| first.is_uppercase() || first == '_'))
}

/// Whether a call of this name is a getter or the like, which is no reason to expect an exception.
#[must_use]
pub fn is_harmless(name: &str) -> bool {
    cannot_fail(name) || gets_or_sets(name)
}

/// Whether a method of this name asks for a property: `getHost`, `isClosed`.
#[must_use]
pub fn is_getter(name: &str) -> bool {
    ["get", "is"].iter().any(|verb| name.strip_prefix(verb).is_some_and(|rest| rest.starts_with(char::is_uppercase)))
}

/// Whether a method of this name asks for something: `get`, `getHost`, `current`.
#[must_use]
pub fn asks(name: &str) -> bool {
    matches!(name, "get" | "current" | "peek") || is_getter(name)
}

/// Whether one method undoes the other of the same object: `openArchive` and `closeArchive`.
#[must_use]
pub fn undoes(opener: &str, closer: &str) -> bool {
    const PAIRS: &[(&str, &[&str])] = &[
        ("open", &["close", "release"]),
        ("acquire", &["release"]),
        ("obtain", &["release", "free"]),
        ("borrow", &["return", "release", "giveBack"]),
        ("lease", &["return", "release"]),
        ("get", &["return", "release", "unget"]),
        ("allocate", &["deallocate", "free", "release"]),
        ("connect", &["disconnect"]),
        ("start", &["stop"]),
        ("create", &["destroy", "dispose"]),
    ];
    PAIRS.iter().any(|(begin, ends)| {
        let rest = opener.strip_prefix(begin).filter(|rest| !rest.is_empty());
        rest.is_some_and(|rest| ends.iter().any(|end| closer.strip_prefix(end) == Some(rest)))
    })
}

/// Whether what the tables call so is a number that the system gave, and no object.
#[must_use]
pub fn is_descriptor(what: &str) -> bool {
    what.contains("file descriptor") || what.ends_with("end of the pipe")
}

/// Whether a method of this name tells of something: `onReady`.
#[must_use]
pub fn tells(name: &str) -> bool {
    name.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase))
}
