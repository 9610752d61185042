//! Statements.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{
    Arm, AssignOp, CatchClause, CatchFilter, ExprId, ExprKind, Imported, Loop, LoopTest, Name, QualifiedName, Stmt,
    Try, TypeRef, UnaryOp, With, WithItem,
};

/// Branches of one `if` beyond which the rest is cut off: each is nested in the one before it.
const MAX_BRANCHES: usize = 2000;

impl Front {
    pub fn statements(&mut self, nodes: &[Cst<'_>]) -> Vec<Stmt> {
        nodes.iter().flat_map(|node| self.statement(*node)).collect()
    }

    fn block(&mut self, node: Option<Cst<'_>>) -> Vec<Stmt> {
        node.map(|node| self.statements(&node.children())).unwrap_or_default()
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
            "expression_statement" => {
                node.children().into_iter().map(|child| Stmt::Expr(self.expression(child))).collect()
            }
            "if_statement" => vec![self.if_statement(node)],
            "for_statement" => vec![self.for_statement(node)],
            "while_statement" => vec![self.while_statement(node)],
            "try_statement" => vec![self.try_statement(node)],
            "with_statement" => vec![self.with_statement(node)],
            "match_statement" => vec![self.match_statement(node)],
            "return_statement" => vec![Stmt::Return(node.first().map(|value| self.expression(value)), node.span())],
            "raise_statement" => vec![Stmt::Throw(node.first().map(|value| self.expression(value)), node.span())],
            "break_statement" => vec![Stmt::Break(None)],
            "continue_statement" => vec![Stmt::Continue(None)],
            "function_definition" => self.function_definition(node, Vec::new()),
            "class_definition" => self.class_definition(node, Vec::new()),
            "decorated_definition" => {
                let (annotations, mut steps) = self.decorators(node);
                if let Some(definition) = node.field("definition") {
                    steps.extend(if definition.is("class_definition") {
                        self.class_definition(definition, annotations)
                    } else {
                        self.function_definition(definition, annotations)
                    });
                }
                steps
            }
            "import_statement" | "import_from_statement" | "future_import_statement" => {
                self.import(node);
                Vec::new()
            }
            "delete_statement" => self.delete(node),
            "assert_statement" => node.children().into_iter().map(|child| Stmt::Expr(self.expression(child))).collect(),
            "pass_statement" | "global_statement" | "nonlocal_statement" | "type_alias_statement" => Vec::new(),
            _ => vec![Stmt::Expr(self.expression(node))],
        }
    }

    fn required(&mut self, node: Option<Cst<'_>>, around: Cst<'_>) -> ExprId {
        match node {
            Some(node) => self.expression(node),
            None => self.low.opaque(Vec::new(), around.span()),
        }
    }

    fn if_statement(&mut self, node: Cst<'_>) -> Stmt {
        let condition = self.required(node.field("condition"), node);
        let then = self.block(node.field("consequence"));
        let mut branches = vec![(condition, then)];
        let mut otherwise = Vec::new();
        for clause in node.fields("alternative") {
            if clause.is("elif_clause") && branches.len() >= MAX_BRANCHES {
                self.low.cut(clause);
                break;
            }
            if clause.is("elif_clause") {
                let condition = self.required(clause.field("condition"), clause);
                let then = self.block(clause.field("consequence"));
                branches.push((condition, then));
            } else {
                otherwise = self.block(clause.field("body"));
            }
        }
        for (condition, then) in branches.into_iter().rev() {
            otherwise = vec![Stmt::If { condition, then, otherwise }];
        }
        otherwise.pop().unwrap_or(Stmt::Block(Vec::new()))
    }

    fn otherwise(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let clause = node.field("alternative").or_else(|| node.child("else_clause"));
        self.block(clause.and_then(|clause| clause.field("body")))
    }

    fn for_statement(&mut self, node: Cst<'_>) -> Stmt {
        let iterable = self.required(node.field("right"), node);
        let target = self.required(node.field("left"), node);
        self.low.rewrite(target);
        let body = self.block(node.field("body"));
        let otherwise = self.otherwise(node);
        let test = LoopTest::Each { target, iterable, asynchronous: node.has_token("async") };
        Stmt::Loop(Box::new(Loop { init: Vec::new(), test, body, update: Vec::new(), otherwise, post_test: false }))
    }

