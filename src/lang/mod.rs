//! Front-ends: source text → syntax tree → model. The only place that knows the grammars.
//!
//! A language is a folder with a `lower` function. Lowering is total: what a front-end does not know becomes
//! [`crate::model::ExprKind::Opaque`], and what the parser could not read becomes a [`Gap`].

mod cst;
mod java;
mod javascript;
mod lowering;
mod python;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::{Gap, Module};
use crate::source::SourceFile;

/// The syntax a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    JavaScript,
    TypeScript,
    Tsx,
    Vue,
    Svelte,
    Java,
    Python,
}

/// A language as rules know it: all dialects of JavaScript are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    JavaScript,
    Java,
    Python,
}

impl Language {
    /// The language of a file by its extension.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "js" | "jsx" | "mjs" | "cjs" => Self::JavaScript,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "vue" => Self::Vue,
            "svelte" => Self::Svelte,
            "java" => Self::Java,
            "py" | "pyw" => Self::Python,
            _ => return None,
        })
    }

    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Tsx => "tsx",
            Self::Vue => "vue",
            Self::Svelte => "svelte",
            Self::Java => "java",
            Self::Python => "python",
        }
    }

    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Java => Family::Java,
            Self::Python => Family::Python,
            _ => Family::JavaScript,
        }
    }
}

/// The model of a file, and the parts of it that could not be read.
#[must_use]
pub fn lower(source: &SourceFile) -> (Module, Vec<Gap>) {
    match source.language.family() {
        Family::Java => java::lower(source),
        Family::Python => python::lower(source),
        Family::JavaScript => javascript::lower(source),
    }
}

/// The syntax tree as indented text, for `leaklint debug tree`.
#[must_use]
pub fn tree_text(source: &SourceFile) -> String {
    match source.language.family() {
        Family::Java => java::outline(source),
        Family::Python => cst::outline(&python::grammar(), source, &source.text, &[]),
        Family::JavaScript => javascript::outline(source),
    }
}
