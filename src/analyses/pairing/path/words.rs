//! What names of methods and functions say, where neither the file nor a table does.

/// Methods that end the object they are called on, whatever it is.
const CLOSERS: &[&str] = &[
    "close",
    "closeQuietly",
    "close_quietly",
    "release",
    "releaseConnection",
    "shutdown",
    "shutdownNow",
    "shutdownGracefully",
    "destroy",
    "destroyForcibly",
    "dispose",
    "terminate",
    "kill",
    "end",
    "quit",
    "disconnect",
    "abort",
    "stop",
    "cancel",
    "free",
    "recycle",
    "unlock",
    "aclose",
    "async_close",
    "wait_closed",
    "__exit__",
    "__aexit__",
    "closeAsync",
    "close_all",
    "closeAll",
    "cleanup",
    "unref",
    "detach",
    "communicate",
    "discard",
    "invalidate",
    "returnToPool",
    "giveBack",
    "endSession",
    "closeSession",
];

/// Parts of names of functions that end what they are given: `closeQuietly(x)`, `pool.putconn(c)`.
const CLOSING_WORDS: &[&str] = &[
    "close",
    "release",
    "shutdown",
    "shut_down",
    "dispose",
    "destroy",
    "cleanup",
    "clean_up",
    "terminate",
    "teardown",
    "tear_down",
    "putconn",
    "put_conn",
    "giveback",
    "returnobject",
    "returnresource",
    "returnconnection",
    "return_conn",
    "invalidate",
    "recycle",
    "free",
    "stop",
    "disconnect",
    "killprocess",
    "checkin",
    "check_in",
    "returnclient",
    "return_client",
    "putclient",
    "put_client",
    "returnsession",
    "return_session",
    "pushconn",
    "push_conn",
    "deallocate",
];

/// Methods by which collections of all languages take something in.
const INSERTS: &[&str] = &[
    "push",
    "add",
    "set",
    "append",
    "unshift",
    "put",
    "addAll",
    "offer",
    "addLast",
    "addFirst",
    "insert",
    "extend",
    "putIfAbsent",
    "appendleft",
    "put_nowait",
    "register",
    "enqueue",
    "setdefault",
];

/// Calls that run what they are given later, or give it to someone else.
const HANDS_ON: &[&str] = &[
    "submit",
    "spawn",
    "start_soon",
    "create_task",
    "ensure_future",
    "apply_async",
    "run_in_executor",
    "setTimeout",
    "setImmediate",
    "nextTick",
    "queueMicrotask",
    "call_soon",
    "call_soon_threadsafe",
    "call_later",
    "start_new_thread",
    "pipe",
    "pipeline",
    "pipeTo",
    "pipeThrough",
    "resolve",
    "callback",
    "cb",
    "done",
    "next",
    "send_handle",
    "provide",
    "yield",
    "complete",
    "emit",
    "onNext",
    "onSuccess",
    "set_result",
    "setResult",
    "addCleanup",
    "addfinalizer",
    "enter_context",
    "adopt",
    "callLater",
];

/// Methods that run a function they are given before they return.
const RUNS_NOW: &[&str] = &[
    "forEach",
    "map",
    "filter",
    "reduce",
    "some",
    "every",
    "find",
    "findIndex",
    "flatMap",
    "sort",
    "sorted",
    "computeIfAbsent",
    "computeIfPresent",
    "compute",
    "ifPresent",
    "ifPresentOrElse",
    "orElseGet",
    "orElseThrow",
    "anyMatch",
    "allMatch",
    "noneMatch",
    "mapToObj",
    "collect",
    "max",
    "min",
    "removeIf",
];

/// Methods that give back the object they are called on.
const RETURNS_SELF: &[&str] = &[
    "on",
    "once",
    "addListener",
    "setEncoding",
    "ref",
    "unref",
    "setTimeout",
    "filter",
    "map",
    "flatMap",
    "sorted",
    "peek",
    "limit",
    "skip",
    "distinct",
    "parallel",
    "sequential",
    "onClose",
    "boxed",
    "mapToObj",
    "mapToInt",
    "mapToLong",
    "unordered",
    "setMaxListeners",
    "setKeepAlive",
    "setNoDelay",
    "takeWhile",
    "dropWhile",
    "listen",
    "__enter__",
];

/// Methods whose result holds the object they are called on, and ends with it or ends it.
const DERIVES: &[&str] = &[
    "getChannel",
    "lines",
    "makefile",
    "detach",
    "stream",
    "iterator",
    "spliterator",
    "getInputStream",
    "getOutputStream",
    "getReader",
    "getWriter",
    "asInputStream",
    "byteStream",
    "charStream",
];

