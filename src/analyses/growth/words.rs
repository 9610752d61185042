//! What names say: methods of collections, functions that make keys, values and parameters.
//!
//! English words and the vocabulary of the languages themselves; what a library calls things is in its table.

mod lives;

pub use self::lives::*;
use crate::catalogue::glob;

/// Whether a word is in a list of words.
fn has(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|known| known == word)
}

const SIZES: &str = "length size __len__ mappingCount qsize byteLength getCount estimatedSize";

const VIEWS: &str = "values keys entries entrySet keySet items iterator listIterator descendingIterator stream subList \
    headMap tailMap navigableKeySet asMap parallelStream elements";

const ACCESSORS: &str = "get getOrDefault computeIfAbsent setdefault at peek getFirst getLast first last find peekFirst \
    peekLast putIfAbsent elementAt getIfPresent";

/// Functions that look at what they are given, or copy it.
const NEUTRAL: &str = "len list sorted set tuple dict str repr print iter enumerate zip any all sum min max map filter \
    reversed isinstance bool id hash type copy deepcopy next hasattr getattr join keys values entries freeze stringify \
    from isArray Map Set String Boolean log debug info warn warning error trace println printf format ArrayList HashMap \
    HashSet LinkedList TreeMap TreeSet LinkedHashMap LinkedHashSet CopyOnWriteArrayList copyOf toString valueOf isEmpty \
    frozenset chain requireNonNull notNull checkNotNull race allSettled gather wait from_iterable isNotEmpty isNullOrEmpty \
    Counter mean median forEach each some every reduce size";

const HARMLESS: &str = "equals hashCode lock unlock acquire release notify notifyAll signal incr incrementAndGet decrementAndGet \
    increment decrement resolve reject setTimeout clearTimeout setInterval clearInterval super bind test split trim slice \
    startswith endswith startsWith endsWith lower upper strip replace toLowerCase monotonic append push then catch finally \
    delete discard remove clear pop cancel debug fine finer finest verbose Error";

const STARTS: &str = "create_task ensure_future run_coroutine_threadsafe submit runAsync supplyAsync spawn_task";

const COPYING: &str = "addAll putAll extend update concat union";

/// Calls that make something new each time.
const FRESH_CALLS: &str = "Symbol uuid uuid1 uuid4 v4 v1 randomUUID nanoid random now time identityHashCode id \
    getAndIncrement incrementAndGet nextId currentTimeMillis nanoTime create_task ensure_future create_future token_hex \
    uniqueId monotonic perf_counter";

const FINITE_CALLS: &str = "type getClass typeof ordinal valueOf getSimpleName isinstance bool getLocale charCodeAt ord \
    getDeclaringClass getDayOfWeek getMonth getenv currentThread get_ident";

const FINITE_TYPES: &str = "Class Type type Locale Charset boolean Boolean bool TimeZone ZoneId Method Field Constructor \
    char Currency Level TimeUnit ClassLoader AnnotatedElement HttpMethod KeyCode DayOfWeek Function Package MediaType \
    ResolvableType JavaType TypeReference Module";

/// Objects that come and go: as keys or values each of them is one more.
const OBJECT_TYPES: &str = "Node Element HTMLElement EventTarget Widget Socket WebSocket Channel Session Connection Request \
    Response HttpServletRequest HttpSession Thread Future Promise Task Process Document Window";

/// Values that differ from request to request, from message to message.
const EVENT: &str = "id uid uuid guid req request res response event evt msg message packet socket session sessionid ctx \
    conn connection client user userid username email ip addr address token url uri href query body payload channel peer \
    sid job task future order customer account transaction timestamp seq nonce remote element elem el node widget tag \
    flow span frame thread worker tab host hostname remoteaddr ipaddress remoteaddress cid pid room error err exception exc throwable failure chunk record sample \
    entry line data";

const FINITE: &str = "type kind cls klass clazz class classname locale lang language level method methodname status \
    statuscode errno code encoding charset extension ext mode option setting config enum mimetype mime contenttype driver \
    format schema field fieldname attr attribute prop property propname operator op color theme unit currency timezone tz \
    weekday target decorator plugin module modulename ctor constructor table eventname eventtype plugins section feature \
    flag icon style font parameter param column columnname colname tablename layer environment env locales region \
    length size width height depth precision scale index digits count n nodename tagname topic queue queuename threadid tid \
    ident group category scope command service servicename widgetname";

/// Words for code that is registered once, such as a listener or a plugin.
const REGISTRATIONS: &str = "listener handler callback cb fn func function hook plugin middleware observer subscriber \
    interceptor filter provider factory resolver validator extension converter processor module decorator customizer";

/// Whole objects of a request: as an argument of a memo they stay with all they hold.
const HEAVY: &str = "request req response resp session flow frame connection conn event message msg dataframe df tensor \
    image document soup tree socket websocket";

const BOUNDS: &str = "lru bounded limited expir ttl weak evict ring circular fixed capped cache2k soft timed maxsize";

#[must_use]
pub fn is_size(name: &str) -> bool {
    has(SIZES, name)
}

