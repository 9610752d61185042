//! What the messages call a class and its teardowns.

use super::Case;
use crate::model::{ClassId, FunctionId};
use crate::source::Span;

pub fn class_name(case: &Case<'_>, class: ClassId) -> String {
    match &case.context.module.classes[class].name {
        Some(name) => format!("`{name}`"),
        None => "the object".to_owned(),
    }
}

pub fn teardown_names(case: &Case<'_>, teardowns: &[FunctionId]) -> String {
    let module = case.context.module;
    let mut names: Vec<String> = Vec::new();
    for function in teardowns {
        let name = module.functions[*function]
            .name
            .as_ref()
            .map_or_else(|| "the cleanup".to_owned(), |name| format!("`{name}`"));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(3);
    names.join(", ")
}

pub fn teardown_span(case: &Case<'_>, teardowns: &[FunctionId]) -> Span {
    let module = case.context.module;
    teardowns.iter().map(|function| module.functions[*function].name_span).min().unwrap_or_default()
}