/// Calls that cannot fail for any reason that a reader would think of.
const HARMLESS: &[&str] = &[
    "len",
    "print",
    "println",
    "printf",
    "isinstance",
    "issubclass",
    "hasattr",
    "getattr",
    "setattr",
    "repr",
    "str",
    "bool",
    "list",
    "dict",
    "set",
    "tuple",
    "range",
    "enumerate",
    "zip",
    "sorted",
    "reversed",
    "min",
    "max",
    "abs",
    "sum",
    "any",
    "all",
    "id",
    "type",
    "super",
    "hash",
    "format",
    "append",
    "add",
    "push",
    "put",
    "get",
    "pop",
    "keys",
    "values",
    "items",
    "entries",
    "join",
    "split",
    "strip",
    "trim",
    "lower",
    "upper",
    "toLowerCase",
    "toUpperCase",
    "startswith",
    "endswith",
    "startsWith",
    "endsWith",
    "replace",
    "contains",
    "includes",
    "indexOf",
    "substring",
    "slice",
    "concat",
    "length",
    "size",
    "isEmpty",
    "equals",
    "equalsIgnoreCase",
    "hashCode",
    "toString",
    "valueOf",
    "log",
    "debug",
    "info",
    "warn",
    "warning",
    "error",
    "trace",
    "fine",
    "exception",
    "severe",
    "currentTimeMillis",
    "nanoTime",
    "now",
    "time",
    "extend",
    "update",
    "copy",
    "clear",
    "on",
    "once",
    "addListener",
    "addEventListener",
    "isNaN",
    "hasOwnProperty",
    "fileno",
    "emit",
    "compareTo",
    "name",
    "settimeout",
    "setblocking",
    "set_inheritable",
];

/// Beginnings of names of calls that reach outside the process.
const OUTWARD: &[&str] = &[
    "read",
    "write",
    "flush",
    "execute",
    "query",
    "commit",
    "rollback",
    "send",
    "recv",
    "receive",
    "connect",
    "accept",
    "fetch",
    "open",
    "download",
    "upload",
    "transfer",
    "copyTo",
    "sync",
    "seek",
    "bind",
    "listen",
    "request",
    "urlopen",
    "unpack",
    "extract",
    "deserialize",
    "unmarshal",
    "delete_object",
    "save",
    "mkdir",
    "rmtree",
    "invokeAll",
    "awaitTermination",
];

/// Types whose construction cannot fail.
const PLAIN_TYPES: &[&str] = &[
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "Array",
    "Object",
    "Date",
    "Error",
    "Promise",
    "ArrayList",
    "LinkedList",
    "HashMap",
    "LinkedHashMap",
    "TreeMap",
    "HashSet",
    "LinkedHashSet",
    "TreeSet",
    "StringBuilder",
    "StringBuffer",
    "String",
    "Object",
    "ByteArrayOutputStream",
    "ByteArrayInputStream",
    "StringWriter",
    "StringReader",
    "AtomicInteger",
    "AtomicLong",
    "AtomicBoolean",
    "AtomicReference",
    "ArrayDeque",
    "Properties",
    "Thread",
    "CountDownLatch",
    "ConcurrentHashMap",
    "Random",
    "BytesIO",
];

/// Whether a method ends its receiver by its name alone.
#[must_use]
pub fn closes(name: &str) -> bool {
    CLOSERS.contains(&name)
}

/// Whether a function ends its argument by its name alone.
#[must_use]
pub fn closes_argument(name: &str) -> bool {
    let lower = name.to_lowercase();
    // `isClosed(x)`, `onClose(x)`, `register_close` tell or arrange, they do not end.
    let tells = ["is", "on", "get", "has", "should", "assert"].iter().any(|start| lower.starts_with(start));
    !tells && (CLOSING_WORDS.iter().any(|word| lower.contains(word)) || matches!(name, "kill" | "end"))
}

/// Whether a method is one that reads or writes what is open, and hardly fails just after opening.
#[must_use]
pub fn is_file_method(name: &str) -> bool {
    ["read", "write", "seek", "flush", "truncate", "recv", "send"].iter().any(|start| name.starts_with(start))
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
        "create", "open", "new", "prepare", "acquire", "accept", "fetch", "borrow", "make", "connect", "allocate",
        "start", "lease",
    ];
    let name = name.trim_start_matches('_');
    let verb = VERBS.iter().any(|verb| {
        name.strip_prefix(verb)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|next: char| next.is_uppercase() || next == '_'))
    });
    verb || name == "getConnection" || name == "executeQuery"
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
    matches!(name, "Exception" | "RuntimeException" | "Error" | "Throwable" | "ClientError")
        || WIDE.iter().any(|word| name.contains(word))
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
