//! Names of ends and beginnings, of what waits and of what points.

use super::{has, plain};

/// Teardowns of what goes on for long: servers, connections, queues. Screens and handles are disposed of or destroyed.
#[must_use]
pub fn ends_a_service(name: &str) -> bool {
    let lower = plain(name);
    ["close", "stop", "shutdown", "terminate", "end", "quit", "disconnect", "kill", "logout"]
        .iter()
        .any(|word| lower.starts_with(word))
}

/// Methods that are called when the other side has gone, or that go.
#[must_use]
pub fn loses_connection(name: &str) -> bool {
    let lower = plain(name);
    let lower = lower.strip_prefix("on").unwrap_or(&lower);
    ["close", "closed", "disconnect", "disconnected", "connectionlost", "destroy", "end", "channelinactive", "error"]
        .contains(&lower)
}

/// Methods that open a connection, for the first time or again.
#[must_use]
pub fn connects(name: &str) -> bool {
    let lower = plain(name);
    ["connect", "open", "reconnect", "start", "onopen", "onconnect", "reopen", "restart"].contains(&lower.as_str())
}

/// Names and types of what waits for an answer.
#[must_use]
pub fn is_waiter(name: &str) -> bool {
    let lower = plain(name);
    ["resolve", "reject", "callback", "cb", "ack", "deferred", "waiter", "promise", "future", "done", "resolver"]
        .iter()
        .any(|word| lower.ends_with(word))
}

/// Maps that let an entry go when nothing else holds its key.
#[must_use]
pub fn has_weak_keys(name: &str) -> bool {
    has("WeakHashMap WeakKeyDictionary", name)
}

/// Objects that point to another one without holding it.
#[must_use]
pub fn is_reference(name: &str) -> bool {
    name.ends_with("Reference") || has("ref proxy WeakMethod finalize", name)
}

/// Methods that end one object of many.
#[must_use]
pub fn ends_one(name: &str) -> bool {
    let lower = plain(name);
    ["teardown", "dispose", "destroy", "close", "release", "finish", "detach"].contains(&lower.as_str())
}

/// Names of what takes the place of a real store: it keeps things because that is what it is for.
#[must_use]
pub fn stands_in(name: &str) -> bool {
    let lower = plain(name);
    ["inmemory", "mock", "fake", "stub", "dummy"].iter().any(|word| lower.contains(word))
        || lower.trim_end_matches("js").trim_end_matches("ts").trim_end_matches('.').ends_with("-memory")
}

/// Names of values that say what kind something is, not whether it is there.
#[must_use]
pub fn is_setting(name: &str) -> bool {
    let lower = plain(name);
    ["enabled", "disabled", "label", "name", "mode", "flag", "order", "count", "size", "level", "type", "id", "ready"]
        .iter()
        .any(|word| lower.ends_with(word))
}

/// Types of lists and sets, by their names.
#[must_use]
pub fn is_collection_type(name: &str) -> bool {
    ["List", "Set", "Collection", "Queue", "Deque", "Array", "list", "set", "Map"].iter().any(|end| name.ends_with(end))
}
