//! What names of calls say, where a table of words is not the whole of it.

pub use crate::catalogue::words::paths::*;

/// Whether a method of this name keeps what it is given: `setConnection`.
#[must_use]
pub fn is_setter(name: &str) -> bool {
    name.strip_prefix("set").is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

/// Whether a call of this name is a getter or the like, which is no reason to expect an exception.
#[must_use]
pub fn is_harmless(name: &str) -> bool {
    cannot_fail(name) || gets_or_sets(name)
}
