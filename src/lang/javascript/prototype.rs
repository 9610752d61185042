//! Constructor functions with a prototype, and how they inherit.

use rustc_hash::FxHashSet;

use super::Front;
use super::function::{ThisOf, property_name};
use crate::lang::cst::{self, Cst};
use crate::lang::lowering::class;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, Module, Name, QualifiedName, TypeRef, UNRESOLVED};
use crate::source::Span;

/// Functions that set the base of their first argument.
const INHERITS: [&str; 4] = ["inherits", "_inherits", "_inheritsLoose", "__extends"];
/// Longest chain of members that names a constructor.
const DEPTH: u8 = 8;

impl Front {
    /// Makes a class for each function whose prototype the file extends, before anything is lowered.
    pub fn find_prototypes(&mut self, root: Cst<'_>) {
        let text = root.text();
        if !text.contains(".prototype") && !INHERITS.iter().any(|word| text.contains(word)) {
            return;
        }
        let mut found: Vec<(Name, Span)> = Vec::new();
        let mut seen: FxHashSet<Name> = FxHashSet::default();
        cst::walk(root, |node| {
            if let Some(object) = constructor_in(node)
                && let Some(key) = key_of(object.text())
                && seen.insert(key.clone())
            {
                found.push((key, object.span()));
            }
            true
        });
        for (key, span) in found {
            let function = self.low.function();
            let name = Name::new(key.rsplit('.').next().unwrap_or(&key));
            let id = self.low.module.classes.alloc(class(Some(name), ClassKind::Prototype, span, span, function));
            self.prototypes.insert(key, id);
        }
    }

    /// The owner whose constructor an expression names.
    fn constructed(&self, expr: ExprId) -> Option<ClassId> {
        let key = key_of(&dotted(&self.low.module, expr, DEPTH)?)?;
        self.prototypes.get(&key).copied()
    }

    /// The owner of the constructor with a simple name.
    pub fn prototype_of(&self, name: Option<&Name>) -> Option<ClassId> {
        self.prototypes.get(name?).copied()
    }

