//! Expressions.

use super::Front;
use super::function::{As, ThisOf, property_name};
use super::module::string_value;
use crate::lang::cst::Cst;
use crate::model::Imported;
use crate::model::{
    Argument, AssignOp, ClassId, ExprId, ExprKind, FunctionKind, ListKind, Literal, LogicalOp, Name, UnaryOp,
};

impl Front {
    /// Any expression.
    pub fn expression(&mut self, node: Cst<'_>) -> ExprId {
        if !self.low.descend(node) {
            return self.low.opaque(Vec::new(), node.span());
        }
        let lowered = self.dispatch(node);
        self.low.ascend();
        lowered
    }

    fn dispatch(&mut self, node: Cst<'_>) -> ExprId {
        match node.kind() {
            "identifier" | "shorthand_property_identifier" => self.identifier(node),
            "member_expression" | "subscript_expression" | "call_expression" | "new_expression" => self.access(node),
            "string" | "template_string" | "number" | "true" | "false" | "null" | "undefined" | "regex" => {
                self.literal(node)
            }
            "assignment_expression" | "augmented_assignment_expression" => self.assignment(node, None),
            "function_expression"
            | "generator_function"
            | "arrow_function"
            | "class"
            | "function_declaration"
            | "class_declaration" => self.named_value(node, None, ThisOf::Nobody),
            "object" => self.object(node, None, false),
            _ => self.compound(node),
        }
    }

    fn parts(&mut self, node: Cst<'_>) -> Vec<ExprId> {
        node.children().into_iter().map(|child| self.expression(child)).collect()
    }

    fn part(&mut self, node: Cst<'_>, field: &str) -> ExprId {
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

    fn compound(&mut self, node: Cst<'_>) -> ExprId {
        let span = node.span();
        let kind = match node.kind() {
            "parenthesized_expression" | "instantiation_expression" | "non_null_expression" => return self.only(node),
            "this" => ExprKind::This(self.low.this()),
            "super" => ExprKind::Super,
            "as_expression" | "satisfies_expression" => {
                let value = self.only(node);
                let ty = node.children().get(1).copied().and_then(|ty| self.type_node(ty));
                ExprKind::Cast { value, ty }
            }
            "type_assertion" => {
                let children = node.children();
                let Some(value) = children.last() else { return self.low.opaque(Vec::new(), span) };
                ExprKind::Cast { value: self.expression(*value), ty: None }
            }
            "array" => ExprKind::List { kind: ListKind::List, items: self.parts(node) },
            "binary_expression" => return self.binary(node),
            "unary_expression" => {
                let operator = match node.operator().as_str() {
                    "!" => UnaryOp::Not,
                    "delete" => UnaryOp::Delete,
                    _ => UnaryOp::Other,
                };
                ExprKind::Unary { operator, operand: self.part(node, "argument") }
            }
            "update_expression" => {
                let operand = self.part(node, "argument");
                self.low.rewrite(operand);
                ExprKind::Unary { operator: UnaryOp::Step, operand }
            }
            "ternary_expression" => ExprKind::Conditional {
                condition: self.part(node, "condition"),
                then: self.part(node, "consequence"),
                otherwise: self.part(node, "alternative"),
            },
            "await_expression" => ExprKind::Await(self.only(node)),
            "yield_expression" => ExprKind::Yield(node.first().map(|value| self.expression(value))),
            "spread_element" => ExprKind::Spread(self.only(node)),
            "sequence_expression" => ExprKind::Sequence(self.parts(node)),
            "meta_property" => ExprKind::Global(node.name()),
            "import" => ExprKind::Global(Name::new_static("import")),
            "jsx_element" | "jsx_self_closing_element" => self.markup(node),
            _ => ExprKind::Opaque(self.parts(node)),
        };
        self.low.expr(kind, span)
    }

    pub fn identifier(&mut self, node: Cst<'_>) -> ExprId {
        let name = node.name();
        let kind = match self.low.resolve(&name) {
            Some(variable) => ExprKind::Variable(variable),
            None => ExprKind::Global(name),
        };
        self.low.expr(kind, node.span())
    }

    fn literal(&mut self, node: Cst<'_>) -> ExprId {
        let literal = match node.kind() {
            "string" => Literal::String(string_value(node)),
            "template_string" => {
                let substitutions: Vec<Cst<'_>> =
                    node.children().into_iter().filter(|child| child.is("template_substitution")).collect();
                if substitutions.is_empty() {
                    Literal::String(string_value(node))
                } else {
                    let parts = substitutions.into_iter().map(|part| self.only(part)).collect();
                    return self.low.expr(ExprKind::Template(parts), node.span());
                }
            }
            "number" => Literal::Number(node.name()),
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "regex" => Literal::Regex,
            _ => Literal::Null,
        };
        self.low.expr(ExprKind::Literal(literal), node.span())
    }

    /// A value that is given a name, which functions and classes take for their own.
    pub fn named_value(&mut self, node: Cst<'_>, name: Option<Name>, this: ThisOf) -> ExprId {
        let span = node.span();
        match node.kind() {
            "function_expression" | "generator_function" | "arrow_function" | "function_declaration" => {
                let kind = match this {
                    ThisOf::Class(_) => FunctionKind::Method,
                    ThisOf::Around | ThisOf::Made(_) | ThisOf::Nobody => FunctionKind::Function,
                };
                let function = self.function(node, As { name, kind, this });
                self.low.expr(ExprKind::Function(function), span)
            }
            "class" | "class_declaration" => {
                let annotations = self.decorators(&node.fields("decorator"));
                let (class, statics) = self.class(node, name, annotations);
                let value = self.low.expr(ExprKind::Class(class), span);
                if statics.is_empty() {
                    return value;
                }
                self.low.expr(ExprKind::Sequence(statics.into_iter().chain([value]).collect()), span)
            }
            "object" => self.object(node, name, false),
            "assignment_expression" => self.assignment(node, name),
            // `useCallback(function … )`, `debounce(() => …)`, `Vue.extend({…})`: the name is the wrapper's result's.
            "parenthesized_expression" => match node.first() {
                Some(inner) => self.named_value(inner, name, this),
                None => self.low.opaque(Vec::new(), span),
            },
            _ => self.expression(node),
        }
    }

    // --- members and calls ---

    /// Chains of members and calls are lowered from the inside out in a loop: they can be hundreds long.
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
        let optional = node.field("optional_chain").is_some();
        match node.kind() {
            "member_expression" => {
                let object = inner.unwrap_or_else(|| self.part(node, "object"));
                let name = node.field("property").map(property_name).unwrap_or_default();
                self.low.expr(ExprKind::Member { object, name, optional }, span)
            }
            "subscript_expression" => {
                let object = inner.unwrap_or_else(|| self.part(node, "object"));
                let key = self.part(node, "index");
                self.low.expr(ExprKind::Index { object, key, optional }, span)
            }
            "new_expression" => {
                let callee = self.part(node, "constructor");
                let component = matches!(self.low.module.kind(callee), ExprKind::Global(_) | ExprKind::Variable(_))
                    && node.field("constructor").is_some_and(|constructor| constructor.text() == "Vue");
                let arguments = self.arguments(node.field("arguments"), None, component);
                self.low.expr(ExprKind::Call { callee, arguments, constructs: true, optional: false }, span)
            }
            _ => self.call(node, inner, optional),
        }
    }

