//! Object literals. One with functions is an owner: they are its methods, what else it holds are its fields.

use super::Front;
use super::function::{As, ThisOf, property_name};
use crate::lang::cst::Cst;
use crate::lang::lowering::class;
use crate::model::{
    ClassId, ClassKind, ExprId, ExprKind, Field, FunctionId, FunctionKind, Literal, Name, Property, PropertyKey,
    Visibility,
};
use crate::source::Span;

/// Sections of an options object whose functions run with the component as `this`.
const SECTIONS: [&str; 6] = ["methods", "computed", "watch", "actions", "getters", "lifetimes"];
/// Options that give the component's own fields.
const STATE: [&str; 2] = ["data", "state"];

impl Front {
    /// An object literal. One with functions becomes an owner, so that their `this` has a class.
    pub fn object(&mut self, node: Cst<'_>, name: Option<Name>, is_options: bool) -> ExprId {
        let owner = has_functions(node).then(|| {
            let span = node.span();
            let name_span = Span { start: span.start, end: span.start + 1 };
            let function = self.low.function();
            let mut made = class(name, ClassKind::Object, span, name_span, function);
            made.outer = self.low.classes.last().copied();
            self.low.module.classes.alloc(made)
        });
        if let Some(owner) = owner {
            self.low.classes.push(owner);
        }
        let properties = self.properties(node, owner, is_options);
        if owner.is_some() {
            self.low.classes.pop();
        }
        self.low.expr(ExprKind::Object(properties), node.span())
    }

    /// The properties of an object literal; what they hold becomes methods and fields of `owner`.
    pub fn properties(&mut self, node: Cst<'_>, owner: Option<ClassId>, is_options: bool) -> Vec<Property> {
        let mut properties = Vec::new();
        for child in node.children() {
            let from = self.low.module.exprs.len();
            let property = match child.kind() {
                "method_definition" => self.method_property(child, owner),
                "pair" => self.pair(child, owner, is_options),
                "shorthand_property_identifier" => {
                    Property { key: PropertyKey::Name(child.name()), value: self.identifier(child) }
                }
                _ => Property { key: PropertyKey::Spread, value: self.expression(child) },
            };
            if let (Some(owner), PropertyKey::Name(name)) = (owner, &property.key) {
                if is_options && STATE.contains(&name.as_str()) {
                    self.state_fields(owner, child, from);
                } else {
                    self.object_member(owner, name.clone(), child.span(), property.value);
                }
            }
            properties.push(property);
        }
        properties
    }

    fn method_property(&mut self, node: Cst<'_>, owner: Option<ClassId>) -> Property {
        let name = node.field("name").map(property_name);
        let kind = match () {
            () if node.has_token("get") => FunctionKind::Getter,
            () if node.has_token("set") => FunctionKind::Setter,
            () => FunctionKind::Method,
        };
        let this = owner.map_or(ThisOf::Nobody, ThisOf::Class);
        let function = self.function(node, As { name: name.clone(), kind, this });
        self.add_method(owner, function);
        let value = self.low.expr(ExprKind::Function(function), node.span());
        Property { key: PropertyKey::Name(name.unwrap_or_default()), value }
    }

    fn pair(&mut self, node: Cst<'_>, owner: Option<ClassId>, is_options: bool) -> Property {
        let key_node = node.field("key");
        let key = key_node.map_or(PropertyKey::Spread, |key| self.property_key(key));
        let name = match &key {
            PropertyKey::Name(name) => Some(name.clone()),
            _ => None,
        };
        let Some(value) = node.field("value") else {
            return Property { key, value: self.low.opaque(Vec::new(), node.span()) };
        };
        // The sections (`methods: {…}`) share the `this` of the object itself.
        if is_options
            && value.is("object")
            && owner.is_some()
            && name.as_ref().is_some_and(|name| SECTIONS.contains(&name.as_str()))
        {
            let properties = self.section(value, owner);
            return Property { key, value: self.low.expr(ExprKind::Object(properties), value.span()) };
        }
        let this = owner.map_or(ThisOf::Nobody, ThisOf::Class);
        let lowered = self.named_value(value, name, this);
        if let ExprKind::Function(function) = self.low.module.kind(lowered) {
            let function = *function;
            self.add_method(owner, function);
        }
        Property { key, value: lowered }
    }

