//! Statements.

use super::Front;
use super::function::{As, ThisOf};
use super::module::{named, string_value};
use super::using::using;
use crate::lang::cst::Cst;
use crate::model::{
    Annotation, Arm, AssignOp, CatchClause, CatchFilter, ExprId, ExprKind, Imported, Loop, LoopTest, Name, Stmt, Try,
    VariableKind,
};

impl Front {
    /// A list of statements whose names are declared already.
    pub fn statements(&mut self, nodes: &[Cst<'_>]) -> Vec<Stmt> {
        let mut out = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            if let Some(using) = using(*node) {
                out.push(self.using(&using, &nodes[index + 1..]));
                break;
            }
            out.extend(self.statement(*node));
        }
        out
    }

    /// A block with a scope of its own.
    fn block(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        self.low.push_scope();
        let statements = if node.is("statement_block") { node.children() } else { vec![node] };
        self.declare_block(&statements);
        let lowered = self.statements(&statements);
        self.low.pop_scope();
        lowered
    }

    fn statement(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        if !self.low.descend(node) {
            return Vec::new();
        }
        let lowered = self.dispatch_statement(node);
        self.low.ascend();
        lowered
    }

    fn dispatch_statement(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        match node.kind() {
            "expression_statement" => match node.first() {
                Some(inner) if matches!(inner.kind(), "internal_module" | "module") => self.namespace(inner),
                _ => node.children().into_iter().map(|child| Stmt::Expr(self.expression(child))).collect(),
            },
            "lexical_declaration"
            | "variable_declaration"
            | "function_declaration"
            | "generator_function_declaration"
            | "class_declaration"
            | "abstract_class_declaration"
            | "enum_declaration"
            | "internal_module"
            | "module"
            | "ambient_declaration" => self.declaration(node, Vec::new()),
            "export_statement" => self.export_statement(node),
            "statement_block" => vec![Stmt::Block(self.block(node))],
            "if_statement" => vec![self.if_statement(node)],
            "for_statement" => vec![self.for_statement(node)],
            "for_in_statement" => vec![self.for_in(node)],
            "while_statement" | "do_statement" => vec![self.while_statement(node)],
            "switch_statement" => vec![self.switch(node)],
            "try_statement" => vec![self.try_statement(node)],
            "return_statement" => vec![Stmt::Return(self.optional(node.first()), node.span())],
            "throw_statement" => vec![Stmt::Throw(self.optional(node.first()), node.span())],
            "break_statement" => vec![Stmt::Break(node.field("label").map(Cst::name))],
            "continue_statement" => vec![Stmt::Continue(node.field("label").map(Cst::name))],
            "labeled_statement" => {
                let label = node.field("label").map(Cst::name).unwrap_or_default();
                let body = node.field("body").map(|body| self.statement(body)).unwrap_or_default();
                body.into_iter().map(|stmt| Stmt::Labeled(label.clone(), Box::new(stmt))).collect()
            }
            "with_statement" => node.field("body").map(|body| self.block(body)).unwrap_or_default(),
            "import_statement"
            | "empty_statement"
            | "debugger_statement"
            | "hash_bang_line"
            | "interface_declaration"
            | "type_alias_declaration"
            | "function_signature"
            | "import_alias" => Vec::new(),
            _ => vec![Stmt::Expr(self.expression(node))],
        }
    }

    fn optional(&mut self, node: Option<Cst<'_>>) -> Option<ExprId> {
        node.map(|node| self.expression(node))
    }

    /// A declaration, also behind `export`.
    pub fn declaration(&mut self, node: Cst<'_>, annotations: Vec<Annotation>) -> Vec<Stmt> {
        match node.kind() {
            "lexical_declaration" | "variable_declaration" => {
                node.children().into_iter().flat_map(|declarator| self.declarator(declarator)).collect()
            }
            "function_declaration" | "generator_function_declaration" => {
                let name = node.field("name");
                let id = self.function(node, As::named(name.map(Cst::name)));
                if let Some(name) = name {
                    let variable = self.low.declare(name.name(), name.span(), VariableKind::Function(id));
                    self.low.module.variables[variable].kind = VariableKind::Function(id);
                }
                Vec::new()
            }
            "class_declaration" | "abstract_class_declaration" => {
                let mut annotations = annotations;
                annotations.extend(self.decorators(&node.fields("decorator")));
                let (_, statics) = self.class(node, None, annotations);
                statics.into_iter().map(Stmt::Expr).collect()
            }
            "internal_module" | "module" => self.namespace(node),
            "enum_declaration"
            | "ambient_declaration"
            | "function_signature"
            | "interface_declaration"
            | "type_alias_declaration"
            | "import_alias" => Vec::new(),
            _ => vec![Stmt::Expr(self.expression(node))],
        }
    }