    /// The prototype owner whose member `target` is: `F.prototype.m`, or `proto.m` after `proto = F.prototype`.
    fn prototype_member(&self, target: ExprId) -> Option<(ClassId, Name)> {
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
    pub fn prototype_object(&self, expr: ExprId) -> Option<ClassId> {
        let constructor = self.prototype_holder(expr)?;
        self.constructed(constructor)
    }

    /// `F` of `F.prototype`.
    fn prototype_holder(&self, expr: ExprId) -> Option<ExprId> {
        match self.low.module.kind(expr) {
            ExprKind::Member { object, name, .. } if name == "prototype" => Some(*object),
            _ => None,
        }
    }

    /// Whether a call makes its first argument inherit from its second.
    pub fn inherits(&self, callee: ExprId) -> bool {
        self.callee_name(callee).is_some_and(|name| INHERITS.contains(&name) || name == "setPrototypeOf")
    }

    /// Whether a call puts an object together from others.
    pub fn puts_together(&self, callee: ExprId) -> bool {
        self.callee_name(callee).is_some_and(|name| matches!(name, "assign" | "extend" | "_extend" | "create"))
    }

    fn callee_name(&self, callee: ExprId) -> Option<&str> {
        match self.low.module.kind(callee) {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
            ExprKind::Variable(id) => Some(&self.low.module.variables[*id].name),
            _ => None,
        }
    }

    /// `inherits(F, Base)` and `Object.setPrototypeOf(F.prototype, Base.prototype)`.
    pub fn note_inheritance(&mut self, derived: ExprId, base: ExprId) {
        let derived = self.prototype_holder(derived).unwrap_or(derived);
        if let Some(class) = self.constructed(derived) {
            self.add_base(class, base);
        }
    }

    /// Notes what a class inherits from, by its constructor or its prototype. A base that is not to be seen is noted
    /// all the same: methods may come from it.
    pub fn add_base(&mut self, class: ClassId, base: ExprId) {
        let base = self.prototype_holder(base).unwrap_or(base);
        let module = &self.low.module;
        let own = self.constructed(base);
        if own == Some(class) || matches!(module.kind(base), ExprKind::Literal(_)) {
            return;
        }
        let name = own.map(|own| module.class_name(own)).or_else(|| module.path(base)).unwrap_or_else(|| {
            let name = dotted(module, base, DEPTH).unwrap_or_default();
            QualifiedName { module: Name::new_static(UNRESOLVED), name }
        });
        let base = TypeRef::plain(name);
        let made = &mut self.low.module.classes[class];
        if !made.bases.contains(&base) {
            made.bases.push(base);
            made.superclasses = made.bases.len();
        }
    }

    /// The value of an assignment; what is given to a prototype belongs to its class.
    pub fn assigned_value(&mut self, target: ExprId, left: Cst<'_>, right: Cst<'_>, outer: Option<Name>) -> ExprId {
        // F.prototype.m = function …
        if let Some((class, name)) = self.prototype_member(target) {
            if name == "__proto__" {
                let value = self.expression(right);
                self.add_base(class, value);
                return value;
            }
            let value = self.named_value(right, Some(name), ThisOf::Class(class));
            if let ExprKind::Function(function) = self.low.module.kind(value) {
                let function = *function;
                self.low.module.classes[class].methods.push(function);
            }
            return value;
        }
        // F.prototype = { … } or an object made from the base's prototype
        if let Some(class) = self.prototype_object(target) {
            if right.is("object") {
                let properties = self.properties(right, Some(class), false);
                return self.low.expr(ExprKind::Object(properties), right.span());
            }
            self.extended = Some(class);
            let value = self.expression(right);
            self.extended = None;
            self.inherited_from(class, value, DEPTH);
            return value;
        }
        let module = &self.low.module;
        let this = match module.kind(target) {
            // `this.m = function …` in a method: called on the same object.
            ExprKind::Member { object, .. } if let ExprKind::This(Some(class)) = module.kind(*object) => {
                ThisOf::Class(*class)
            }
            _ => self
                .constructed(target)
                .or_else(|| self.prototype_of(outer.as_ref()))
                .map_or(ThisOf::Nobody, ThisOf::Made),
        };
        let name = match left.kind() {
            "identifier" => Some(left.name()),
            "member_expression" => left.field("property").map(property_name).filter(|name| name != "exports"),
            _ => None,
        };
        let name = if right.is("assignment_expression") { outer.or(name) } else { name.or(outer) };
        self.named_value(right, name, this)
    }

    /// `F.prototype = Object.create(Base.prototype)`, `new Base()`, `Object.assign(Object.create(Base.prototype), …)`.
    fn inherited_from(&mut self, class: ClassId, value: ExprId, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if self.prototype_holder(value).is_some() {
            self.add_base(class, value);
            return;
        }
        let (bases, made) = match self.low.module.kind(value) {
            ExprKind::Call { callee, constructs: true, .. } => (vec![*callee], false),
            ExprKind::Call { callee, arguments, .. } => {
                let arguments = arguments.iter().map(|argument| argument.value);
                match self.callee_name(*callee) {
                    Some("create") => (arguments.take(1).collect(), false),
                    _ if self.puts_together(*callee) => (arguments.collect(), true),
                    _ => return,
                }
            }
            _ => return,
        };
        for base in bases {
            if made { self.inherited_from(class, base, depth) } else { self.add_base(class, base) }
        }
    }
}

/// The dotted name of an expression.
fn dotted(module: &Module, expr: ExprId, depth: u8) -> Option<Name> {
    let depth = depth.checked_sub(1)?;
    match module.kind(expr) {
        ExprKind::Variable(id) => Some(module.variables[*id].name.clone()),
        ExprKind::Global(name) => Some(name.clone()),
        ExprKind::Member { object, name, .. } => {
            let object = dotted(module, *object, depth)?;
            Some(Name::from(format!("{object}.{name}")))
        }
        _ => None,
    }
}

/// The key of a constructor: its dotted name, without the object of the module's exports.
fn key_of(text: &str) -> Option<Name> {
    let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '$' | '.');
    let short = text.strip_prefix("module.").unwrap_or(text);
    let key = short.strip_prefix("exports.").unwrap_or(text);
    let first = key.split('.').next().unwrap_or_default();
    let named = !key.is_empty() && key.chars().all(plain) && first != "this" && !is_builtin(key);
    named.then(|| Name::new(key))
}

/// The constructor that a node gives a prototype or a base.
fn constructor_in(node: Cst<'_>) -> Option<Cst<'_>> {
    let object = match node.kind() {
        "member_expression" if node.field("property").is_some_and(|property| property.text() == "prototype") => {
            node.field("object").filter(|_| writes_prototype(node))
        }
        "call_expression" => {
            let callee = node.field("function")?.text();
            let last = callee.rsplit('.').next().unwrap_or(callee);
            node.field("arguments").filter(|_| INHERITS.contains(&last)).and_then(Cst::first)
        }
        _ => None,
    }?;
    matches!(object.kind(), "identifier" | "member_expression").then_some(object)
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
            matches!(
                callee.text(),
                "Object.assign" | "Object.setPrototypeOf" | "_.extend" | "extend" | "$.extend" | "jQuery.extend"
            ) && parent.first().is_some_and(|first| first.id() == node.id())
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
