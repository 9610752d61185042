//! The form of the tables: `rules/<id>/rule.toml`, `rules/libraries/*.toml`, and the same tables in leaklint.toml.
//!
//! Tables say what an API does; no table says what is a leak. There are no conditions and no regular expressions
//! beyond `*` in names, see [`Pattern`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Part, Pattern};
use crate::lang::Family;

/// `rules/<id>/rule.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleTable {
    /// The name in the style of a class, `UnremovedListener`.
    pub name: String,
    /// One line: what the rule reports.
    pub summary: String,
    pub analysis: Analysis,
    /// The kinds of acquisition the rule selects; of several rules that fit, the one with the lowest precedence reports.
    pub kinds: Vec<String>,
    pub precedence: u8,
    pub severity: Severity,
    pub cwe: Vec<u16>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub languages: Vec<Family>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Analysis {
    /// Something acquired is not given back on every way out.
    Pairing,
    /// Something outside of a deployment refers to its classes.
    Loader,
    /// Something acquired in a life-cycle hook is not given back by the matching one.
    Hook,
    /// Something long-lived only grows.
    Growth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Minor,
    Major,
    Critical,
}

/// What one library, framework or standard library does.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Library {
    pub languages: Vec<Family>,
    /// The tables apply where the file imports one of these modules or packages, or a part of one; always when empty.
    pub imports: Vec<String>,
    pub acquire: Vec<Acquire>,
    pub r#type: Vec<ResourceType>,
    pub release: Vec<Release>,
    pub wrapper: Vec<Wrapper>,
    pub sink: Vec<Sink>,
    pub borrow: Vec<Borrow>,
    pub hook: Vec<Hook>,
    pub owner: Vec<Owner>,
    pub collection: Vec<Collection>,
    pub once: Vec<Once>,
    pub scope: Vec<PathScope>,
    pub callback: Vec<Callback>,
    pub source: Vec<Source>,
    pub exit: Vec<Exit>,
}

/// A call that makes an obligation.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acquire {
    /// `listener`, `timer`, `subscription`, `resource`, …: rules select by it.
    pub kind: String,
    pub call: Vec<Pattern>,
    /// What the message calls it: "interval", "database connection"; the kind when empty.
    #[serde(default)]
    pub what: String,
    /// What a release by handle names; nothing when the acquisition can be undone by its key alone.
    #[serde(default)]
    pub handle: Option<Part>,
    /// What tells this acquisition from its like, for releases by key.
    #[serde(default)]
    pub key: Vec<Part>,
    /// The object that keeps the obligation alive, whose lifetime decides; the process when absent.
    #[serde(default)]
    pub source: Option<Part>,
    /// The callback that is kept.
    #[serde(default)]
    pub callback: Option<Part>,
    /// When the callback is kept no longer: after it ran once.
    #[serde(default)]
    pub once: bool,
    /// Methods of the handle that release it; `()` when it is a function.
    #[serde(default)]
    pub closes: Vec<String>,
    /// A function that comes along and releases it: `done` of `(error, client, done) => …`.
    #[serde(default)]
    pub releaser: Option<Part>,
    /// Other calls that release it.
    #[serde(default)]
    pub release: Vec<Release>,
    #[serde(default)]
    pub require: Vec<Require>,
    /// Where one of these holds the acquisition takes care of itself.
    #[serde(default)]
    pub unless: Vec<Require>,
    /// A bound method is held weakly, and kept no longer than its object.
    #[serde(default)]
    pub weak_methods: bool,
    /// It has a finalizer of its own, which ends it when nothing holds it any more.
    #[serde(default)]
    pub finalized: bool,
    /// Reference counting ends it as soon as no name stands for it, and nothing is left of it then: a local file of Python.
    #[serde(default)]
    pub counted: bool,
    /// What was written may still wait in it when it is not closed: a file.
    #[serde(default)]
    pub buffered: bool,
    /// State of the running thread: only the same stack's `finally` or the after-hook releases it.
    #[serde(default)]
    pub thread: bool,
    /// What calls the hooks before and after a request removes it after them.
    #[serde(default)]
    pub framed: bool,
    /// It is one by name alone, or goes by itself in the end: reported only where the same file also releases one.
    #[serde(default)]
    pub paired: bool,
    /// Doing it again with the same key changes nothing (the DOM keeps one of equal listeners).
    #[serde(default)]
    pub idempotent: bool,
    /// Under the same key it takes the place of the one before.
    #[serde(default)]
    pub replaces: bool,
    /// The object whose end the callback waits for: one that holds it keeps that end from coming.
    #[serde(default)]
    pub waits: Option<Part>,
    /// The object that the registration is made for: a base class that ends it takes the registration off.
    #[serde(default)]
    pub registrant: Option<Part>,
    /// An argument that belongs to the key as a flag: `capture` of the DOM.
    #[serde(default)]
    pub capture: Option<Part>,
    /// The source is commonly an element, which goes together with its listeners.
    #[serde(default)]
    pub element: bool,
    /// Whether the end of `with` or `using` releases it: `with` on a connection of Python's DB API only ends a transaction.
    #[serde(default = "yes")]
    pub entered: bool,
    /// The call fails for reasons outside the program (I/O).
    #[serde(default)]
    pub throws: bool,
    /// What an exception leaves of it is little, or ends with what it was got from.
    #[serde(default)]
    pub settles: bool,
    /// The end of its source ends it, and nothing of it is left then: a statement of a database connection.
    #[serde(default)]
    pub ends_with_source: bool,
    /// It holds so little that only code which surely runs again and again is worth a word.
    #[serde(default)]
    pub little: bool,
    /// It commonly works as long as the process: left open, it is worth a word only where the code surely runs again.
    #[serde(default)]
    pub lasting: bool,
    /// It stays when the process has ended: a directory on the disk.
    #[serde(default)]
    pub persists: bool,
    /// It is memory: writing to it or reading from it does not fail for reasons outside the program.
    #[serde(default)]
    pub memory: bool,
    #[serde(default)]
    pub fix: String,
}