#[must_use]
pub fn is_view(name: &str) -> bool {
    has(VIEWS, name)
}

#[must_use]
pub fn is_accessor(name: &str) -> bool {
    has(ACCESSORS, name)
}

/// Functions that look at what they are given, or copy it.
#[must_use]
pub fn is_neutral(name: &str) -> bool {
    has(NEUTRAL, name) || glob("unmodifiable*", name) || glob("immutable*", name) || glob("assert*", name)
}

/// Calls that do no work that fails: logs, getters, small changes of state.
#[must_use]
pub fn is_harmless(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let led = |lead: &str| {
        name.strip_prefix(lead)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_uppercase) || rest.starts_with('_'))
    };
    ["get", "is", "has", "set", "add", "put"].iter().any(|lead| led(lead))
        || lower.contains("log")
        || has(HARMLESS, name)
}

/// Methods that copy the elements of their argument.
#[must_use]
pub fn is_copying(name: &str) -> bool {
    has(COPYING, name)
}

#[must_use]
pub fn makes_fresh(name: &str) -> bool {
    has(FRESH_CALLS, name)
}

#[must_use]
pub fn gives_one_of_few(name: &str) -> bool {
    has(FINITE_CALLS, name)
}

/// Types with few values. A kind or state is one of a few, as the word says.
#[must_use]
pub fn is_finite_type(name: &str) -> bool {
    has(FINITE_TYPES, name) || ["Class", "Enum", "Type", "Kind", "Status", "Mode"].iter().any(|end| name.ends_with(end))
}

/// Types whose instances come and go.
#[must_use]
pub fn is_object_type(name: &str) -> bool {
    has(OBJECT_TYPES, name)
}

fn plain(name: &str) -> String {
    name.trim_matches(['_', '$', '#']).chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase()
}

/// `themeId`, `pluginid`
fn is_id_of_few(lower: &str) -> bool {
    lower.strip_suffix("id").is_some_and(|of| has(FINITE, of))
}

/// Kinds and names that the program text fixes.
#[must_use]
pub fn is_finite_name(name: &str) -> bool {
    let lower = plain(name);
    is_id_of_few(&lower) || has(FINITE, &lower) || lower.ends_with("type") || lower.ends_with("class")
}

/// Ids and parts of requests; not the id of a theme or plugin, of which there are few.
#[must_use]
pub fn is_event_name(name: &str) -> bool {
    let lower = plain(name);
    if is_id_of_few(&lower) {
        return false;
    }
    has(EVENT, &lower) || ends_with_id(name) || ["request", "session", "address"].iter().any(|end| lower.ends_with(end))
}

/// An object that holds a whole request, frame or data set.
#[must_use]
pub fn is_heavy_name(name: &str) -> bool {
    has(HEAVY, &plain(name))
}

/// `userId`, `user_id`, `USER_ID`; not `grid` or `valid`.
fn ends_with_id(name: &str) -> bool {
    ["Id", "ID", "_id", "Uuid", "_uuid"].iter().any(|end| name.ends_with(end))
}

/// `MAX_SIZE`, `Color.RED`: fixed by the program.
#[must_use]
pub fn is_constant(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1 && name.chars().all(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The name of a listener, a plugin, a function: what is registered.
#[must_use]
pub fn is_registered_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    REGISTRATIONS
        .split_ascii_whitespace()
        .any(|word| lower.ends_with(word) || lower.strip_suffix('s').is_some_and(|one| one.ends_with(word)))
}

/// Names of types that evict. A type is known by its name alone only where its source is out of sight.
#[must_use]
pub fn names_a_bound(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    BOUNDS.split_ascii_whitespace().any(|word| lower.contains(word)) && !lower.contains("string")
        || lower.contains("lru")
}

/// Fields that say that the owner is at its end: what hangs on them is no mistake.
#[must_use]
pub fn says_it_ends(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [
        "clos", "dispos", "destroy", "stop", "end", "shut", "dead", "running", "active", "mounted", "terminat",
        "initial", "start",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// Names of what a timer calls when nobody answered.
#[must_use]
pub fn gives_up(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["reject", "resolve", "callback", "cb", "fail", "settimedout"].iter().any(|word| lower.ends_with(word))
}

/// Names of methods that take something away.
#[must_use]
pub fn removes(name: &str) -> bool {
    let lower = name.trim_start_matches('_').to_ascii_lowercase();
    [
        "remove",
        "delete",
        "unregister",
        "deregister",
        "unbind",
        "destroy",
        "release",
        "unsubscribe",
        "discard",
        "evict",
        "forget",
        "detach",
    ]
    .iter()
    .any(|word| lower.starts_with(word))
        || lower.ends_with("removed")
        || lower.ends_with("removal")
}

/// Methods that end the object they are called on.
#[must_use]
pub fn ends(name: &str) -> bool {
    has("close disconnect dispose destroy terminate shutdown kill end release cancel stop", name)
}

/// Types of plain values, which are never closed.
#[must_use]
pub fn is_plain_type(name: &str) -> bool {
    has("String Integer Long int long str Number Object CharSequence UUID URI URL Boolean Short Byte", name)
}

/// Types whose instances guard state that several threads use.
#[must_use]
pub fn is_lock_type(name: &str) -> bool {
    ["Lock", "Condition", "Semaphore", "Mutex"].iter().any(|end| name.ends_with(end))
}

/// Types that keep a text or bytes that are written to them.
#[must_use]
pub fn is_text_type(name: &str) -> bool {
    ["StringBuilder", "StringBuffer", "StringIO", "BytesIO", "ByteArrayOutputStream", "StringWriter"].contains(&name)
}

/// Functions by which a program is put together: what they add is there once.
#[must_use]
pub fn puts_together(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    [
        "register",
        "define",
        "configure",
        "load",
        "init",
        "setup",
        "install",
        "declare",
        "build",
        "use",
        "with",
        "create_menu",
        "add_argument",
    ]
    .iter()
    .any(|lead| {
        name.strip_prefix(lead).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with(char::is_uppercase)
                || rest.starts_with('_')
                || rest.starts_with("ialize")
        })
    })
}

/// Names of events, under which listeners are kept.
#[must_use]
pub fn is_event_key(name: &str) -> bool {
    has("event evt eventname signal hook name topic channel message msg key", &plain(name))
}

/// Names of functions that are called with what comes in.
#[must_use]
pub fn handles(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    let lower = name.to_ascii_lowercase();
    ["on_", "handle", "receive", "data_received"].iter().any(|lead| lower.starts_with(lead))
        || name.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase))
        || lower.ends_with("received")
}

