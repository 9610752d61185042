//! Annotations as types of the model.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{ExprKind, Literal, Name, QualifiedName, TypeRef};

impl Front {
    /// The type under a field.
    pub fn type_field(&mut self, node: Cst<'_>, field: &str) -> Option<TypeRef> {
        let node = node.field(field)?;
        self.type_node(node)
    }

    fn type_node(&mut self, node: Cst<'_>) -> Option<TypeRef> {
        match node.kind() {
            "type" | "parenthesized_expression" => self.type_node(node.first()?),
            "identifier" | "attribute" => self.type_named(node),
            "none" => None,
            "string" => {
                let text = node.text().trim_matches(['"', '\'']);
                let dotted = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
                let name = text.rsplit('.').next().filter(|_| dotted)?;
                let path = self.low.resolve(text).map(|id| self.low.expr(ExprKind::Variable(id), node.span()));
                let path = path.and_then(|expr| self.low.module.path(expr));
                Some(TypeRef::plain(path.unwrap_or_else(|| QualifiedName::here(name))))
            }
            "generic_type" => {
                let mut children = node.children().into_iter();
                let name = children.next()?;
                let arguments = children.next().map(Cst::children).unwrap_or_default();
                self.generic(name, &arguments)
            }
            "subscript" => {
                let name = node.field("value")?;
                self.generic(name, &node.fields("subscript"))
            }
            "binary_operator" | "union_type" => node.children().into_iter().find_map(|side| self.type_node(side)),
            _ => None,
        }
    }

    fn generic(&mut self, name: Cst<'_>, arguments: &[Cst<'_>]) -> Option<TypeRef> {
        let name = self.type_named(name)?;
        let arguments: Vec<TypeRef> = arguments.iter().filter_map(|argument| self.type_node(*argument)).collect();
        match name.name.last() {
            "Optional" | "Union" | "Annotated" | "Final" | "ClassVar" | "Required" => arguments.into_iter().next(),
            _ => Some(TypeRef { name: name.name, arguments }),
        }
    }

    fn type_named(&mut self, node: Cst<'_>) -> Option<TypeRef> {
        let expr = self.expression(node);
        let module = &self.low.module;
        let path = module.path(expr).or_else(|| match module.kind(expr) {
            // A class that is declared further down.
            ExprKind::Variable(id) => Some(QualifiedName::here(module.variables[*id].name.clone())),
            _ => None,
        });
        path.map(TypeRef::plain)
    }

    /// The content of a string literal without prefix and quotes.
    pub fn string_literal(text: &str) -> Literal {
        let body = text.trim_start_matches(|sign: char| sign.is_ascii_alphabetic());
        let body = ["\"\"\"", "'''", "\"", "'"]
            .iter()
            .find_map(|quote| body.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(body);
        Literal::String(Name::new(body))
    }
}
