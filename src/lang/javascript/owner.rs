//! Owners that are no class declarations: constructor functions with a prototype, and objects with methods.

use super::Front;
use crate::lang::cst::{self, Cst};
use crate::lang::lowering::class;
use crate::model::{ClassKind, ExprId, ExprKind, Name, TypeRef, VariableKind};

/// Sections of an options object whose functions run with the component as `this`.
const SECTIONS: [&str; 6] = ["methods", "computed", "watch", "actions", "getters", "lifetimes"];

impl Front {
    /// Makes a class for each function whose prototype the file extends, before anything is lowered.
    pub fn find_prototypes(&mut self, root: Cst<'_>) {
        if !root.text().contains(".prototype") {
            return;
        }
        let mut found: Vec<(Name, crate::source::Span)> = Vec::new();
        cst::walk(root, |node| {
            if node.is("member_expression")
                && node.field("property").is_some_and(|property| property.text() == "prototype")
                && let Some(object) = node.field("object").filter(|object| object.is("identifier"))
                && writes_prototype(node)
            {
                let name = object.name();
                if !is_builtin(&name) && !found.iter().any(|(other, _)| *other == name) {
                    found.push((name, object.span()));
                }
            }
            true
        });
        for (name, span) in found {
            let function = self.low.function();
            let id =
                self.low.module.classes.alloc(class(Some(name.clone()), ClassKind::Prototype, span, span, function));
            self.prototypes.insert(name, id);
        }
    }

    /// The prototype owner whose member `target` is: `F.prototype.m`, or `proto.m` after `proto = F.prototype`.
    pub fn prototype_member(&self, target: ExprId) -> Option<(crate::model::ClassId, Name)> {
        let module = &self.low.module;
        let ExprKind::Member { object, name, .. } = module.kind(target) else { return None };
        let mut object = *object;
        if let ExprKind::Variable(id) = module.kind(object) {
            let [value] = module.variables[*id].values.as_slice() else { return None };
            object = *value;
            if let ExprKind::Assign { value, .. } = module.kind(object) {
                object = *value;
            }
        }
        let class = self.prototype_object(object)?;
        Some((class, name.clone()))
    }

    /// The owner of `F.prototype`.
    pub fn prototype_object(&self, expr: ExprId) -> Option<crate::model::ClassId> {
        let module = &self.low.module;
        let ExprKind::Member { object, name, .. } = module.kind(expr) else { return None };
        if name != "prototype" {
            return None;
        }
        match module.kind(*object) {
            ExprKind::Variable(id) => self.prototypes.get(&module.variables[*id].name).copied(),
            ExprKind::Global(name) => self.prototypes.get(name).copied(),
            _ => None,
        }
    }

    /// `inherits(F, Base)`, `F.prototype = Object.create(Base.prototype)` and `F.prototype = new Base()`.
    pub fn note_inheritance(&mut self, derived: ExprId, base: ExprId) {
        let module = &self.low.module;
        let name = match module.kind(derived) {
            ExprKind::Variable(id) => &module.variables[*id].name,
            ExprKind::Global(name) => name,
            _ => return,
        };
        let (Some(class), Some(base)) = (self.prototypes.get(name).copied(), module.path(base)) else { return };
        let class = &mut self.low.module.classes[class];
        class.bases.push(TypeRef::plain(base));
        class.superclasses = class.bases.len();
    }

    /// An object literal. One with functions becomes an owner, so that their `this` has a class.
    pub fn object(&mut self, node: Cst<'_>, name: Option<Name>, is_options: bool) -> ExprId {
        let owner = has_functions(node).then(|| {
            let span = node.span();
            let name_span = crate::source::Span { start: span.start, end: span.start + 1 };
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

    /// The sections of an options object (`methods: {…}`) share the `this` of the object itself.
    pub fn section(&mut self, key: &str, value: Cst<'_>, owner: Option<crate::model::ClassId>) -> Option<ExprId> {
        if !value.is("object") || !SECTIONS.contains(&key) {
            return None;
        }
        let owner = owner?;
        let properties = self.properties(value, Some(owner), false);
        Some(self.low.expr(ExprKind::Object(properties), value.span()))
    }

    /// Makes the variable of a constructor function its class as well.
    pub fn prototype_of(&self, name: Option<&Name>) -> Option<crate::model::ClassId> {
        self.prototypes.get(name?).copied()
    }

    /// Gives a declared class its variable.
    pub fn bind_class(&mut self, name: Cst<'_>, class: crate::model::ClassId) {
        let variable = self.low.declare(name.name(), name.span(), VariableKind::Class(class));
        self.low.module.variables[variable].kind = VariableKind::Class(class);
    }
}

/// `F.prototype.m = …`, `F.prototype = …`, `Object.assign(F.prototype, …)`, `proto = F.prototype`.
fn writes_prototype(node: Cst<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "assignment_expression" | "variable_declarator" => true,
        "member_expression" => parent.parent().is_some_and(|outer| {
            outer.is("assignment_expression") && outer.field("left").is_some_and(|left| left.id() == parent.id())
        }),
        "arguments" => parent.parent().and_then(|call| call.field("function")).is_some_and(|callee| {
            matches!(callee.text(), "Object.assign" | "_.extend" | "extend" | "$.extend" | "jQuery.extend")
                && parent.first().is_some_and(|first| first.id() == node.id())
        }),
        _ => false,
    }
}

fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "Object"
            | "Array"
            | "Function"
            | "String"
            | "Number"
            | "Boolean"
            | "Date"
            | "Promise"
            | "RegExp"
            | "Error"
            | "Map"
            | "Set"
            | "Element"
            | "Node"
            | "HTMLElement"
            | "EventTarget"
            | "Event"
    )
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
