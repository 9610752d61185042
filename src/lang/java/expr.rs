//! Expressions.

use super::Front;
use crate::lang::cst::Cst;
use crate::lang::lowering::Header;
use crate::model::{
    Argument, AssignOp, ExprId, ExprKind, FunctionKind, ListKind, Literal, LogicalOp, Name, Stmt, UnaryOp, VariableKind,
};
use crate::source::Span;

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
            "parenthesized_expression" => return self.child_or_opaque(node.first(), node),
            "method_invocation" | "field_access" => return self.chain(node),
            "object_creation_expression" => return self.creation(node),
            "assignment_expression" => return self.assignment(node),
            "binary_expression" => return self.binary(node),
            "lambda_expression" => return self.lambda(node),
            "switch_expression" => return self.switch_value(node),
            "this" => ExprKind::This(self.low.this()),
            "super" => ExprKind::Super,
            "array_access" => {
                let object = self.child_or_opaque(node.field("array"), node);
                ExprKind::Index { object, key: self.child_or_opaque(node.field("index"), node), optional: false }
            }
            "cast_expression" => {
                let ty = node.field("type").and_then(|ty| self.type_node(ty));
                ExprKind::Cast { value: self.child_or_opaque(node.field("value"), node), ty }
            }
            "instanceof_expression" => self.instance_of(node),
            "ternary_expression" => ExprKind::Conditional {
                condition: self.child_or_opaque(node.field("condition"), node),
                then: self.child_or_opaque(node.field("consequence"), node),
                otherwise: self.child_or_opaque(node.field("alternative"), node),
            },
            "unary_expression" => {
                let operator = if node.operator() == "!" { UnaryOp::Not } else { UnaryOp::Other };
                ExprKind::Unary { operator, operand: self.child_or_opaque(node.field("operand"), node) }
            }
            "update_expression" => {
                let operand = self.child_or_opaque(node.first(), node);
                self.low.rewrite(operand);
                ExprKind::Unary { operator: UnaryOp::Step, operand }
            }
            "method_reference" => self.method_reference(node),
            "class_literal" => {
                let ty = node.first().map(|ty| self.type_expr(ty));
                let object = ty.unwrap_or_else(|| self.low.opaque(Vec::new(), span));
                ExprKind::Member { object, name: Name::new_static("class"), optional: false }
            }
            "array_creation_expression" => {
                let items = node.field("value").map(|value| self.parts(value)).unwrap_or_default();
                ExprKind::List { kind: ListKind::Tuple, items }
            }
            "array_initializer" | "element_value_array_initializer" => {
                ExprKind::List { kind: ListKind::Tuple, items: self.parts(node) }
            }
            "string_literal" => ExprKind::Literal(Literal::String(Name::new(node.text().trim_matches('"')))),
            "character_literal" => ExprKind::Literal(Literal::String(node.name())),
            "true" => ExprKind::Literal(Literal::Bool(true)),
            "false" => ExprKind::Literal(Literal::Bool(false)),
            "null_literal" => ExprKind::Literal(Literal::Null),
            kind if kind.ends_with("_literal") => ExprKind::Literal(Literal::Number(node.name())),
            "type_identifier" | "scoped_type_identifier" | "generic_type" | "scoped_identifier" => {
                return self.type_expr(node);
            }
            _ => ExprKind::Opaque(self.parts(node)),
        };
        self.low.expr(kind, span)
    }

    fn parts(&mut self, node: Cst<'_>) -> Vec<ExprId> {
        node.children().into_iter().map(|child| self.expression(child)).collect()
    }

    /// Chains of calls are lowered from the inside out in a loop: builders make them long.
    fn chain(&mut self, node: Cst<'_>) -> ExprId {
        let mut links = vec![node];
        let mut at = node;
        while let Some(object) =
            at.field("object").filter(|object| matches!(object.kind(), "method_invocation" | "field_access"))
        {
            links.push(object);
            at = object;
        }
        let mut inner = None;
        for link in links.into_iter().rev() {
            inner = Some(self.link(link, inner));
        }
        inner.unwrap_or_else(|| self.low.opaque(Vec::new(), node.span()))
    }

    fn link(&mut self, node: Cst<'_>, inner: Option<ExprId>) -> ExprId {
        let span = node.span();
        let object = inner.or_else(|| node.field("object").map(|object| self.expression(object)));
        if node.is("field_access") {
            let object = object.unwrap_or_else(|| self.low.opaque(Vec::new(), span));
            let field = node.field("field");
            if field.is_some_and(|field| field.is("this")) {
                return self.outer_this(object, span);
            }
            let name = field.map(Cst::name).unwrap_or_default();
            return self.low.expr(ExprKind::Member { object, name, optional: false }, span);
        }
        let callee = match (object, node.field("name")) {
            (Some(object), Some(name)) => {
                let span = Span { start: span.start, end: name.span().end };
                self.low.expr(ExprKind::Member { object, name: name.name(), optional: false }, span)
            }
            (None, Some(name)) => self.bare_callee(name),
            _ => self.low.opaque(Vec::new(), span),
        };
        let arguments = self.arguments(node.field("arguments"));
        self.low.expr(ExprKind::Call { callee, arguments, constructs: false, optional: false }, span)
    }

    /// `Outer.this`
    fn outer_this(&mut self, object: ExprId, span: Span) -> ExprId {
        let class = match self.low.module.kind(object) {
            ExprKind::Variable(id) => match self.low.module.variables[*id].kind {
                VariableKind::Class(class) => Some(class),
                _ => None,
            },
            _ => None,
        };
        self.low.expr(ExprKind::This(class), span)
    }

    pub fn arguments(&mut self, node: Option<Cst<'_>>) -> Vec<Argument> {
        node.map(Cst::children)
            .unwrap_or_default()
            .into_iter()
            .map(|child| Argument { value: self.expression(child), name: None })
            .collect()
    }

    /// The arguments of an annotation, as the call of its name.
    pub fn annotation_arguments(&mut self, node: Cst<'_>) -> Option<ExprId> {
        let list = node.field("arguments")?;
        let callee = self.low.expr(ExprKind::Global(node.field("name")?.name()), node.span());
        let mut arguments = Vec::new();
        for child in list.children() {
            let (name, value) = match (child.is("element_value_pair"), child.field("key"), child.field("value")) {
                (true, Some(key), Some(value)) => (Some(key.name()), value),
                _ => (None, child),
            };
            arguments.push(Argument { value: self.expression(value), name });
        }
        Some(self.low.expr(ExprKind::Call { callee, arguments, constructs: false, optional: false }, node.span()))
    }

    fn creation(&mut self, node: Cst<'_>) -> ExprId {
        let span = node.span();
        let Some(ty) = node.field("type") else { return self.low.opaque(Vec::new(), span) };
        let arguments = self.arguments(node.field("arguments"));
        let callee = match node.child("class_body") {
            Some(body) => {
                let base = self.type_node(ty);
                let class = self.anonymous_class(body, base);
                self.low.expr(ExprKind::Class(class), ty.span())
            }
            None => self.type_expr(ty),
        };
        self.low.expr(ExprKind::Call { callee, arguments, constructs: true, optional: false }, span)
    }

    /// `this(…)` and `super(…)`.
    pub fn constructor_call(&mut self, node: Cst<'_>) -> ExprId {
        let constructor = node.field("constructor");
        let kind = if constructor.is_some_and(|constructor| constructor.is("super")) {
            ExprKind::Super
        } else {
            ExprKind::This(self.low.this())
        };
        let callee = self.low.expr(kind, constructor.map_or_else(|| node.span(), Cst::span));
        let arguments = self.arguments(node.field("arguments"));
        self.low.expr(ExprKind::Call { callee, arguments, constructs: false, optional: false }, node.span())
    }

    fn assignment(&mut self, node: Cst<'_>) -> ExprId {
        let target = self.child_or_opaque(node.field("left"), node);
        let value = self.child_or_opaque(node.field("right"), node);
        let operator = match node.operator().as_str() {
            "" | "=" => AssignOp::Set,
            other => AssignOp::Compound(Name::new(other.trim_end_matches('='))),
        };
        self.low.assign(target, value, operator, false, node.span())
    }

    fn binary(&mut self, node: Cst<'_>) -> ExprId {
        let mut chain = vec![node];
        let mut at = node;
        while let Some(left) = at.field("left").filter(|left| left.is("binary_expression")) {
            chain.push(left);
            at = left;
        }
        let mut value = self.child_or_opaque(at.field("left"), at);
        for node in chain.into_iter().rev() {
            let right = self.child_or_opaque(node.field("right"), node);
            let left = value;
            let kind = match node.operator().as_str() {
                "&&" => ExprKind::Logical { operator: LogicalOp::And, left, right },
                "||" => ExprKind::Logical { operator: LogicalOp::Or, left, right },
                operator => ExprKind::Binary { operator: Name::new(operator), left, right },
            };
            value = self.low.expr(kind, node.span());
        }
        value
    }

    fn instance_of(&mut self, node: Cst<'_>) -> ExprKind {
        let value = self.child_or_opaque(node.field("left"), node);
        let ty = node.field("right").and_then(|ty| self.type_node(ty));
        if let Some(name) = node.field("name") {
            let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
            self.low.module.variables[variable].ty.clone_from(&ty);
            let target = self.low.expr(ExprKind::Variable(variable), name.span());
            // The binding is another name of the value.
            let bound = self.low.assign(target, value, AssignOp::Set, true, node.span());
            return ExprKind::TypeTest { value: bound, ty };
        }
        if let Some(pattern) = node.field("pattern") {
            self.pattern(pattern, None);
        }
        ExprKind::TypeTest { value, ty }
    }

    fn method_reference(&mut self, node: Cst<'_>) -> ExprKind {
        let object = node.first();
        let name = node.tokens().into_iter().next_back().map(Cst::name).unwrap_or_default();
        let object = match object {
            Some(object) if object.kind().contains("type") => self.type_expr(object),
            Some(object) => self.expression(object),
            None => self.low.expr(ExprKind::Super, node.span()),
        };
        ExprKind::MethodReference { object, name }
    }

    fn lambda(&mut self, node: Cst<'_>) -> ExprId {
        let span = node.span();
        let parameters = node.field("parameters");
        let end = parameters.map_or(span.end, |parameters| parameters.span().end);
        let name_span = Span { start: span.start, end };
        let this = self.low.this();
        let function =
            self.low.begin_function(Header { name: None, span, name_span, kind: FunctionKind::Lambda, this });
        match parameters {
            Some(single) if single.is("identifier") => {
                self.low.parameter(single.name(), single.span(), None);
            }
            Some(list) => self.parameters(list),
            None => {}
        }
        let body = match node.field("body") {
            Some(body) if body.is("block") => self.block(body),
            Some(body) => {
                let (mut before, value) = self.hoisted(|front| front.expression(body));
                before.push(Stmt::Return(Some(value), body.span()));
                before
            }
            None => Vec::new(),
        };
        self.low.end_function(&[], &body);
        self.low.expr(ExprKind::Function(function), span)
    }
}
