//! What names of methods and functions say, where neither the file nor a table does.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::vocabulary::{
    CLOSERS, CLOSING_WORDS, DERIVES, HANDS_ON, HARMLESS, INSERTS, OUTWARD, PLAIN_TYPES, RETURNS_SELF, RUNS_NOW,
};

/// Whether a method ends its receiver by its name alone.
#[must_use]
pub fn closes(name: &str) -> bool {
    CLOSERS.contains(&name)
}

/// Whether a method ends its receiver when it is given nothing, and something else when it is: `client.stop(container)`.
#[must_use]
pub fn closes_weakly(name: &str) -> bool {
    matches!(
        name,
        "stop" | "cancel" | "discard" | "detach" | "abort" | "kill" | "free" | "recycle" | "invalidate" | "release"
    )
}

/// Whether a function ends its argument by its name alone.
#[must_use]
pub fn closes_argument(name: &str) -> bool {
    static CLOSING: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(CLOSING_WORDS).ok());
    // `isClosed(x)`, `onClose(x)`, `register_close` tell or arrange, they do not end.
    let starts = |start: &&str| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    let tells = ["is", "on", "get", "has", "should", "assert", "freeze"].iter().any(starts);
    let named = || CLOSING.as_ref().is_some_and(|words| words.is_match(name));
    !tells && (named() || matches!(name, "kill" | "end"))
}

/// Whether a method is one that reads or writes what is open, and hardly fails just after opening.
#[must_use]
pub fn is_file_method(name: &str) -> bool {
    ["read", "write", "seek", "flush", "truncate", "recv", "send"].iter().any(|start| name.starts_with(start))
}

/// Whether an attribute of this name gives the thing itself, under another roof, or what belongs to it.
#[must_use]
pub fn stands_for_owner(name: &str) -> bool {
    let plain = name.trim_start_matches('_');
    ["std", "buffer", "raw", "fp", "file", "sock", "conn", "stream", "handle", "fd", "execute", "cursor", "get", "post"]
        .iter()
        .any(|start| plain.starts_with(start))
}

/// Whether a function of this name calls what it is given, again where that fails: `retry(lambda: …)`.
#[must_use]
pub fn tries_again(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.starts_with("retry")
        || lower.starts_with("with_retr")
        || lower.ends_with("_retry")
        || lower.ends_with("_retries")
}

#[must_use]
pub fn inserts(name: &str) -> bool {
    INSERTS.contains(&name)
}

#[must_use]
pub fn hands_on(name: &str) -> bool {
    HANDS_ON.contains(&name)
}

#[must_use]
pub fn runs_now(name: &str) -> bool {
    RUNS_NOW.contains(&name)
}

#[must_use]
pub fn returns_self(name: &str) -> bool {
    RETURNS_SELF.contains(&name)
}

#[must_use]
pub fn derives(name: &str) -> bool {
    DERIVES.contains(&name)
}

#[must_use]
pub fn is_plain_type(name: &str) -> bool {
    PLAIN_TYPES.contains(&name) || name.ends_with("Exception") || name.ends_with("Error")
}

/// Whether a method of this name keeps what it is given: `setConnection`.
#[must_use]
pub fn is_setter(name: &str) -> bool {
    name.strip_prefix("set").is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

/// Whether a call of this name is a getter or the like, which is no reason to expect an exception.
#[must_use]
pub fn is_harmless(name: &str) -> bool {
    if HARMLESS.contains(&name) {
        return true;
    }
    let getter = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_uppercase() || first == '_'))
    };
    ["get", "is", "has", "set", "with", "as", "to", "add"].into_iter().any(getter) && !name.ends_with("Connection")
}

/// Whether a call of this name reads, writes or talks to someone outside.
#[must_use]
pub fn reaches_out(name: &str) -> bool {
    OUTWARD.iter().any(|start| {
        name.strip_prefix(start).is_some_and(|rest| {
            !rest.starts_with(|next: char| next.is_lowercase()) || rest == "all" || rest == "line" || rest == "lines"
        })
    })
}

/// Whether a call of this name gives something new to its caller, who must close it.
#[must_use]
pub fn produces(name: &str) -> bool {
    const VERBS: &[&str] = &[
        "create",
        "open",
        "new",
        "prepare",
        "acquire",
        "accept",
        "fetch",
        "borrow",
        "make",
        "connect",
        "allocate",
        "start",
        "lease",
        "locate",
        "lookup",
        "load",
        "download",
        "obtain",
        "establish",
        "duplicate",
        "retain",
    ];
    let name = name.trim_start_matches('_');
    let verb = VERBS.iter().any(|verb| {
        name.strip_prefix(verb)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|next: char| next.is_uppercase() || next == '_'))
    });
    verb || name == "getConnection" || name == "executeQuery"
}

/// Whether a method of this name opens a stream of its receiver: `openStream`, `newInputStream`, `getResourceAsStream`.
#[must_use]
pub fn opens(name: &str) -> bool {
    matches!(name, "open" | "openStream" | "openInputStream" | "openConnection" | "newInputStream" | "newReader")
        || (name.starts_with("open") && (name.ends_with("Stream") || name.ends_with("Reader")))
        || name.ends_with("AsStream")
        || name.ends_with("AsInputStream")
}

/// Whether a type of this name opens a new stream at each `getInputStream()`; those of sockets and requests do not.
#[must_use]
pub fn is_source(name: &str) -> bool {
    ["Resource", "File", "FileObject", "Blob", "Artifact", "ByteSource"].iter().any(|end| name.ends_with(end))
}

/// Whether a call of this name reads or writes a stream that it is given to the end, and leaves it open.
#[must_use]
pub fn reads_through(name: &str) -> bool {
    ["copy", "copyStream", "copyLarge", "toByteArray", "readLines", "readFully", "readAllBytes", "transferTo"]
        .contains(&name)
}

/// Whether an object of this type closes what it is made around: `BoundedInputStream`, `CountingOutputStream`.
#[must_use]
pub fn wraps_stream(name: &str) -> bool {
    ["InputStream", "OutputStream", "Reader", "Writer"].iter().any(|end| name.ends_with(end))
}

/// Whether an exception of this type is what I/O and databases raise, or wider.
#[must_use]
pub fn is_wide_error(name: &str) -> bool {
    const WIDE: &[&str] = &[
        "IO",
        "SQL",
        "OSError",
        "Environment",
        "Socket",
        "Http",
        "HTTP",
        "Request",
        "Connection",
        "Timeout",
        "Database",
        "Operational",
        "Network",
        "Redis",
        "Mongo",
        "JMS",
        "Naming",
    ];
    matches!(name, "Exception" | "RuntimeException" | "Error" | "error" | "Throwable" | "ClientError")
        || WIDE.iter().any(|word| name.contains(word))
}

/// Whether a method gives a pool or timer something to run.
#[must_use]
pub fn hands_work(name: &str) -> bool {
    matches!(name, "submit" | "execute") || name.starts_with("schedule")
}

/// Whether calling it ends the process.
#[must_use]
pub fn ends_process(path: &str) -> bool {
    matches!(
        path,
        "sys.exit"
            | "os._exit"
            | "exit"
            | "quit"
            | "process.exit"
            | "process.abort"
            | "java.lang.System.exit"
            | "?.System.exit"
            | "os.abort"
            | "os.execv"
            | "os.execvp"
    )
}
