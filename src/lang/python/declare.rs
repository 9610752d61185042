//! Declares the names a scope binds: in Python any assignment in a function makes the name local to it.

use super::Front;
use crate::lang::cst::{self, Cst};
use crate::model::{Name, VariableKind};
use crate::source::Span;

impl Front {
    /// Declares every name that `body` binds, nested functions and classes left out.
    pub fn declare_names(&mut self, body: Cst<'_>) {
        let found = bindings(body);
        self.declare_elsewhere(&found, body.span());
        for (name, span) in found.assigned.into_iter().chain(found.defined) {
            if !found.elsewhere.iter().any(|(other, _)| *other == name) {
                self.low.declare(name, span, VariableKind::Local);
            }
        }
    }

    /// What a class body binds is state of the class, and seen from its methods through the class alone.
    pub fn class_names(&mut self, body: Cst<'_>) -> Vec<(Name, Span)> {
        let mut found = bindings(body);
        self.declare_elsewhere(&found, body.span());
        found.assigned.retain(|(name, _)| !found.elsewhere.iter().any(|(other, _)| other == name));
        found.assigned
    }

    fn declare_elsewhere(&mut self, found: &Bindings, span: Span) {
        for (name, global) in &found.elsewhere {
            let variable = if *global {
                Some(self.low.declare_at(0, name.clone(), span, VariableKind::Local))
            } else {
                self.low.resolve(name)
            };
            if let Some(variable) = variable {
                self.low.alias(name.clone(), variable);
                // Notes the capture, so that the function is known to reach the variable.
                self.low.resolve(name);
            }
        }
    }
}

/// The names a body binds.
#[derive(Default)]
struct Bindings {
    assigned: Vec<(Name, Span)>,
    /// By `def`, `class` and `import`.
    defined: Vec<(Name, Span)>,
    /// `global` (true) and `nonlocal`.
    elsewhere: Vec<(Name, bool)>,
}

fn bindings(body: Cst<'_>) -> Bindings {
    let mut found = Bindings::default();
    cst::walk(body, |node| {
        match node.kind() {
            "assignment" | "augmented_assignment" | "for_statement" => {
                if let Some(left) = node.field("left") {
                    targets(left, &mut found.assigned);
                }
            }
            "named_expression" => found.assigned.extend(node.field("name").map(|name| (name.name(), name.span()))),
            "function_definition" | "class_definition" => {
                found.defined.extend(node.field("name").map(|name| (name.name(), name.span())));
            }
            "as_pattern_target" => targets(node, &mut found.assigned),
            "except_clause" => {
                if let Some(alias) = node.field("alias") {
                    targets(alias, &mut found.assigned);
                }
            }
            "import_statement" | "import_from_statement" => imported(node, &mut found.defined),
            "case_clause" => {
                for pattern in node.children().into_iter().filter(|child| child.is("case_pattern")) {
                    captures(pattern, &mut found.assigned);
                }
            }
            "global_statement" | "nonlocal_statement" => {
                let global = node.is("global_statement");
                found.elsewhere.extend(node.children().into_iter().map(|name| (name.name(), global)));
            }
            _ => {}
        }
        node.id() == body.id() || !opens_scope(node)
    });
    found
}

/// The names a pattern of `match` binds.
pub fn captures(pattern: Cst<'_>, names: &mut Vec<(Name, Span)>) {
    cst::walk(pattern, |node| {
        let binds = match (node.kind(), node.parent()) {
            ("dotted_name", Some(parent)) => {
                matches!(parent.kind(), "case_pattern" | "keyword_pattern") && !node.text().contains('.')
            }
            ("identifier", Some(parent)) => matches!(parent.kind(), "as_pattern" | "splat_pattern"),
            _ => false,
        };
        if binds && node.text() != "_" {
            names.push((node.name(), node.span()));
        }
        true
    });
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