/// A type whose instances must be closed, however they are made.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResourceType {
    pub kind: String,
    /// Qualified names.
    pub name: Vec<String>,
    #[serde(default)]
    pub what: String,
    #[serde(default = "close")]
    pub closes: Vec<String>,
    /// Whether `new T(…)` acquires.
    #[serde(default = "yes")]
    pub constructed: bool,
    /// Whether a call named like a producer (create, open, new, prepare, acquire, …) whose declared type is this one acquires.
    #[serde(default = "yes")]
    pub produced: bool,
    /// Methods that give a new one although they are not named like producers: `fetch`, `retainedSlice`; `*` for any run of characters.
    #[serde(default)]
    pub producers: Vec<String>,
    /// Where one of these holds for a constructor, the instance takes care of itself.
    #[serde(default)]
    pub unless: Vec<Require>,
    /// Constructor arguments that the instance owns: closing it closes them.
    #[serde(default)]
    pub wraps: Vec<Part>,
    /// The constructor fails for reasons outside the program (I/O).
    #[serde(default)]
    pub throws: bool,
    /// What an exception leaves of it is little, or ends with what it was got from.
    #[serde(default)]
    pub settles: bool,
    /// The end of what gave it ends it, and nothing of it is left then.
    #[serde(default)]
    pub ends_with_source: bool,
    /// Reference counting ends it as soon as no name stands for it, and nothing is left of it then: a local file of Python.
    #[serde(default)]
    pub counted: bool,
    /// What was written may still wait in it when it is not closed: a file.
    #[serde(default)]
    pub buffered: bool,
    /// It is memory: writing to it or reading from it does not fail for reasons outside the program.
    #[serde(default)]
    pub memory: bool,
    #[serde(default)]
    pub fix: String,
}

/// A call that undoes acquisitions.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Release {
    pub call: Vec<Pattern>,
    /// The kinds it releases, in a table of its own; inside an acquire table that acquisition.
    #[serde(default)]
    pub kind: Vec<String>,
    /// Where the call names the handle.
    #[serde(default)]
    pub handle: Option<Part>,
    /// Where the call names the parts of the acquire's key, in the same order; `_` for any. A shorter list leaves the rest open.
    #[serde(default)]
    pub key: Vec<Part>,
    /// It leaves something behind: `ThreadLocal.set(null)`.
    #[serde(default)]
    pub weak: bool,
}

/// A call whose result stands for its argument: closing the one closes the other.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wrapper {
    pub call: Vec<Pattern>,
    pub argument: Part,
}

/// A call that takes ownership of its argument.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sink {
    pub call: Vec<Pattern>,
    pub argument: Part,
}

/// A call known to use its argument and not to keep or close it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Borrow {
    pub call: Vec<Pattern>,
    /// It fails for reasons outside the program (I/O, JDBC).
    #[serde(default)]
    pub throws: bool,
}

/// A call that registers code of a life cycle: `useEffect(setup)`, `onUnmounted(teardown)`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hook {
    pub call: Vec<Pattern>,
    /// The framework's word for it.
    #[serde(default)]
    pub what: String,
    /// The function that acquires.
    #[serde(default)]
    pub setup: Option<Part>,
    /// The function that releases: an argument, or `returned` by the setup.
    #[serde(default)]
    pub teardown: Option<Part>,
    /// A parameter of the setup that registers a teardown: `onCleanup` of Vue's `watch`.
    #[serde(default)]
    pub registers: Option<Part>,
}