    /// The members of a namespace run with the code around it.
    fn namespace(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let Some(body) = node.field("body") else { return Vec::new() };
        self.namespaces.push(node.field("name").map(Cst::name).unwrap_or_default());
        let lowered = self.block(body);
        self.namespaces.pop();
        lowered
    }

    fn declarator(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let Some(pattern) = node.field("name") else { return Vec::new() };
        let value = node.field("value");
        if let Some(value) = value
            && self.required(pattern, value)
        {
            return Vec::new();
        }
        let ty = self.declared_type(node);
        if let Some(variable) = pattern.is("identifier").then(|| self.low.resolve(pattern.text())).flatten()
            && ty.is_some()
        {
            self.low.module.variables[variable].ty = ty;
        }
        let Some(value) = value else { return Vec::new() };
        if let Some(taken) = self.taken_apart(pattern, value) {
            return taken;
        }
        let target = self.pattern(pattern);
        let name = pattern.is("identifier").then(|| pattern.name());
        let value = self.named_value(value, name, ThisOf::Nobody);
        vec![Stmt::Expr(self.low.assign(target, value, AssignOp::Set, true, node.span()))]
    }

    /// `const { a, b: c } = this`, `const { stage } = this.context.app`: each name is the member.
    fn taken_apart(&mut self, pattern: Cst<'_>, value: Cst<'_>) -> Option<Vec<Stmt>> {
        if !pattern.is("object_pattern") || !is_named(value) {
            return None;
        }
        let mut pairs = Vec::new();
        for child in pattern.children() {
            match child.kind() {
                "shorthand_property_identifier_pattern" => pairs.push((child, child)),
                "pair_pattern" => {
                    let key = child.field("key").filter(|key| key.is("property_identifier"))?;
                    pairs.push((key, child.field("value").filter(|value| value.is("identifier"))?));
                }
                _ => return None,
            }
        }
        let taken = pairs.into_iter().map(|(key, name)| {
            let target = self.pattern(name);
            let object = self.expression(value);
            let member = self.low.expr(ExprKind::Member { object, name: key.name(), optional: false }, key.span());
            Stmt::Expr(self.low.assign(target, member, AssignOp::Set, true, name.span()))
        });
        Some(taken.collect())
    }

    /// `const fs = require('fs')`, `const { a: b } = require('m')`, `const x = require('m').y`, also `await import('m')`.
    fn required(&mut self, pattern: Cst<'_>, value: Cst<'_>) -> bool {
        let (call, member) = match value.kind() {
            "member_expression" => (value.field("object"), value.field("property")),
            "await_expression" => (value.first(), None),
            _ => (Some(value), None),
        };
        let Some(call) = call.filter(|call| call.is("call_expression")) else { return false };
        let is_require = call.field("function").is_some_and(|callee| matches!(callee.text(), "require" | "import"));
        let argument = call.field("arguments").and_then(Cst::first).filter(|argument| argument.is("string"));
        let Some(module) = argument.filter(|_| is_require).map(string_value) else { return false };
        if call.field("function").is_some_and(|callee| callee.text() == "require")
            && self.low.resolve("require").is_some()
        {
            return false;
        }
        let span = value.span();
        if pattern.is("identifier") {
            let what = member.map_or(Imported::Module, |member| named(member.text()));
            self.low.import(Some((pattern.name(), pattern.span())), module, what, span);
            return true;
        }
        if !pattern.is("object_pattern") || member.is_some() {
            return false;
        }
        for property in pattern.children() {
            let (name, local) = match property.kind() {
                "shorthand_property_identifier_pattern" => (property, property),
                "pair_pattern" => match (property.field("key"), property.field("value")) {
                    (Some(key), Some(local)) if local.is("identifier") => (key, local),
                    _ => continue,
                },
                _ => continue,
            };
            self.low.import(Some((local.name(), local.span())), module.clone(), named(name.text()), span);
        }
        true
    }

