//! Declares names before their uses are lowered: JavaScript hoists functions and variables.

use super::Front;
use super::using::using;
use crate::lang::cst::{self, Cst};
use crate::model::{Name, VariableId, VariableKind};

impl Front {
    /// Declares what the statements of a block declare in its own scope.
    pub fn declare_block(&mut self, statements: &[Cst<'_>]) {
        for statement in statements {
            self.declare_statement(*statement);
        }
    }

    fn declare_statement(&mut self, statement: Cst<'_>) {
        match statement.kind() {
            "lexical_declaration" | "using_declaration" => self.declare_declarators(statement),
            "function_declaration"
            | "generator_function_declaration"
            | "class_declaration"
            | "abstract_class_declaration"
            | "function_signature" => {
                if let Some(name) = statement.field("name") {
                    self.low.declare(name.name(), name.span(), VariableKind::Local);
                }
            }
            "enum_declaration" | "internal_module" | "module" => {
                if let Some(name) = statement.field("name").filter(|name| name.is("identifier")) {
                    self.low.declare(name.name(), name.span(), VariableKind::Local);
                }
            }
            "export_statement" => {
                if let Some(declaration) = statement.field("declaration") {
                    self.declare_statement(declaration);
                }
            }
            "expression_statement" | "ambient_declaration" => {
                for (name, _) in using(statement).map(|using| using.declared).unwrap_or_default() {
                    self.declare_pattern(name, VariableKind::Local);
                }
                for child in statement.children() {
                    if matches!(child.kind(), "internal_module" | "module") {
                        self.declare_statement(child);
                    }
                }
            }
            "import_statement" => self.declare_import(statement),
            _ => {}
        }
    }

    fn declare_declarators(&mut self, declaration: Cst<'_>) {
        for declarator in declaration.children() {
            if let Some(pattern) = declarator.field("name") {
                self.declare_pattern(pattern, VariableKind::Local);
            }
        }
    }

    /// Declares the `var` variables of a function body or a program, however deep in blocks, not in functions.
    pub fn declare_vars(&mut self, body: Cst<'_>) {
        if !body.text().contains("var ") && !body.text().contains("var\t") && !body.text().contains("var\n") {
            return;
        }
        let mut declarations = Vec::new();
        cst::walk(body, |node| {
            if node.is("variable_declaration") {
                declarations.push(node);
            } else if node.is("for_in_statement")
                && node.field("kind").is_some_and(|kind| kind.text() == "var")
                && let Some(left) = node.field("left")
            {
                declarations.push(left);
            }
            !is_function(node) || node.id() == body.id()
        });
        for declaration in declarations {
            if declaration.is("variable_declaration") {
                self.declare_declarators(declaration);
            } else {
                self.declare_pattern(declaration, VariableKind::Local);
            }
        }
    }

    /// Declares all names of a pattern in the innermost scope.
    pub fn declare_pattern(&mut self, pattern: Cst<'_>, kind: VariableKind) -> Vec<VariableId> {
        let mut names: Vec<(Name, crate::source::Span)> = Vec::new();
        pattern_names(pattern, &mut names);
        names.into_iter().map(|(name, span)| self.low.declare(name, span, kind)).collect()
    }
}

/// The names a pattern binds, in order.
pub fn pattern_names(pattern: Cst<'_>, names: &mut Vec<(Name, crate::source::Span)>) {
    match pattern.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => names.push((pattern.name(), pattern.span())),
        "object_pattern" | "array_pattern" | "rest_pattern" => {
            for child in pattern.children() {
                pattern_names(child, names);
            }
        }
        "assignment_pattern" | "object_assignment_pattern" => {
            if let Some(left) = pattern.field("left") {
                pattern_names(left, names);
            }
        }
        "pair_pattern" => {
            if let Some(value) = pattern.field("value") {
                pattern_names(value, names);
            }
        }
        "required_parameter" | "optional_parameter" => {
            if let Some(inner) = pattern.field("pattern") {
                pattern_names(inner, names);
            }
        }
        _ => {}
    }
}

/// Whether a node opens a function of its own.
pub fn is_function(node: Cst<'_>) -> bool {
    matches!(
        node.kind(),
        "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
            | "class_static_block"
    )
}
