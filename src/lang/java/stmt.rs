//! Statements.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{
    AssignOp, CatchClause, CatchFilter, ExprId, ExprKind, Loop, LoopTest, Stmt, Try, TypeRef, VariableKind, With,
    WithItem,
};

impl Front {
    pub fn statements(&mut self, nodes: &[Cst<'_>]) -> Vec<Stmt> {
        let mut lowered = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if let Some(managed) = self.managed(*node, &nodes[index + 1..]) {
                lowered.push(managed);
                break;
            }
            lowered.extend(self.statement(*node));
        }
        lowered
    }

    /// A variable under `@Cleanup` is left where its block ends: what follows is the body of a `with`.
    fn managed(&mut self, node: Cst<'_>, rest: &[Cst<'_>]) -> Option<Stmt> {
        if !node.is("local_variable_declaration") || !is_managed(node) {
            return None;
        }
        let declarators = node.fields("declarator");
        let [declarator] = declarators.as_slice() else { return None };
        let (name, value) = (declarator.field("name")?, declarator.field("value")?);
        if !self.low.descend(node) {
            return None;
        }
        let ty = node.field("type").and_then(|ty| self.type_node(ty));
        let value = self.expression(value);
        let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
        self.low.module.variables[variable].ty = ty;
        self.low.module.variables[variable].values.push(value);
        let target = self.low.expr(ExprKind::Variable(variable), name.span());
        let body = self.statements(rest);
        self.low.ascend();
        let items = vec![WithItem { value, target: Some(target) }];
        Some(Stmt::With(Box::new(With { items, body, asynchronous: false })))
    }

    /// A block with a scope of its own.
    pub fn block(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        self.low.push_scope();
        let nodes = if node.is("block") { node.children() } else { vec![node] };
        let lowered = self.statements(&nodes);
        self.low.pop_scope();
        lowered
    }

    pub fn statement(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        if !self.low.descend(node) {
            return Vec::new();
        }
        let (mut before, lowered) = self.hoisted(|front| front.dispatch_statement(node));
        self.low.ascend();
        if before.is_empty() {
            return lowered;
        }
        before.extend(lowered);
        before
    }

    fn dispatch_statement(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        match node.kind() {
            "local_variable_declaration" => self.local(node),
            "expression_statement" => match node.first() {
                Some(inner) if inner.is("switch_expression") => self.switch(inner, None),
                Some(inner) => vec![Stmt::Expr(self.expression(inner))],
                None => Vec::new(),
            },
            "switch_expression" => self.switch(node, None),
            "block" => vec![Stmt::Block(self.block(node))],
            "if_statement" => vec![self.if_statement(node)],
            "for_statement" => vec![self.for_statement(node)],
            "enhanced_for_statement" => vec![self.for_each(node)],
            "while_statement" | "do_statement" => vec![self.while_statement(node)],
            "try_statement" | "try_with_resources_statement" => self.try_statement(node),
            "return_statement" => vec![Stmt::Return(self.optional(node.first()), node.span())],
            "yield_statement" => self.yielded(node),
            "throw_statement" => vec![Stmt::Throw(self.optional(node.first()), node.span())],
            "break_statement" => vec![Stmt::Break(node.first().map(Cst::name))],
            "continue_statement" => vec![Stmt::Continue(node.first().map(Cst::name))],
            "labeled_statement" => {
                let mut children = node.children().into_iter();
                let label = children.next().map(Cst::name).unwrap_or_default();
                let body = children.next().map(|body| self.statement(body)).unwrap_or_default();
                body.into_iter().map(|stmt| Stmt::Labeled(label.clone(), Box::new(stmt))).collect()
            }
            "synchronized_statement" => {
                let mut lowered: Vec<Stmt> = node
                    .child("parenthesized_expression")
                    .map(|lock| Stmt::Expr(self.expression(lock)))
                    .into_iter()
                    .collect();
                lowered.extend(node.field("body").map(|body| self.block(body)).unwrap_or_default());
                lowered
            }
            "assert_statement" => node.children().into_iter().map(|child| Stmt::Expr(self.expression(child))).collect(),
            "explicit_constructor_invocation" => vec![Stmt::Expr(self.constructor_call(node))],
            "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration" => {
                self.type_declaration(node);
                Vec::new()
            }
            "import_declaration" | "package_declaration" | "module_declaration" | ";" => Vec::new(),
            _ => vec![Stmt::Expr(self.expression(node))],
        }
    }

    fn optional(&mut self, node: Option<Cst<'_>>) -> Option<ExprId> {
        node.map(|node| self.expression(node))
    }

    pub fn child_or_opaque(&mut self, child: Option<Cst<'_>>, node: Cst<'_>) -> ExprId {
        match child {
            Some(child) => self.expression(child),
            None => self.low.opaque(Vec::new(), node.span()),
        }
    }

    fn local(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let ty = node.field("type").and_then(|ty| self.type_node(ty));
        node.fields("declarator").into_iter().filter_map(|declarator| self.declarator(declarator, ty.clone())).collect()
    }

    fn declarator(&mut self, node: Cst<'_>, ty: Option<TypeRef>) -> Option<Stmt> {
        let name = node.field("name")?;
        let value = node.field("value").map(|value| self.expression(value));
        let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
        self.low.module.variables[variable].ty = ty;
        let value = value?;
        let target = self.low.expr(ExprKind::Variable(variable), name.span());
        Some(Stmt::Expr(self.low.assign(target, value, AssignOp::Set, true, node.span())))
    }

    fn if_statement(&mut self, node: Cst<'_>) -> Stmt {
        let mut chain = Vec::new();
        let mut last = None;
        let mut at = Some(node);
        let mut scopes = 0;
        while let Some(node) = at.take() {
            // A pattern (`x instanceof T t`) is in scope in the branches.
            self.low.push_scope();
            scopes += 1;
            let condition = self.child_or_opaque(node.field("condition"), node);
            let then = node.field("consequence").map(|then| self.block(then)).unwrap_or_default();
            chain.push((condition, then));
            match node.field("alternative") {
                Some(next) if next.is("if_statement") => at = Some(next),
                other => last = other,
            }
        }
        let mut otherwise = last.map(|last| self.block(last)).unwrap_or_default();
        for _ in 0..scopes {
            self.low.pop_scope();
        }
        for (condition, then) in chain.into_iter().rev() {
            otherwise = vec![Stmt::If { condition, then, otherwise }];
        }
        otherwise.pop().unwrap_or(Stmt::Block(Vec::new()))
    }

    fn for_statement(&mut self, node: Cst<'_>) -> Stmt {
        self.low.push_scope();
        let init = node.fields("init").into_iter().flat_map(|init| self.statement(init)).collect();
        let test = self.optional(node.field("condition")).map_or(LoopTest::Forever, LoopTest::While);
        let update = node.fields("update").into_iter().map(|update| self.expression(update)).collect();
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        self.low.pop_scope();
        Stmt::Loop(Box::new(Loop { init, test, body, update, otherwise: Vec::new(), post_test: false }))
    }

    fn for_each(&mut self, node: Cst<'_>) -> Stmt {
        self.low.push_scope();
        let iterable = self.child_or_opaque(node.field("value"), node);
        let ty = node.field("type").and_then(|ty| self.type_node(ty));
        let target = match node.field("name") {
            Some(name) => {
                let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
                self.low.module.variables[variable].ty = ty;
                self.low.module.variables[variable].rewritten = true;
                self.low.expr(ExprKind::Variable(variable), name.span())
            }
            None => self.low.opaque(Vec::new(), node.span()),
        };
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        self.low.pop_scope();
        let test = LoopTest::Each { target, iterable, asynchronous: false };
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
        let condition = self.child_or_opaque(node.field("condition"), node);
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        let post_test = node.is("do_statement");
        let test = LoopTest::While(condition);
        Stmt::Loop(Box::new(Loop {
            init: Vec::new(),
            test,
            body,
            update: Vec::new(),
            otherwise: Vec::new(),
            post_test,
        }))
    }

    fn try_statement(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        self.low.push_scope();
        let mut items = Vec::new();
        for resource in node.field("resources").map(Cst::children).unwrap_or_default() {
            items.push(self.resource(resource));
        }
        let mut body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        self.low.pop_scope();
        if !items.is_empty() {
            body = vec![Stmt::With(Box::new(With { items, body, asynchronous: false }))];
        }
        let mut catches = Vec::new();
        let mut finally = Vec::new();
        for child in node.children() {
            match child.kind() {
                "catch_clause" => catches.push(self.catch(child)),
                "finally_clause" => finally = child.first().map(|block| self.block(block)).unwrap_or_default(),
                _ => {}
            }
        }
        if catches.is_empty() && finally.is_empty() {
            return body;
        }
        vec![Stmt::Try(Box::new(Try { body, catches, otherwise: Vec::new(), finally }))]
    }

    fn resource(&mut self, node: Cst<'_>) -> WithItem {
        let (Some(name), Some(value)) = (node.field("name"), node.field("value")) else {
            return WithItem { value: self.child_or_opaque(node.first(), node), target: None };
        };
        let ty = node.field("type").and_then(|ty| self.type_node(ty));
        let value = self.expression(value);
        let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
        self.low.module.variables[variable].ty = ty;
        self.low.module.variables[variable].values.push(value);
        let target = self.low.expr(ExprKind::Variable(variable), name.span());
        WithItem { value, target: Some(target) }
    }

    fn catch(&mut self, node: Cst<'_>) -> CatchClause {
        self.low.push_scope();
        let parameter = node.child("catch_formal_parameter");
        let types =
            parameter.and_then(|parameter| parameter.child("catch_type")).map(Cst::children).unwrap_or_default();
        let types: Vec<TypeRef> = types.into_iter().filter_map(|ty| self.type_node(ty)).collect();
        let variable = parameter.and_then(|parameter| parameter.field("name")).map(|name| {
            let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Caught);
            self.low.module.variables[variable].ty = types.first().cloned();
            variable
        });
        let body = node.field("body").map(|body| self.block(body)).unwrap_or_default();
        self.low.pop_scope();
        // `Exception` leaves out errors of the machine alone, which no release survives anyway.
        let all = types.iter().any(|ty| matches!(ty.name.last(), "Throwable" | "Exception"));
        let filter = if all { CatchFilter::Everything } else { CatchFilter::Types(types) };
        CatchClause { filter, variable, body, span: node.span() }
    }
}

fn is_managed(node: Cst<'_>) -> bool {
    node.child("modifiers").is_some_and(|modifiers| {
        modifiers.children().into_iter().any(|mark| {
            mark.kind().ends_with("annotation") && mark.field("name").is_some_and(|name| name.name() == "Cleanup")
        })
    })
}