    fn if_statement(&mut self, node: Cst<'_>) -> Stmt {
        // `else if` chains are long in generated code: they are lowered in a loop, innermost first.
        let mut chain = Vec::new();
        let mut last = None;
        let mut at = Some(node);
        while let Some(node) = at.take() {
            let condition = node.field("condition").map(|condition| self.expression(condition));
            let then = node.field("consequence").map(|then| self.block(then)).unwrap_or_default();
            let span = node.span();
            chain.push((condition, then, span));
            let otherwise = node
                .field("alternative")
                .and_then(|clause| if clause.is("else_clause") { clause.first() } else { Some(clause) });
            match otherwise {
                Some(next) if next.is("if_statement") => at = Some(next),
                other => last = other,
            }
        }
        let mut otherwise = last.map(|last| self.block(last)).unwrap_or_default();
        for (condition, then, span) in chain.into_iter().rev() {
            let condition = condition.unwrap_or_else(|| self.low.opaque(Vec::new(), span));
            otherwise = vec![Stmt::If { condition, then, otherwise }];
        }
        otherwise.pop().unwrap_or(Stmt::Block(Vec::new()))
    }

    fn for_statement(&mut self, node: Cst<'_>) -> Stmt {
        self.low.push_scope();
        let mut init = Vec::new();
        if let Some(first) = node.field("initializer") {
            self.declare_block(&[first]);
            init = self.statement(first);
        }
        let condition =
            node.fields("condition").into_iter().next().filter(|condition| !condition.is("empty_statement"));
        let condition = condition.map(|condition| {
            if condition.is("expression_statement") { condition.first().unwrap_or(condition) } else { condition }
        });
        let test = match self.optional(condition) {
            Some(condition) => LoopTest::While(condition),
            None => LoopTest::Forever,
        };
        let update = self.optional(node.field("increment")).into_iter().collect();
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        self.low.pop_scope();
        Stmt::Loop(Box::new(Loop { init, test, body, update, otherwise: Vec::new(), post_test: false }))
    }

    fn for_in(&mut self, node: Cst<'_>) -> Stmt {
        self.low.push_scope();
        let iterable = node.field("right").map(|right| self.expression(right));
        let iterable = iterable.unwrap_or_else(|| self.low.opaque(Vec::new(), node.span()));
        let target = node.field("left").map(|left| {
            if node.field("kind").is_some() {
                self.declare_pattern(left, VariableKind::Local);
            }
            self.pattern(left)
        });
        let target = target.unwrap_or_else(|| self.low.opaque(Vec::new(), node.span()));
        self.low.rewrite(target);
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        let body = self.using_each(node, node.field("left"), body);
        self.low.pop_scope();
        let test = LoopTest::Each { target, iterable, asynchronous: node.has_token("await") };
        Stmt::Loop(Box::new(Loop {
            init: Vec::new(),
            test,
            body,
            update: Vec::new(),
            otherwise: Vec::new(),
            post_test: false,
        }))
    }

    fn while_statement(&mut self, node: Cst<'_>) -> Stmt {
        let condition = node.field("condition").map(|condition| self.expression(condition));
        let test = condition.map_or(LoopTest::Forever, LoopTest::While);
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        let post_test = node.is("do_statement");
        Stmt::Loop(Box::new(Loop {
            init: Vec::new(),
            test,
            body,
            update: Vec::new(),
            otherwise: Vec::new(),
            post_test,
        }))
    }

    fn switch(&mut self, node: Cst<'_>) -> Stmt {
        let subject = node.field("value").map(|value| self.expression(value));
        let subject = subject.unwrap_or_else(|| self.low.opaque(Vec::new(), node.span()));
        self.low.push_scope();
        let cases = node.field("body").map(Cst::children).unwrap_or_default();
        for case in &cases {
            self.declare_block(&case.fields("body"));
        }
        let mut arms = Vec::new();
        for case in cases {
            let tests = case.field("value").map(|value| self.expression(value)).into_iter().collect();
            let body = self.statements(&case.fields("body"));
            let is_default = case.is("switch_default");
            arms.push(Arm { tests, guard: None, is_default, body, falls_through: true });
        }
        self.low.pop_scope();
        Stmt::Switch { subject, arms, breakable: true }
    }