    fn while_statement(&mut self, node: Cst<'_>) -> Stmt {
        let condition = node.field("condition");
        let forever = condition.is_some_and(|condition| matches!(condition.text(), "True" | "1"));
        let condition = self.required(condition, node);
        let test = if forever { LoopTest::Forever } else { LoopTest::While(condition) };
        let body = self.block(node.field("body"));
        let otherwise = self.otherwise(node);
        Stmt::Loop(Box::new(Loop { init: Vec::new(), test, body, update: Vec::new(), otherwise, post_test: false }))
    }

    fn try_statement(&mut self, node: Cst<'_>) -> Stmt {
        let body = self.block(node.field("body"));
        let mut catches = Vec::new();
        let mut otherwise = Vec::new();
        let mut finally = Vec::new();
        for clause in node.children() {
            match clause.kind() {
                "except_clause" | "except_group_clause" => catches.push(self.except(clause)),
                "else_clause" => otherwise = self.block(clause.field("body")),
                "finally_clause" => finally = self.block(clause.first()),
                _ => {}
            }
        }
        Stmt::Try(Box::new(Try { body, catches, otherwise, finally }))
    }

    fn except(&mut self, node: Cst<'_>) -> CatchClause {
        let mut types = Vec::new();
        let values = node.fields("value");
        let bare = values.is_empty();
        let mut alias = node.field("alias");
        for value in values {
            let value = if value.is("as_pattern") {
                alias = alias.or_else(|| value.field("alias"));
                value.first().unwrap_or(value)
            } else {
                value
            };
            self.exception_types(value, &mut types);
        }
        let variable = alias.and_then(|alias| {
            let name = if alias.is("identifier") { alias } else { alias.first()? };
            let variable = self.low.resolve(name.text())?;
            self.low.module.variables[variable].rewritten = true;
            Some(variable)
        });
        let body = self.block(node.child("block"));
        let named = |wanted: &str| types.iter().any(|ty| ty.name.last() == wanted);
        let filter = match () {
            () if bare || named("BaseException") => CatchFilter::Everything,
            () if named("Exception") => CatchFilter::Errors(types),
            () => CatchFilter::Types(types),
        };
        CatchClause { filter, variable, body, span: node.span() }
    }

    fn exception_types(&mut self, node: Cst<'_>, types: &mut Vec<TypeRef>) {
        if matches!(node.kind(), "tuple" | "expression_list" | "parenthesized_expression") {
            for child in node.children() {
                self.exception_types(child, types);
            }
            return;
        }
        let expr = self.expression(node);
        let named = || match self.low.module.kind(expr) {
            ExprKind::Variable(id) => Some(QualifiedName::here(self.low.module.variables[*id].name.clone())),
            _ => None,
        };
        types.extend(self.low.module.path(expr).or_else(named).map(TypeRef::plain));
    }

    fn with_statement(&mut self, node: Cst<'_>) -> Stmt {
        let mut items = Vec::new();
        let clause = node.child("with_clause").map(Cst::children).unwrap_or_default();
        for item in clause {
            let Some(value) = item.field("value") else { continue };
            self.with_items(value, &mut items);
        }
        let body = self.block(node.field("body"));
        Stmt::With(Box::new(With { items, body, asynchronous: node.has_token("async") }))
    }

    fn with_items(&mut self, value: Cst<'_>, items: &mut Vec<WithItem>) {
        // `with (open(a) as x, open(b) as y):` reads as a tuple in parentheses.
        if matches!(value.kind(), "tuple" | "parenthesized_expression") && value.child("as_pattern").is_some() {
            for child in value.children() {
                self.with_items(child, items);
            }
            return;
        }
        if !value.is("as_pattern") {
            let value = self.expression(value);
            items.push(WithItem { value, target: None });
            return;
        }
        let Some(inner) = value.first() else { return };
        let manager = self.expression(inner);
        let target = value.field("alias").map(|alias| {
            let alias = if alias.is("as_pattern_target") { alias.first().unwrap_or(alias) } else { alias };
            let target = self.expression(alias);
            self.low.rewrite(target);
            self.low.note_entered(target, manager);
            target
        });
        items.push(WithItem { value: manager, target });
    }