    fn section(&mut self, node: Cst<'_>, owner: Option<ClassId>) -> Vec<Property> {
        let known = owner.map_or(0, |owner| self.low.module.classes[owner].fields.len());
        let properties = self.properties(node, owner, false);
        // What a section names beside functions (`watch: { x: {…} }`) are no fields.
        if let Some(owner) = owner {
            self.low.module.classes[owner].fields.truncate(known);
        }
        properties
    }

    fn add_method(&mut self, owner: Option<ClassId>, function: FunctionId) {
        if let Some(owner) = owner {
            self.low.module.classes[owner].methods.push(function);
        }
    }

    /// What a property other than a method is to its owner: a field, or the base.
    fn object_member(&mut self, owner: ClassId, name: Name, span: Span, value: ExprId) {
        let module = &mut self.low.module;
        match module.kind(value) {
            _ if name == "__proto__" => self.add_base(owner, value),
            ExprKind::Function(_) => {}
            _ if name == "constructor" || module.field(owner, &name).is_some() => {}
            _ => module.classes[owner].fields.push(Field {
                name,
                span,
                ty: None,
                values: vec![value],
                declared: true,
                is_static: false,
                is_final: false,
                visibility: Visibility::Public,
                annotations: Vec::new(),
            }),
        }
    }

    /// `data() { return {…} }` and `data: {…}`: the properties are fields of the component. The expressions are
    /// among those lowered since `from`.
    fn state_fields(&mut self, owner: ClassId, node: Cst<'_>, from: usize) {
        let Some(object) = returned_object(node.field("value").unwrap_or(node)) else { return };
        let span = object.span();
        let lowered = self.low.module.exprs.iter().skip(from).find_map(|(_, expr)| match &expr.kind {
            ExprKind::Object(properties) if expr.span == span => Some(properties),
            _ => None,
        });
        let named: Vec<(Name, ExprId)> = lowered
            .into_iter()
            .flatten()
            .filter_map(|property| match &property.key {
                PropertyKey::Name(name) => Some((name.clone(), property.value)),
                _ => None,
            })
            .collect();
        for (name, value) in named {
            let span = self.low.module.span(value);
            self.object_member(owner, name, span, value);
        }
    }

    pub fn property_key(&mut self, node: Cst<'_>) -> PropertyKey {
        if !node.is("computed_property_name") {
            return PropertyKey::Name(property_name(node));
        }
        let key = match node.first() {
            Some(key) => self.expression(key),
            None => self.low.opaque(Vec::new(), node.span()),
        };
        match self.low.module.kind(key) {
            ExprKind::Literal(Literal::String(name)) => PropertyKey::Name(name.clone()),
            _ => PropertyKey::Computed(key),
        }
    }
}

/// The object literal that a value is, or that a function gives back.
fn returned_object(node: Cst<'_>) -> Option<Cst<'_>> {
    match node.kind() {
        "object" => Some(node),
        "parenthesized_expression" | "as_expression" | "satisfies_expression" | "return_statement" => {
            returned_object(node.first()?)
        }
        "arrow_function" | "function_expression" | "method_definition" => returned_object(node.field("body")?),
        "statement_block" => {
            node.children().into_iter().rev().find(|last| last.is("return_statement")).and_then(returned_object)
        }
        _ => None,
    }
}

fn has_functions(object: Cst<'_>) -> bool {
    object.children().into_iter().any(|property| {
        property.is("method_definition")
            || property.field("value").is_some_and(|value| {
                matches!(value.kind(), "function_expression" | "generator_function" | "arrow_function")
                    || (value.is("object")
                        && property.field("key").is_some_and(|key| SECTIONS.contains(&key.text()))
                        && has_functions(value))
            })
    })
}
