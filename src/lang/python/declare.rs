//! Declares the names a scope binds: in Python any assignment in a function makes the name local to it.

use super::Front;
use crate::lang::cst::{self, Cst};
use crate::model::{Name, VariableKind};
use crate::source::Span;

impl Front {
    /// Declares every name that `body` binds, nested functions and classes left out.
    pub fn declare_names(&mut self, body: Cst<'_>) {
        let mut names: Vec<(Name, Span)> = Vec::new();
        let mut elsewhere: Vec<(Name, bool)> = Vec::new();
        cst::walk(body, |node| {
            match node.kind() {
                "assignment" | "augmented_assignment" | "for_statement" => {
                    if let Some(left) = node.field("left") {
                        targets(left, &mut names);
                    }
                }
                "named_expression" | "function_definition" | "class_definition" => {
                    if let Some(name) = node.field("name") {
                        names.push((name.name(), name.span()));
                    }
                }
                "as_pattern_target" => targets(node, &mut names),
                "except_clause" => {
                    if let Some(alias) = node.field("alias") {
                        targets(alias, &mut names);
                    }
                }
                "import_statement" | "import_from_statement" => imported(node, &mut names),
                "case_pattern" => {
                    if let Some(capture) =
                        node.first().filter(|inner| inner.is("dotted_name") && !inner.text().contains('.'))
                    {
                        names.push((capture.name(), capture.span()));
                    }
                }
                "global_statement" | "nonlocal_statement" => {
                    let global = node.is("global_statement");
                    elsewhere.extend(node.children().into_iter().map(|name| (name.name(), global)));
                }
                _ => {}
            }
            node.id() == body.id() || !opens_scope(node)
        });
        for (name, global) in &elsewhere {
            let variable = if *global {
                Some(self.low.declare_at(0, name.clone(), body.span(), VariableKind::Local))
            } else {
                self.low.resolve(name)
            };
            if let Some(variable) = variable {
                self.low.alias(name.clone(), variable);
                // Notes the capture, so that the function is known to reach the variable.
                self.low.resolve(name);
            }
        }
        for (name, span) in names {
            if !elsewhere.iter().any(|(other, _)| *other == name) {
                self.low.declare(name, span, VariableKind::Local);
            }
        }
    }
}

/// The names an assignment target binds.
pub fn targets(node: Cst<'_>, names: &mut Vec<(Name, Span)>) {
    match node.kind() {
        "identifier" => names.push((node.name(), node.span())),
        "pattern_list"
        | "tuple_pattern"
        | "list_pattern"
        | "list_splat_pattern"
        | "as_pattern_target"
        | "tuple"
        | "list"
        | "list_splat"
        | "expression_list"
        | "parenthesized_expression" => {
            for child in node.children() {
                targets(child, names);
            }
        }
        _ => {}
    }
}

fn imported(node: Cst<'_>, names: &mut Vec<(Name, Span)>) {
    for name in node.fields("name") {
        if name.is("aliased_import") {
            if let Some(alias) = name.field("alias") {
                names.push((alias.name(), alias.span()));
            }
        } else if node.is("import_statement") {
            if let Some(first) = name.first() {
                names.push((first.name(), first.span()));
            }
        } else {
            names.push((name.name(), name.span()));
        }
    }
}

fn opens_scope(node: Cst<'_>) -> bool {
    matches!(
        node.kind(),
        "function_definition"
            | "class_definition"
            | "lambda"
            | "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression"
    )
}