    fn match_statement(&mut self, node: Cst<'_>) -> Stmt {
        let subjects = node.fields("subject");
        let subject = self.required(subjects.first().copied(), node);
        let mut arms = Vec::new();
        for case in node.field("body").map(Cst::children).unwrap_or_default() {
            let patterns: Vec<Cst<'_>> = case.children().into_iter().filter(|child| child.is("case_pattern")).collect();
            for pattern in &patterns {
                self.rebind(*pattern);
            }
            let guard = case.field("guard").and_then(Cst::first).map(|guard| self.expression(guard));
            // `_` and a plain name take everything.
            let is_default = guard.is_none() && patterns.iter().any(|pattern| is_capture(*pattern));
            let body = self.block(case.field("consequence"));
            arms.push(Arm { tests: Vec::new(), guard, is_default, body, falls_through: false });
        }
        Stmt::Switch { subject, arms, breakable: false }
    }

    /// What a pattern binds has a value that no assignment shows.
    fn rebind(&mut self, pattern: Cst<'_>) {
        let mut names = Vec::new();
        super::declare::captures(pattern, &mut names);
        for (name, _) in names {
            if let Some(variable) = self.low.resolve(&name) {
                self.low.module.variables[variable].rewritten = true;
            }
        }
    }

    fn delete(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let mut deleted = Vec::new();
        for child in node.children() {
            let targets = if child.is("expression_list") { child.children() } else { vec![child] };
            for target in targets {
                let operand = self.expression(target);
                let expr = self.low.expr(ExprKind::Unary { operator: UnaryOp::Delete, operand }, target.span());
                deleted.push(Stmt::Expr(expr));
            }
        }
        deleted
    }

    fn import(&mut self, node: Cst<'_>) {
        let span = node.span();
        if node.is("import_statement") {
            for name in node.fields("name") {
                if name.is("aliased_import") {
                    let (Some(module), Some(alias)) = (name.field("name"), name.field("alias")) else { continue };
                    self.low.import(Some((alias.name(), alias.span())), module.name(), Imported::Module, span);
                } else if let Some(first) = name.first() {
                    // `import a.b` binds `a`.
                    self.low.import(Some((first.name(), first.span())), first.name(), Imported::Module, span);
                    if name.text() != first.text() {
                        self.low.import(None, name.name(), Imported::Module, span);
                    }
                }
            }
            return;
        }
        let Some(module) = node.field("module_name").map(Cst::name) else { return };
        if node.child("wildcard_import").is_some() {
            self.low.module.wildcards.push(module.clone());
            self.low.import(None, module, Imported::Module, span);
            return;
        }
        for name in node.fields("name") {
            let (original, local) = match (name.field("name"), name.field("alias")) {
                (Some(original), Some(alias)) if name.is("aliased_import") => (original, alias),
                _ => (name, name),
            };
            let what = Imported::Named(Name::new(original.text()));
            self.low.import(Some((local.name(), local.span())), module.clone(), what, span);
        }
    }

    pub fn assignment(&mut self, node: Cst<'_>) -> ExprId {
        let span = node.span();
        let Some(left) = node.field("left") else { return self.low.opaque(Vec::new(), span) };
        let target = self.expression(left);
        if let Some(ty) = self.type_field(node, "type")
            && let ExprKind::Variable(id) = self.low.module.kind(target)
        {
            let id = *id;
            self.low.module.variables[id].ty = Some(ty);
        }
        let Some(right) = node.field("right") else { return target };
        let value = self.expression(right);
        // `a = b = value`: the inner assignment is the value, and both targets have it.
        let operator = if node.is("augmented_assignment") {
            AssignOp::Compound(Name::new(node.operator().trim_end_matches('=')))
        } else {
            AssignOp::Set
        };
        self.assign_stmt(target, value, operator, span)
    }
}

fn is_capture(pattern: Cst<'_>) -> bool {
    pattern.text() == "_"
        || pattern.first().is_some_and(|inner| {
            inner.is("dotted_name") && inner.text() == pattern.text() && !inner.text().contains('.')
        })
}
