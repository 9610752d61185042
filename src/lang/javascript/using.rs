//! `using`: what it declares is disposed of at the end of the block.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{ExprKind, Stmt, With, WithItem};

/// A `using` declaration: names and values, and whether it is `await using`.
pub struct Using<'t> {
    pub declared: Vec<(Cst<'t>, Cst<'t>)>,
    asynchronous: bool,
}

/// Reads a `using` declaration. The grammar of TypeScript takes it for an assignment in a statement.
pub fn using(statement: Cst<'_>) -> Option<Using<'_>> {
    if statement.is("using_declaration") {
        let declared = pairs(statement.children(), "name", "value");
        return Some(Using { declared, asynchronous: statement.has_token("await") });
    }
    let inner = statement.first().filter(|_| statement.is("expression_statement"))?;
    let mut parts = if inner.is("sequence_expression") { inner.children() } else { vec![inner] };
    let first = parts.first_mut()?;
    let asynchronous = first.is("await_expression");
    if asynchronous {
        *first = first.first()?;
    }
    let is_using = first.is("assignment_expression") && first.has_token("using");
    is_using.then(|| Using { declared: pairs(parts, "left", "right"), asynchronous })
}

fn pairs<'t>(nodes: Vec<Cst<'t>>, name: &str, value: &str) -> Vec<(Cst<'t>, Cst<'t>)> {
    nodes.into_iter().filter_map(|node| node.field(name).zip(node.field(value))).collect()
}

impl Front {
    /// A declaration with the statements behind it, which are its scope.
    pub fn using(&mut self, using: &Using<'_>, rest: &[Cst<'_>]) -> Stmt {
        let mut items = Vec::new();
        for (name, value) in &using.declared {
            let value = self.expression(*value);
            let target = self.pattern(*name);
            if let ExprKind::Variable(id) = *self.low.module.kind(target) {
                self.low.module.variables[id].values.push(value);
            }
            items.push(WithItem { value, target: Some(target) });
        }
        // The statements behind it are inside it, and so are those behind the next one.
        let mut body = Vec::new();
        if rest.first().is_some_and(|first| self.low.descend(*first)) {
            body = self.statements(rest);
            self.low.ascend();
        }
        Stmt::With(Box::new(With { items, body, asynchronous: using.asynchronous }))
    }

    /// The body of `for (using x of …)`.
    pub fn using_each(&mut self, node: Cst<'_>, left: Option<Cst<'_>>, body: Vec<Stmt>) -> Vec<Stmt> {
        // The grammar was given `const`; see `super::readable`.
        let kind = node.field("kind").map(Cst::text).filter(|text| matches!(*text, "using" | "await"));
        let (Some(kind), Some(left)) = (kind, left) else { return body };
        let asynchronous = kind == "await";
        let value = self.pattern(left);
        vec![Stmt::With(Box::new(With { items: vec![WithItem { value, target: None }], body, asynchronous }))]
    }
}