/// Classes with a life cycle.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Owner {
    /// The framework's word for it: "component", "servlet filter".
    pub what: String,
    /// Which classes: those that extend or implement one of these (last part of the name; all when bases, annotations and objects are empty).
    pub bases: Vec<String>,
    /// Those with one of these decorators or annotations.
    pub annotations: Vec<String>,
    /// Object literals given to one of these calls: `Vue.extend`, `defineComponent`, `export default` of a .vue file as `default`.
    pub objects: Vec<Pattern>,
    /// Functions that make one of these calls: components and composables without a class.
    pub calls: Vec<Pattern>,
    /// Those object literals that are given to a call and have one of these properties: `methods`, `computed`.
    pub members: Vec<String>,
    /// Those object literals that have one of these methods, wherever they stand: `componentWillUnmount` of a mixin.
    pub marks: Vec<String>,
    /// Methods that run when an instance starts; several times where the framework says so.
    pub setup: Vec<String>,
    /// Methods that run when an instance ends.
    pub teardown: Vec<String>,
    /// Annotations of methods that run when an instance ends.
    pub teardown_annotations: Vec<String>,
    /// Methods that run again and again (render, request handlers).
    pub repeats: Vec<String>,
    /// The one instance lives as long as the process.
    pub singleton: bool,
    /// An instance serves one connection or request, and goes with it.
    pub brief: bool,
    /// Annotations of those that serve many all the same: `@Sharable`.
    pub shared: Vec<String>,
    /// Names of classes, or of files of a component each, that are the root of an application: there is one of them.
    pub roots: Vec<String>,
    /// Its class loader is meant to go with it: a web application that is undeployed.
    pub deployed: bool,
    /// Pairs of before and after hooks that frame a request on one thread: `preHandle` and `afterCompletion`.
    pub frames: Vec<[String; 2]>,
    /// Methods that look like the after hook and are skipped when the request fails: `postHandle`.
    pub skipped: Vec<String>,
    /// Fields assigned by the framework that end with the instance: `this.el`, `this.$refs`.
    pub own: Vec<String>,
    /// Annotations of such fields: `@ViewChild`.
    pub own_annotations: Vec<String>,
}

/// Types of collections, or what builds them.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Collection {
    /// Types, constructors and factory calls, by qualified name.
    pub name: Vec<String>,
    pub bound: Bound,
    /// Arguments or keywords without which it has no bound: `maxlen`, `maxsize`, `maximumSize`.
    #[serde(default)]
    pub limit: Vec<Part>,
    /// Methods of a builder chain that give it a bound.
    #[serde(default)]
    pub limited_by: Vec<String>,
    #[serde(default)]
    pub grow: Vec<String>,
    #[serde(default)]
    pub shrink: Vec<String>,
    /// A buffer between producer and consumer.
    #[serde(default)]
    pub queue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Grows with what is put in.
    None,
    /// Evicts by itself: LRU, TTL, weak, enum keys.
    Always,
    /// Evicts when one of the limits is given.
    Limited,
}

/// Functions that run once in a process.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Once {
    /// Names of functions; one with a `*` is not taken for methods of instances.
    #[serde(default)]
    pub name: Vec<String>,
    #[serde(default)]
    pub annotations: Vec<String>,
    /// Calls, as they are written, that a function makes once in a process: the run of the main loop. Each is a statement.
    #[serde(default)]
    pub calls: Vec<String>,
}

/// How often the code of some files, named by their paths or classes, runs: scripts and migrations run once.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PathScope {
    /// Paths in which `*` stands for any run of characters; one that names no root meets at every depth.
    pub paths: Vec<String>,
    /// Bases and interfaces of classes that say so of other files.
    #[serde(default)]
    pub bases: Vec<String>,
    /// Only files that are programs: those that ask whether they are the one that was started (`__main__`).
    #[serde(default)]
    pub programs: bool,
    pub runs: Runs,
}

/// When a callback given to a call runs.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Callback {
    pub call: Vec<Pattern>,
    pub runs: Runs,
    /// In words, for the story: "per request".
    #[serde(default)]
    pub per: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Before the call returns.
    Now,
    /// Once in the life of the process.
    Once,
    /// Again and again: per request, per event.
    Repeatedly,
}

/// Calls that end the process: what a teardown that makes one leaves behind goes with it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exit {
    pub call: Vec<Pattern>,
}

/// Objects with a known lifetime.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Paths of objects, calls or types.
    #[serde(default)]
    pub name: Vec<Pattern>,
    /// Names that parameters of functions have by custom: `req`, `socket`.
    #[serde(default)]
    pub parameter: Vec<String>,
    /// Calls of that name that are something else.
    #[serde(default)]
    pub unless: Vec<Require>,
    pub lives: Lifetime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lifetime {
    /// Gone with the call, request or object that made it.
    Short,
    Process,
}

/// A condition on the arguments of a call.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Require {
    pub argument: Option<Part>,
    /// A property of the argument, an object literal.
    pub option: String,
    pub is: Shape,
    /// Its declared or evident type, the factory that makes it, or the constant it names, is one of these; any when empty.
    pub types: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Anything at all.
    #[default]
    Given,
    Function,
    /// A function, lambda or method that this very file defines.
    KnownFunction,
    String,
    /// A string with a dot in it: `click.menu`.
    DottedString,
    True,
    False,
    Null,
    /// Not a literal null, `None` or undefined.
    Value,
    /// The number 0.
    Zero,
    Object,
    /// The name of a class, not an instance of one.
    Type,
    /// The object whose method makes the call: `registry.add(this)`.
    Itself,
    /// By its name something open that the caller has: `file`, `request.stream`, `BytesIO(…)`.
    Stream,
}

fn close() -> Vec<String> {
    vec!["close".to_owned()]
}

fn yes() -> bool {
    true
}
