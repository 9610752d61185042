//! Patterns of calls: how a table names an API.
//!
//! | form | meets |
//! |---|---|
//! | `setInterval`, `fs.createReadStream`, `java.nio.file.Files.lines` | a call of the function with that qualified name |
//! | `new java.io.FileInputStream` | a constructor |
//! | `.addEventListener`, `.onDid*` | a method of any receiver |
//! | `java.sql.Connection#prepareStatement` | a method of a receiver of that type |
//! | `reactor.core.publisher.Flux##subscribe` | the same, also at the end of a chain of calls: `flux.map(f).subscribe(g)` |
//! | `sqlalchemy.orm.sessionmaker#()` | a call of an object of that type |
//!
//! `*` stands for any run of characters in the last name.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Module, QualifiedName};

/// The name of the method by which an object itself is called: `sessionmaker#()`.
pub const CALLED: &str = "()";

/// One call, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    pub form: Form,
    /// The last name: of the function, the method or the class.
    pub name: String,
}

/// What stands before the last name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A function by its qualified name; the whole of it, the last name included.
    Path(String),
    /// A constructor, by the qualified name of the class.
    New(String),
    /// A method of anything.
    Method,
    /// A method of a receiver of this type.
    TypeMethod(String),
    /// A method at the end of a chain of calls that begins with this type.
    ChainMethod(String),
}

/// What a pattern is held against.
#[derive(Debug, Default)]
pub struct CallShape {
    pub constructs: bool,
    /// What the callee resolves to.
    pub path: Option<QualifiedName>,
    /// The method's name where the callee is a member of a receiver.
    pub method: Option<crate::model::Name>,
    /// The receiver's type, where it is known.
    pub receiver: Option<QualifiedName>,
    /// The type of what the chain of calls begins with that ends with the receiver.
    pub chain: Option<QualifiedName>,
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no pattern of a call; write function.path, new Type, .method or Type#method")]
pub struct BadPattern(String);

impl FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let last = |path: &str| path.rsplit(['.', '/']).next().unwrap_or(path).to_owned();
        let pattern = if let Some(path) = text.strip_prefix("new ") {
            Self { form: Form::New(path.to_owned()), name: last(path) }
        } else if let Some(name) = text.strip_prefix('.') {
            Self { form: Form::Method, name: name.to_owned() }
        } else if let Some((class, name)) = text.split_once("##") {
            Self { form: Form::ChainMethod(class.to_owned()), name: name.to_owned() }
        } else if let Some((class, name)) = text.split_once('#').filter(|(class, _)| !class.is_empty()) {
            Self { form: Form::TypeMethod(class.to_owned()), name: name.to_owned() }
        } else {
            Self { form: Form::Path(text.to_owned()), name: last(text) }
        };
        if pattern.name.is_empty() || text.contains(char::is_control) {
            return Err(BadPattern(text.to_owned()));
        }
        Ok(pattern)
    }
}

impl Pattern {
    /// Whether the last name has a `*`.
    #[must_use]
    pub fn is_wild(&self) -> bool {
        self.name.contains('*')
    }

    /// Whether a call of a file is what the pattern names.
    #[must_use]
    pub fn matches(&self, shape: &CallShape, module: &Module) -> bool {
        match &self.form {
            Form::New(class) => shape.constructs && shape.path.as_ref().is_some_and(|path| names(class, path, module)),
            Form::Method => !shape.constructs && shape.method.as_ref().is_some_and(|method| glob(&self.name, method)),
            Form::TypeMethod(class) if self.name == CALLED => {
                shape.method.is_none() && shape.receiver.as_ref().is_some_and(|receiver| names(class, receiver, module))
            }
            Form::TypeMethod(class) => {
                shape.method.as_ref().is_some_and(|method| glob(&self.name, method))
                    && shape.receiver.as_ref().is_some_and(|receiver| names(class, receiver, module))
            }
            Form::ChainMethod(class) => {
                shape.method.as_ref().is_some_and(|method| glob(&self.name, method))
                    && [&shape.receiver, &shape.chain].into_iter().flatten().any(|ty| names(class, ty, module))
            }
            Form::Path(path) => {
                !shape.constructs && shape.path.as_ref().is_some_and(|actual| names(path, actual, module))
            }
        }
    }
}

/// Whether a qualified name of a table is the one a file uses.
///
/// A Java name that only a wildcard import, the same package or `java.lang` can declare is taken for the table's
/// where the file imports that package; a name without a package meets any. `*Holder` is about the last name alone.
#[must_use]
pub fn names(wanted: &str, actual: &QualifiedName, module: &Module) -> bool {
    if wanted.starts_with('*') {
        return glob(wanted, actual.last());
    }
    if actual.is_unresolved() {
        let Some(package) = wanted.strip_suffix(actual.name.as_str()).and_then(|rest| rest.strip_suffix('.')) else {
            return wanted == actual.name;
        };
        return package == "java.lang"
            || module.wildcards.iter().any(|wildcard| wildcard == package)
            || module.package.as_deref() == Some(package);
    }
    if actual.module.is_empty() {
        return glob(wanted, &actual.name);
    }
    if actual.name.is_empty() {
        return glob(wanted, &actual.module);
    }
    // `from .compat import httplib`, `from six.moves import urllib`: the same under another roof.
    let shim = actual.module.rsplit('.').next().is_some_and(|last| last == "moves" || last.contains("compat"));
    if shim && glob(wanted, &actual.name) {
        return true;
    }
    let Some(rest) = wanted.strip_prefix(actual.module.as_str()) else {
        return false;
    };
    rest.strip_prefix('.').is_some_and(|rest| glob(rest, &actual.name))
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    match tail.split_once('*') {
        None => rest.ends_with(tail),
        Some((middle, "")) => rest.contains(middle),
        Some(_) => (0..=rest.len()).any(|at| rest.is_char_boundary(at) && glob(tail, &rest[at..])),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Path(path) => out.write_str(path),
            Form::New(class) => write!(out, "new {class}"),
            Form::Method => write!(out, ".{}", self.name),
            Form::TypeMethod(class) => write!(out, "{class}#{}", self.name),
            Form::ChainMethod(class) => write!(out, "{class}##{}", self.name),
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "a call: function.path, new Type, .method or Type#method; * for any run of characters in the last name"
        })
    }
}