    fn try_statement(&mut self, node: Cst<'_>) -> Stmt {
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        let mut catches = Vec::new();
        if let Some(handler) = node.field("handler") {
            self.low.push_scope();
            let variable = handler
                .field("parameter")
                .and_then(|parameter| self.declare_pattern(parameter, VariableKind::Caught).into_iter().next());
            let body = handler.field("body").map(|body| self.block(body)).unwrap_or_default();
            self.low.pop_scope();
            catches.push(CatchClause { filter: CatchFilter::Everything, variable, body, span: handler.span() });
        }
        let finally = node
            .field("finalizer")
            .and_then(|finalizer| finalizer.field("body"))
            .map(|body| self.block(body))
            .unwrap_or_default();
        Stmt::Try(Box::new(Try { body, catches, otherwise: Vec::new(), finally }))
    }

    /// A pattern or an assignable expression, as a target.
    pub fn pattern(&mut self, node: Cst<'_>) -> ExprId {
        let span = node.span();
        match node.kind() {
            "shorthand_property_identifier_pattern" | "identifier" => self.identifier(node),
            "object_pattern" => {
                let properties = node.children().into_iter().map(|child| self.property_pattern(child)).collect();
                self.low.expr(ExprKind::Object(properties), span)
            }
            "array_pattern" => {
                let items = self.array_pattern_items(node);
                self.low.expr(ExprKind::List { kind: crate::model::ListKind::List, items }, span)
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                let target = node.field("left").map(|left| self.pattern(left));
                let target = target.unwrap_or_else(|| self.low.opaque(Vec::new(), span));
                let value = node.field("right").map(|right| self.expression(right));
                let value = value.unwrap_or_else(|| self.low.null(span));
                self.low.assign(target, value, AssignOp::SetIfMissing, true, span)
            }
            "rest_pattern" => {
                let inner = node.first().map(|inner| self.pattern(inner));
                let inner = inner.unwrap_or_else(|| self.low.opaque(Vec::new(), span));
                self.low.expr(ExprKind::Spread(inner), span)
            }
            _ => self.expression(node),
        }
    }

    /// Holes (`[, b]`) keep the positions of what follows.
    fn array_pattern_items(&mut self, node: Cst<'_>) -> Vec<ExprId> {
        let mut items = Vec::new();
        let mut filled = false;
        for token in node.tokens() {
            match token.kind() {
                "[" | "]" => {}
                "," => {
                    if !filled {
                        items.push(self.low.null(token.span()));
                    }
                    filled = false;
                }
                _ => {
                    items.push(self.pattern(token));
                    filled = true;
                }
            }
        }
        items
    }

    fn property_pattern(&mut self, node: Cst<'_>) -> crate::model::Property {
        use crate::model::{Property, PropertyKey};
        match node.kind() {
            "pair_pattern" => {
                let key = node.field("key").map_or(PropertyKey::Spread, |key| self.property_key(key));
                let value = node.field("value").map(|value| self.pattern(value));
                let value = value.unwrap_or_else(|| self.low.opaque(Vec::new(), node.span()));
                Property { key, value }
            }
            "rest_pattern" => Property { key: PropertyKey::Spread, value: self.pattern(node) },
            _ => {
                let name = node.field("left").unwrap_or(node);
                Property { key: PropertyKey::Name(Name::new(name.text())), value: self.pattern(node) }
            }
        }
    }
}

/// Whether a value is a name or a member of one, so that reading it twice gives the same.
fn is_named(value: Cst<'_>) -> bool {
    let mut at = value;
    while at.is("member_expression") || at.is("non_null_expression") {
        let inner = if at.is("member_expression") { at.field("object") } else { at.first() };
        let Some(inner) = inner else { return false };
        at = inner;
    }
    at.is("this") || at.is("identifier")
}