    fn call(&mut self, node: Cst<'_>, callee: Option<ExprId>, optional: bool) -> ExprId {
        if let Some(module) = self.required_here(node).filter(|_| callee.is_none()) {
            return module;
        }
        let callee = callee.unwrap_or_else(|| self.part(node, "function"));
        let arguments = node.field("arguments");
        let lowered = if arguments.is_some_and(|arguments| arguments.is("template_string")) {
            arguments.map(|template| self.expression(template)).map(argument).into_iter().collect()
        } else {
            let extended = self.extended.take().filter(|_| self.puts_together(callee));
            let options = self.takes_options(callee);
            self.arguments(arguments, extended, options)
        };
        if let [derived, base, ..] = lowered.as_slice()
            && self.inherits(callee)
        {
            self.note_inheritance(derived.value, base.value);
        }
        self.low.expr(ExprKind::Call { callee, arguments: lowered, constructs: false, optional }, node.span())
    }

    /// `require('express')` within an expression: an import that has no name.
    fn required_here(&mut self, node: Cst<'_>) -> Option<ExprId> {
        let text = node.field("function").map(Cst::text)?;
        let name = node.field("arguments")?.first().filter(|argument| argument.is("string"))?;
        if text != "require" || self.low.resolve(text).is_some() {
            return None;
        }
        let import = (Name::new(node.text()), name.span());
        let module = self.low.import(Some(import), string_value(name), Imported::Module, node.span())?;
        Some(self.low.expr(ExprKind::Variable(module), node.span()))
    }

    fn arguments(&mut self, node: Option<Cst<'_>>, extended: Option<ClassId>, options: bool) -> Vec<Argument> {
        let children = node.map(Cst::children).unwrap_or_default();
        let mut lowered: Vec<Argument> = Vec::with_capacity(children.len());
        for child in children {
            // `Object.assign(F.prototype, { … })`: the functions become methods of F.
            let owner = extended.or_else(|| lowered.first().and_then(|first| self.prototype_object(first.value)));
            let value = match (child.kind(), owner) {
                ("object", Some(owner)) => {
                    let properties = self.properties(child, Some(owner), false);
                    self.low.expr(ExprKind::Object(properties), child.span())
                }
                ("object", None) => self.object(child, None, options),
                _ => self.expression(child),
            };
            lowered.push(argument(value));
        }
        lowered
    }

