//! The parts of a call as tables name them: `receiver`, `arg0`, `keyword:timeout`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Receiver,
    Callee,
    Result,
    /// The value that the promise or coroutine gives.
    Awaited,
    /// What the setup function gives back.
    Returned,
    /// From 0.
    Argument(u16),
    /// The last argument.
    Last,
    Keyword(String),
    /// A parameter of the function given as an argument: `callback0.1`.
    CallbackParameter(u16, u16),
    /// An element of the result taken apart: `result.0`.
    Element(u16),
    Any,
}

/// The text is no part of a call.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` names no part of a call; use receiver, callee, result, result.0, awaited, returned, arg0, last, keyword:name, callback0.1 or _"
)]
pub struct BadPart(String);

impl FromStr for Part {
    type Err = BadPart;

    fn from_str(text: &str) -> Result<Self, BadPart> {
        let bad = || BadPart(text.to_owned());
        Ok(match text {
            "receiver" => Self::Receiver,
            "callee" => Self::Callee,
            "result" => Self::Result,
            "awaited" => Self::Awaited,
            "returned" => Self::Returned,
            "last" => Self::Last,
            "_" => Self::Any,
            _ => {
                if let Some(name) = text.strip_prefix("keyword:") {
                    Self::Keyword(name.to_owned())
                } else if let Some(index) = text.strip_prefix("arg") {
                    Self::Argument(index.parse().map_err(|_| bad())?)
                } else if let Some(index) = text.strip_prefix("result.") {
                    Self::Element(index.parse().map_err(|_| bad())?)
                } else if let Some((argument, parameter)) =
                    text.strip_prefix("callback").and_then(|rest| rest.split_once('.'))
                {
                    Self::CallbackParameter(argument.parse().map_err(|_| bad())?, parameter.parse().map_err(|_| bad())?)
                } else {
                    return Err(bad());
                }
            }
        })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receiver => out.write_str("receiver"),
            Self::Callee => out.write_str("callee"),
            Self::Result => out.write_str("result"),
            Self::Awaited => out.write_str("awaited"),
            Self::Returned => out.write_str("returned"),
            Self::Last => out.write_str("last"),
            Self::Any => out.write_str("_"),
            Self::Keyword(name) => write!(out, "keyword:{name}"),
            Self::Argument(index) => write!(out, "arg{index}"),
            Self::Element(index) => write!(out, "result.{index}"),
            Self::CallbackParameter(argument, parameter) => write!(out, "callback{argument}.{parameter}"),
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Part {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Part {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Part".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "a part of a call: receiver, callee, result, arg0, …" })
    }
}
