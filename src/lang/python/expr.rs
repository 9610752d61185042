//! Expressions.

use super::{Front, Receiver};
use crate::lang::cst::Cst;
use crate::model::{
    Argument, AssignOp, Clause, ExprId, ExprKind, ListKind, Literal, LogicalOp, Name, Property, PropertyKey, UnaryOp,
    VariableId, VariableKind,
};

impl Front {
    pub fn expression(&mut self, node: Cst<'_>) -> ExprId {
        if !self.low.descend(node) {
            return self.low.opaque(Vec::new(), node.span());
        }
        let lowered = self.dispatch(node);
        self.low.ascend();
        lowered
    }

    fn dispatch(&mut self, node: Cst<'_>) -> ExprId {
        let span = node.span();
        let kind = match node.kind() {
            "identifier" => return self.identifier(node),
            "attribute" | "subscript" | "call" => return self.access(node),
            "assignment" | "augmented_assignment" => return self.assignment(node),
            "binary_operator" => return self.binary(node),
            "named_expression" => {
                let target = self.field(node, "name");
                let value = self.field(node, "value");
                return self.assign_stmt(target, value, AssignOp::Set, span);
            }
            "parenthesized_expression" | "as_pattern" | "as_pattern_target" | "expression_statement" | "type" => {
                return self.only(node);
            }
            "boolean_operator" => {
                let operator = if node.operator() == "and" { LogicalOp::And } else { LogicalOp::Or };
                ExprKind::Logical { operator, left: self.field(node, "left"), right: self.field(node, "right") }
            }
            "comparison_operator" => return self.comparison(node),
            "not_operator" => ExprKind::Unary { operator: UnaryOp::Not, operand: self.field(node, "argument") },
            "unary_operator" => ExprKind::Unary { operator: UnaryOp::Other, operand: self.field(node, "argument") },
            "conditional_expression" => {
                let parts = self.parts(node);
                let [then, condition, otherwise] = parts[..] else { return self.low.opaque(parts, span) };
                ExprKind::Conditional { condition, then, otherwise }
            }
            "lambda" => ExprKind::Function(self.lambda(node)),
            "await" => ExprKind::Await(self.only(node)),
            "yield" => {
                let function = self.low.function();
                self.low.module.functions[function].is_generator = true;
                let value = node.first().map(|value| self.expression(value));
                // `answer = yield from session.get(url)`: a coroutine of the time before `await`.
                let waits =
                    node.parent().is_some_and(|parent| matches!(parent.kind(), "assignment" | "return_statement"));
                match value {
                    Some(value) if waits && matches!(self.low.module.kind(value), ExprKind::Call { .. }) => {
                        ExprKind::Await(value)
                    }
                    value => ExprKind::Yield(value),
                }
            }
            "list" | "list_pattern" => ExprKind::List { kind: ListKind::List, items: self.parts(node) },
            "tuple" | "expression_list" | "pattern_list" | "tuple_pattern" => {
                ExprKind::List { kind: ListKind::Tuple, items: self.parts(node) }
            }
            "set" => ExprKind::List { kind: ListKind::Set, items: self.parts(node) },
            "dictionary" => self.dictionary(node),
            "list_splat" | "dictionary_splat" | "list_splat_pattern" | "dictionary_splat_pattern" => {
                ExprKind::Spread(self.only(node))
            }
            "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
                return self.comprehension(node);
            }
            "string" => return self.string(node),
            "concatenated_string" => {
                let parts = node.children();
                if parts.iter().any(|part| part.child("interpolation").is_some()) {
                    ExprKind::Template(self.parts(node))
                } else {
                    ExprKind::Literal(Self::string_literal(parts.first().map_or("", |part| part.text())))
                }
            }
            "integer" | "float" => ExprKind::Literal(Literal::Number(node.name())),
            "true" => ExprKind::Literal(Literal::Bool(true)),
            "false" => ExprKind::Literal(Literal::Bool(false)),
            "none" => ExprKind::Literal(Literal::Null),
            "ellipsis" => ExprKind::Literal(Literal::Null),
            "slice" => ExprKind::Opaque(self.parts(node)),
            _ => ExprKind::Opaque(self.parts(node)),
        };
        self.low.expr(kind, span)
    }

    fn parts(&mut self, node: Cst<'_>) -> Vec<ExprId> {
        node.children().into_iter().map(|child| self.expression(child)).collect()
    }

    fn field(&mut self, node: Cst<'_>, field: &str) -> ExprId {
        match node.field(field) {
            Some(child) => self.expression(child),
            None => self.low.opaque(Vec::new(), node.span()),
        }
    }

    fn only(&mut self, node: Cst<'_>) -> ExprId {
        match node.first() {
            Some(child) => self.expression(child),
            None => self.low.opaque(Vec::new(), node.span()),
        }
    }

    fn identifier(&mut self, node: Cst<'_>) -> ExprId {
        let name = node.name();
        let span = node.span();
        if self.low.in_class_body()
            && let Some(class) = self.low.classes.last().copied()
            && (self.low.module.field(class, &name).is_some()
                || self.low.module.methods_named(class, &name).next().is_some())
        {
            let object = self.low.expr(ExprKind::This(Some(class)), span);
            return self.low.expr(ExprKind::Member { object, name, optional: false }, span);
        }
        let kind = match self.low.resolve(&name) {
            Some(variable) => match self.receivers.get(&variable) {
                Some(Receiver::Instance(class)) => ExprKind::This(Some(*class)),
                Some(Receiver::Class(class)) => ExprKind::Variable(*class),
                None => ExprKind::Variable(variable),
            },
            None => ExprKind::Global(name),
        };
        self.low.expr(kind, span)
    }

    /// Chains of members and calls are lowered from the inside out in a loop: query builders make them long.
    fn access(&mut self, node: Cst<'_>) -> ExprId {
        let mut chain = vec![node];
        let mut at = node;
        while let Some(inner) = chain_inner(at) {
            chain.push(inner);
            at = inner;
        }
        let mut lowered = None;
        for node in chain.into_iter().rev() {
            lowered = Some(self.link(node, lowered));
        }
        lowered.unwrap_or_else(|| self.low.opaque(Vec::new(), node.span()))
    }

    fn link(&mut self, node: Cst<'_>, inner: Option<ExprId>) -> ExprId {
        let span = node.span();
        match node.kind() {
            "attribute" => {
                let object = inner.unwrap_or_else(|| self.field(node, "object"));
                let name = node.field("attribute").map(Cst::name).unwrap_or_default();
                if name == "__class__"
                    && let Some(class) = self.class_of(object)
                {
                    return self.low.expr(ExprKind::Variable(class), span);
                }
                self.low.expr(ExprKind::Member { object, name, optional: false }, span)
            }
            "subscript" => {
                let object = inner.unwrap_or_else(|| self.field(node, "value"));
                let keys: Vec<ExprId> = node.fields("subscript").into_iter().map(|key| self.expression(key)).collect();
                let key = match keys[..] {
                    [key] => key,
                    _ => self.low.expr(ExprKind::List { kind: ListKind::Tuple, items: keys }, span),
                };
                self.low.expr(ExprKind::Index { object, key, optional: false }, span)
            }
            _ => self.call(node, inner),
        }
    }

    fn call(&mut self, node: Cst<'_>, callee: Option<ExprId>) -> ExprId {
        let span = node.span();
        let callee = callee.unwrap_or_else(|| self.field(node, "function"));
        if matches!(self.low.module.kind(callee), ExprKind::Global(name) if name == "super") {
            return self.low.expr(ExprKind::Super, span);
        }
        let mut arguments = Vec::new();
        if let Some(list) = node.field("arguments") {
            let children = if list.is("generator_expression") { vec![list] } else { list.children() };
            for child in children {
                let (name, value) = match (child.is("keyword_argument"), child.field("name"), child.field("value")) {
                    (true, Some(name), Some(value)) => (Some(name.name()), value),
                    _ => (None, child),
                };
                arguments.push(Argument { value: self.expression(value), name });
            }
        }
        // `type(self)` is the class.
        if let ([Argument { value, name: None }], ExprKind::Global(name)) =
            (arguments.as_slice(), self.low.module.kind(callee))
            && name == "type"
            && let Some(class) = self.class_of(*value)
        {
            return self.low.expr(ExprKind::Variable(class), span);
        }
        // `getattr(self, "socket", None)` is `self.socket`.
        if let (
            [Argument { value: object, name: None }, Argument { value: named, name: None }, ..],
            ExprKind::Global(name),
        ) = (arguments.as_slice(), self.low.module.kind(callee))
            && name == "getattr"
            && let ExprKind::Literal(Literal::String(attribute)) = self.low.module.kind(*named)
        {
            let name = Name::new(attribute);
            return self.low.expr(ExprKind::Member { object: *object, name, optional: false }, span);
        }
        let constructs = self.constructs(callee);
        self.low.expr(ExprKind::Call { callee, arguments, constructs, optional: false }, span)
    }

    /// The variable of the class whose instance a value is.
    fn class_of(&self, instance: ExprId) -> Option<VariableId> {
        let ExprKind::This(Some(class)) = self.low.module.kind(instance) else { return None };
        self.class_variables.get(class).copied()
    }

    /// Calling a class makes an instance. Classes of the file are known; others begin with a capital.
    fn constructs(&self, callee: ExprId) -> bool {
        let module = &self.low.module;
        let name = match module.kind(callee) {
            ExprKind::Variable(id) => match module.variables[*id].kind {
                VariableKind::Class(_) => return true,
                VariableKind::Function(_) => return false,
                _ => &module.variables[*id].name,
            },
            ExprKind::Global(name) | ExprKind::Member { name, .. } => name,
            _ => return false,
        };
        let bare = name.trim_start_matches('_');
        bare.starts_with(|first: char| first.is_uppercase()) && bare.chars().any(char::is_lowercase)
    }

    fn binary(&mut self, node: Cst<'_>) -> ExprId {
        let mut chain = vec![node];
        let mut at = node;
        while let Some(left) = at.field("left").filter(|left| left.is("binary_operator")) {
            chain.push(left);
            at = left;
        }
        let mut value = self.field(at, "left");
        for node in chain.into_iter().rev() {
            let right = self.field(node, "right");
            let kind = ExprKind::Binary { operator: node.operator(), left: value, right };
            value = self.low.expr(kind, node.span());
        }
        value
    }

    /// `a is not b`, `k in d`, `a < b < c`: a chain is the conjunction of its links, of which the first is kept.
    fn comparison(&mut self, node: Cst<'_>) -> ExprId {
        let operator: Vec<&str> = node.tokens().into_iter().filter(|token| !token.is_named()).map(Cst::text).collect();
        let parts = self.parts(node);
        let (Some(left), Some(right)) = (parts.first().copied(), parts.get(1).copied()) else {
            return self.low.opaque(parts, node.span());
        };
        let operator = operator.first().map_or_else(Name::default, |operator| {
            Name::from(operator.split_whitespace().collect::<Vec<_>>().join(" "))
        });
        self.low.expr(ExprKind::Binary { operator, left, right }, node.span())
    }

    fn dictionary(&mut self, node: Cst<'_>) -> ExprKind {
        let mut properties = Vec::new();
        for child in node.children() {
            if let (Some(key), Some(value)) = (child.field("key"), child.field("value")) {
                let key = self.expression(key);
                let key = match self.low.module.kind(key) {
                    ExprKind::Literal(Literal::String(name)) => PropertyKey::Name(name.clone()),
                    _ => PropertyKey::Computed(key),
                };
                properties.push(Property { key, value: self.expression(value) });
            } else {
                properties.push(Property { key: PropertyKey::Spread, value: self.expression(child) });
            }
        }
        ExprKind::Object(properties)
    }

    fn comprehension(&mut self, node: Cst<'_>) -> ExprId {
        let kind = match node.kind() {
            "list_comprehension" => ListKind::List,
            "set_comprehension" => ListKind::Set,
            "dictionary_comprehension" => ListKind::Dict,
            _ => ListKind::Generator,
        };
        self.low.push_scope();
        let mut clauses: Vec<Clause> = Vec::new();
        for child in node.children() {
            match child.kind() {
                "for_in_clause" => {
                    let iterable = self.field(child, "right");
                    let mut names = Vec::new();
                    if let Some(left) = child.field("left") {
                        super::declare::targets(left, &mut names);
                    }
                    for (name, span) in names {
                        self.low.declare_anew(name, span, VariableKind::Local);
                    }
                    let target = self.field(child, "left");
                    self.low.rewrite(target);
                    clauses.push(Clause { target, iterable, conditions: Vec::new() });
                }
                "if_clause" => {
                    let condition = self.only(child);
                    if let Some(clause) = clauses.last_mut() {
                        clause.conditions.push(condition);
                    }
                }
                _ => {}
            }
        }
        let element = match node.field("body") {
            Some(body) if body.is("pair") => vec![self.field(body, "key"), self.field(body, "value")],
            Some(body) => vec![self.expression(body)],
            None => Vec::new(),
        };
        self.low.pop_scope();
        self.low.expr(ExprKind::Comprehension { kind, clauses, element }, node.span())
    }

    fn string(&mut self, node: Cst<'_>) -> ExprId {
        let interpolations: Vec<Cst<'_>> =
            node.children().into_iter().filter(|child| child.is("interpolation")).collect();
        if interpolations.is_empty() {
            return self.low.expr(ExprKind::Literal(Self::string_literal(node.text())), node.span());
        }
        let parts = interpolations.into_iter().map(|part| self.field(part, "expression")).collect();
        self.low.expr(ExprKind::Template(parts), node.span())
    }
}

fn chain_inner(node: Cst<'_>) -> Option<Cst<'_>> {
    let inner = match node.kind() {
        "attribute" => node.field("object"),
        "subscript" => node.field("value"),
        "call" => node.field("function"),
        _ => None,
    }?;
    matches!(inner.kind(), "attribute" | "subscript" | "call").then_some(inner)
}