    /// Whether a call defines a component or class from an object of options: `extend`, `component`, `defineX`.
    fn takes_options(&self, callee: ExprId) -> bool {
        let name = match self.low.module.kind(callee) {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
            ExprKind::Variable(id) => &self.low.module.variables[*id].name,
            _ => return false,
        };
        matches!(name.as_str(), "extend" | "component" | "mixin" | "Component" | "Page") || name.starts_with("define")
    }

    // --- operators ---

    /// An assignment, whose value may also go to a name outside (`var name = module.exports = …`).
    fn assignment(&mut self, node: Cst<'_>, outer: Option<Name>) -> ExprId {
        let span = node.span();
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return self.low.opaque(Vec::new(), span);
        };
        let target = self.pattern(left);
        let operator = match node.operator().as_str() {
            "" | "=" => AssignOp::Set,
            "||=" | "??=" => AssignOp::SetIfMissing,
            other => AssignOp::Compound(Name::new(other.trim_end_matches('='))),
        };
        let value = self.assigned_value(target, left, right, outer);
        if matches!(operator, AssignOp::Set) {
            self.commonjs_export(target, value);
        }
        self.low.assign(target, value, operator, false, span)
    }

    /// Left-leaning chains (`a + b + c …`) can be thousands long: they are lowered in a loop.
    fn binary(&mut self, node: Cst<'_>) -> ExprId {
        let mut chain = vec![node];
        let mut at = node;
        while let Some(left) = at.field("left").filter(|left| left.is("binary_expression")) {
            chain.push(left);
            at = left;
        }
        let mut value = self.part(at, "left");
        for node in chain.into_iter().rev() {
            let right = self.part(node, "right");
            let left = value;
            let kind = match node.operator().as_str() {
                "&&" => ExprKind::Logical { operator: LogicalOp::And, left, right },
                "||" => ExprKind::Logical { operator: LogicalOp::Or, left, right },
                "??" => ExprKind::Logical { operator: LogicalOp::Coalesce, left, right },
                "instanceof" => {
                    let ty = self.low.module.path(right).map(crate::model::TypeRef::plain);
                    ExprKind::TypeTest { value: left, ty }
                }
                operator => ExprKind::Binary { operator: Name::new(operator), left, right },
            };
            value = self.low.expr(kind, node.span());
        }
        value
    }

    /// An element of JSX, with its attribute values and children.
    fn markup(&mut self, node: Cst<'_>) -> ExprKind {
        let paired = node.children().into_iter().find(|child| child.kind() == "jsx_opening_element");
        let opening = paired.unwrap_or(node);
        let tag = opening.field("name");
        let name = tag.map(|tag| Name::new(tag.text())).unwrap_or_default();
        let component = tag
            .filter(|tag| tag.kind() == "identifier")
            .and_then(|tag| self.low.resolve(tag.text()).map(|variable| (variable, tag.span())))
            .map(|(variable, span)| self.low.expr(ExprKind::Variable(variable), span));
        let (mut attributes, mut children) = (Vec::new(), Vec::new());
        for attribute in opening.children() {
            match attribute.kind() {
                "jsx_attribute" => {
                    let name = attribute.children().first().map(|name| Name::new(name.text()));
                    let values = attribute.children().into_iter().filter_map(|value| self.markup_value(value));
                    attributes.extend(values.map(|value| Argument { value, name: name.clone() }));
                }
                "jsx_expression" => attributes.extend(self.markup_value(attribute).map(argument)),
                _ => {}
            }
        }
        if paired.is_some() {
            children.extend(node.children().into_iter().filter_map(|child| self.markup_value(child)));
        }
        ExprKind::Markup { name, component, attributes, children }
    }

    fn markup_value(&mut self, node: Cst<'_>) -> Option<ExprId> {
        match node.kind() {
            "jsx_expression" => node.first().map(|value| self.expression(value)),
            "jsx_element" | "jsx_self_closing_element" => Some(self.expression(node)),
            _ => None,
        }
    }
}

fn argument(value: ExprId) -> Argument {
    Argument { value, name: None }
}

fn chain_inner(node: Cst<'_>) -> Option<Cst<'_>> {
    let inner = match node.kind() {
        "member_expression" | "subscript_expression" => node.field("object"),
        "call_expression" => node.field("function"),
        _ => None,
    }?;
    matches!(inner.kind(), "member_expression" | "subscript_expression" | "call_expression" | "new_expression")
        .then_some(inner)
}