/// Names of files, folders and other things of which a program works with a certain number.
#[must_use]
pub fn names_a_place(name: &str) -> bool {
    let lower = plain(name);
    [
        "path",
        "file",
        "filename",
        "dir",
        "directory",
        "folder",
        "root",
        "cwd",
        "package",
        "pkg",
        "locale",
        "font",
        "icon",
        "glob",
    ]
    .iter()
    .any(|word| lower.ends_with(word))
}

/// A name or number that stands for one thing among as many as there come: a user, a session, an address.
#[must_use]
pub fn is_identity(name: &str) -> bool {
    ends_with_id(name) || has("id uid uuid ip user session request req token remoteaddr sid socket", &plain(name))
}

/// Lists of lines: logs, transcripts, output.
#[must_use]
pub fn holds_lines(name: &str) -> bool {
    let lower = plain(name.rsplit('.').next().unwrap_or(name));
    ["line", "lines", "log", "logs", "output", "buffer", "transcript", "text", "chunks"]
        .iter()
        .any(|word| lower.ends_with(word))
}

/// The first parameter of a handler of requests.
#[must_use]
pub fn is_request(name: &str) -> bool {
    has("req request ctx context event evt exchange environ scope socket", &plain(name))
}

/// Functions that end everything at once, of a module or class: nobody calls them while the program works.
#[must_use]
pub fn ends_all(name: &str) -> bool {
    let lower: String = name.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    [
        "shutdown",
        "uninstrument",
        "teardown",
        "cancelall",
        "removeall",
        "resetstate",
        "deactivate",
        "uninstall",
        "disposeall",
        "closeall",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || lower.starts_with("cancel") && lower.ends_with('s')
}

/// Methods that do the one thing an entry is there for.
#[must_use]
pub fn runs_once(name: &str) -> bool {
    has("run execute load complete resolve commit fulfil fulfill settle flush", name)
}

/// Calls that start something and give back a handle to it.
#[must_use]
pub fn starts_a_task(name: &str) -> bool {
    has(STARTS, name)
}

/// Methods that take the first of a list.
#[must_use]
pub fn takes_first(name: &str) -> bool {
    matches!(name, "shift" | "popleft" | "poll" | "dequeue")
}

/// Methods of queues that wait for one entry.
#[must_use]
pub fn waits_for_one(name: &str) -> bool {
    matches!(name, "take" | "takeFirst" | "takeLast")
}

/// Code that tests run to start afresh.
#[must_use]
pub fn is_for_tests(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["fortest", "for_test", "fortesting", "_test_", "intest", "_in_test"].iter().any(|word| lower.contains(word))
        || lower.starts_with("test_")
        || lower.starts_with("_test")
}

/// Whether a class is named as what serves one request, message or pass.
#[must_use]
pub fn is_of_one_task(class: &str) -> bool {
    const ENDS: [&str; 25] = [
        "Request",
        "Response",
        "Result",
        "Builder",
        "Event",
        "Entry",
        "Message",
        "Msg",
        "Visitor",
        "Parser",
        "Sorter",
        "Tokenizer",
        "Dialog",
        "ProcessingContext",
        "RequestContext",
        "ExecutionContext",
        "InvocationContext",
        "ParseContext",
        "Iterator",
        "Transaction",
        "Downloader",
        "Compiler",
        "Exporter",
        "Importer",
        "Formatter",
    ];
    ENDS.iter().any(|end| class.ends_with(end))
}
