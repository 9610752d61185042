//! Reads the mentions of a collection: what goes in, what comes out, what looks at its size.

mod elements;
pub mod evidence;
pub mod follow;
pub mod forms;
pub mod usage;
pub mod walked;

use rustc_hash::FxHashSet;

use self::forms::{compares, is_delete, is_initial, is_lazy, is_zero, returns_null, thins_out};
use self::usage::{Escape, Growth, Shrink, Usage, What, Words, descendants, last_name, method_name};
use super::words::{is_accessor, is_size, is_view};
use crate::analyses::context::{Context, Use};
use crate::lang::Family;
use crate::model::{AssignOp, ExprId, ExprKind, LogicalOp, Place, PropertyKey, UnaryOp, VariableId};

/// How many functions a collection is followed into.
const DEPTH: u8 = 3;

/// Reads the mentions of one place.
pub struct Reader<'a> {
    pub context: &'a Context<'a>,
    pub words: &'a Words,
    pub place: &'a Place,
    /// Whether the elements are collections.
    pub nested: bool,
    /// Whether it is an object without methods of a collection.
    pub plain_object: bool,
    /// Whether reading a key that is not there puts it in.
    pub fills_on_read: bool,
    pub found: Vec<Usage>,
    /// The other names whose mentions were read.
    pub followed: FxHashSet<VariableId>,
    pub depth: u8,
}

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(context: &'a Context<'a>, words: &'a Words, place: &'a Place, nested: bool) -> Self {
        Self {
            context,
            words,
            place,
            nested,
            plain_object: false,
            fills_on_read: false,
            found: Vec::new(),
            followed: FxHashSet::default(),
            depth: DEPTH,
        }
    }

    pub fn add(&mut self, expr: ExprId, what: What) {
        if let Some(function) = self.context.function_of(expr) {
            self.found.push(Usage { expr, function, what });
        }
    }

    /// What is done to the elements that loops take from the collection.
    pub fn loops(&mut self) {
        let (elements, entries) = walked::elements(self.context, self.place);
        for id in elements {
            for read in self.context.reads(id).to_vec() {
                self.element(read, DEPTH);
            }
        }
        for id in entries {
            for read in self.context.reads(id).to_vec() {
                if let Use::Receiver(call) = self.context.uses(read)
                    && method_name(self.context, call) == "getValue"
                {
                    self.element(call, DEPTH);
                }
            }
        }
    }

    /// What a mention does.
    pub fn mention(&mut self, expr: ExprId) {
        let context = self.context;
        if context.is_target(expr) || self.is_compound_target(expr) {
            return self.assigned(expr);
        }
        if self.is_in_own_value(expr) {
            return self.add(expr, What::Read);
        }
        match context.uses(expr) {
            Use::Receiver(call) => self.method(expr, call),
            Use::Read(part) => self.part(expr, part),
            Use::Argument(call, index) => self.argument(expr, call, index),
            Use::Stored(target) => self.stored(expr, target),
            Use::Element(list) if !self.is_spread(expr, list) => self.add(expr, What::Escapes(Escape::Stored)),
            Use::Iterated => self.add(expr, What::Iterated),
            Use::Returned | Use::Yielded => self.add(expr, What::Escapes(Escape::Returned)),
            Use::Operand(outer) if is_delete(context, outer) => self.shrink(outer, None, false),
            Use::Opaque => self.add(expr, What::Read),
            _ => self.add(expr, What::Read),
        }
    }

    pub fn shrink(&mut self, expr: ExprId, key: Option<ExprId>, inner: bool) {
        self.add(expr, What::Shrink(Shrink { key, inner }));
    }

    pub fn grow(&mut self, expr: ExprId, key: Option<ExprId>, value: Option<ExprId>, inner: bool) {
        self.add(expr, What::Grow(Growth { key, value, inner, updates: false }));
    }

    /// `C = concat([C, x])`: the assignment says what happens.
    fn is_in_own_value(&self, expr: ExprId) -> bool {
        let mut at = expr;
        while let Some(parent) = self.context.parent(at) {
            if let ExprKind::Assign { target, value, operator: AssignOp::Set, .. } = self.context.module.kind(parent) {
                return *value == at && self.context.place(*target).as_ref() == Some(self.place);
            }
            at = parent;
        }
        false
    }

    fn is_compound_target(&self, expr: ExprId) -> bool {
        self.context.parent(expr).is_some_and(
            |parent| matches!(self.context.module.kind(parent), ExprKind::Assign { target, .. } if *target == expr),
        )
    }

    fn is_spread(&self, expr: ExprId, list: ExprId) -> bool {
        let module = self.context.module;
        let spread = self.context.parent(expr).is_some_and(|parent| matches!(module.kind(parent), ExprKind::Spread(_)));
        spread
            || matches!(module.kind(list), ExprKind::Object(properties)
                if properties.iter().any(|property| property.value == expr && matches!(property.key, PropertyKey::Spread)))
    }

    /// `C = …`, `C += …`
    fn assigned(&mut self, expr: ExprId) {
        let context = self.context;
        let Some(parent) = context.parent(expr) else { return };
        let ExprKind::Assign { target, value, operator, .. } = context.module.kind(parent) else {
            // Part of a pattern: it gets some other value.
            return self.add(expr, What::Reset);
        };
        if *target != expr {
            return self.add(expr, What::Reset);
        }
        let (value, operator) = (*value, operator.clone());
        match operator {
            AssignOp::SetIfMissing => self.add(parent, What::Made),
            AssignOp::Compound(operator) => match operator.as_str() {
                "+" | "|" | "||" => self.grow(parent, None, Some(value), false),
                _ => self.shrink(parent, None, false),
            },
            AssignOp::Set if context.place(value).as_ref() == Some(self.place) => {}
            AssignOp::Set => self.replaced(parent, value),
        }
    }

    fn replaced(&mut self, assign: ExprId, value: ExprId) {
        let context = self.context;
        let module = context.module;
        let own: Vec<ExprId> = descendants(context, value).into_iter().filter(|part| self.names(*part)).collect();
        let Some(first) = own.first() else {
            let made = is_lazy(context, assign, self.place) || is_initial(context, assign, self.place);
            return self.add(assign, if made { What::Made } else { What::Reset });
        };
        match module.kind(module.peel(value)) {
            // `C = C || {}`
            ExprKind::Logical { operator: LogicalOp::Or | LogicalOp::Coalesce, .. } | ExprKind::Conditional { .. } => {
                self.add(assign, What::Made);
            }
            ExprKind::Binary { operator, .. } if matches!(operator.as_str(), "+" | "|") => {
                self.grow(assign, None, Some(value), false);
            }
            ExprKind::Template(_) => self.grow(assign, None, Some(value), false),
            ExprKind::List { .. } | ExprKind::Object(_) => self.copied(assign, value, *first),
            ExprKind::Call { callee, arguments, .. } => {
                let name = last_name(context, *callee);
                if name == "concat" || (name == "assign" && arguments.len() > 1) {
                    self.grow(assign, None, arguments.last().map(|argument| argument.value), false);
                } else {
                    self.shrink(assign, None, false);
                }
            }
            _ => self.shrink(assign, None, false),
        }
    }

    /// `C = [...C, x]`, `C = { ...C, [k]: v }`; with a filter inside it gets smaller.
    fn copied(&mut self, assign: ExprId, value: ExprId, own: ExprId) {
        let context = self.context;
        let spread = context.parent(own).is_some_and(|parent| {
            parent == context.module.peel(value) || matches!(context.module.kind(parent), ExprKind::Spread(_))
        });
        if !spread {
            return self.shrink(assign, None, false);
        }
        let key = match context.module.kind(context.module.peel(value)) {
            ExprKind::Object(properties) => {
                let dynamic = properties.iter().find_map(|property| match property.key {
                    PropertyKey::Computed(key) => Some(key),
                    _ => None,
                });
                if dynamic.is_none() {
                    return self.add(assign, What::Read);
                }
                dynamic
            }
            _ => None,
        };
        self.grow(assign, key, Some(value), false);
    }

    fn names(&self, expr: ExprId) -> bool {
        matches!(
            self.context.module.kind(expr),
            ExprKind::Variable(_) | ExprKind::Member { .. } | ExprKind::Index { .. }
        ) && self.context.place(expr).as_ref() == Some(self.place)
    }

    /// `C.m(…)`
    fn method(&mut self, receiver: ExprId, call: ExprId) {
        let context = self.context;
        let ExprKind::Call { callee, arguments, .. } = context.module.kind(call) else { return };
        let ExprKind::Member { name, .. } = context.module.kind(*callee) else { return };
        let arguments: Vec<ExprId> = arguments.iter().map(|argument| argument.value).collect();
        self.operation(receiver, call, name.as_str(), &arguments);
    }

    /// A method of the collection runs, by whatever name it is called.
    fn operation(&mut self, receiver: ExprId, call: ExprId, name: &str, arguments: &[ExprId]) {
        let context = self.context;
        // A plain object has the methods that it is given.
        if self.plain_object {
            return self.add(receiver, What::Read);
        }
        if self.words.grows(name) && !(name == "set" && arguments.len() == 1) {
            self.grow_call(call, name, arguments);
        }
        let drops = matches!(name, "compute" | "computeIfPresent" | "merge")
            && arguments.iter().any(|argument| {
                descendants(context, *argument).iter().any(|part| context.module.is_null(*part))
                    || returns_null(context, *argument)
            });
        // `list.set(at, null)`: the place stays, and nothing is kept.
        let drops = drops || matches!((name, arguments), ("set", [_, value]) if context.module.is_null(*value));
        if self.words.shrinks(name) || drops || (name == "computeIfPresent") {
            // Python's `list.pop()` and `dict.pop(k)`, `splice(i, 1)`: an entry leaves. `splice(i, 0, x)` adds.
            let inserts = name == "splice" && arguments.len() > 2 && is_zero(context, arguments[1]);
            if inserts {
                self.grow(call, None, arguments.get(2).copied(), false);
            } else {
                self.shrink(call, arguments.first().copied(), false);
            }
        } else if is_size(name) {
            self.size(call);
        } else if is_view(name) {
            self.view(call, DEPTH);
        } else if is_accessor(name) {
            self.element(call, DEPTH);
        } else if !self.words.grows(name) {
            let what = if name == "forEach" { What::Iterated } else { What::Read };
            self.add(receiver, what);
        }
    }

    fn grow_call(&mut self, call: ExprId, name: &str, arguments: &[ExprId]) {
        let context = self.context;
        let first = arguments.first().copied();
        match name {
            "put" if arguments.len() == 1 => self.grow(call, None, first, false),
            "set" | "put" | "putIfAbsent" | "setdefault" | "computeIfAbsent" | "compute" | "merge" | "replace"
            | "setItem" | "__setitem__" | "putChild" => self.grow(call, first, arguments.get(1).copied(), false),
            "update" if arguments.is_empty() => {
                let literal = matches!(context.module.kind(call), ExprKind::Call { arguments, .. } if arguments.iter().all(|argument| argument.name.is_some()));
                if !literal {
                    self.grow(call, None, None, false);
                }
            }
            "update" if context.family() == Family::Python && first.is_some_and(|from| self.is_record(from)) => {}
            "update" | "putAll" => self.grow(call, first.map(|from| self.given_key(from)), first, false),
            "insert" => self.grow(call, None, arguments.get(1).copied(), false),
            _ => self.grow(call, None, first, false),
        }
    }

    /// A literal whose keys all stand in the text: `state.update({"done": n, "total": m})` fills the same few again.
    fn is_record(&self, from: ExprId) -> bool {
        match self.context.module.kind(from) {
            ExprKind::Object(properties) => {
                !properties.is_empty() && properties.iter().all(|property| matches!(property.key, PropertyKey::Name(_)))
            }
            _ => false,
        }
    }

    /// The key of a literal that is merged into the collection; else what is merged.
    fn given_key(&self, from: ExprId) -> ExprId {
        match self.context.module.kind(from) {
            ExprKind::Object(properties) => properties
                .iter()
                .find_map(|property| match property.key {
                    PropertyKey::Computed(key) => Some(key),
                    _ => None,
                })
                .unwrap_or(from),
            _ => from,
        }
    }

    fn index(&mut self, index: ExprId, key: ExprId) {
        let context = self.context;
        let module = context.module;
        if let Some(parent) = context.parent(index) {
            match module.kind(parent) {
                ExprKind::Assign { target, value, operator, .. } if *target == index => {
                    let (value, operator) = (*value, operator.clone());
                    return self.index_assigned(parent, key, value, &operator);
                }
                ExprKind::Unary { operator: UnaryOp::Delete, .. } => return self.shrink(parent, Some(key), false),
                ExprKind::Unary { operator: UnaryOp::Step, .. } => {
                    return self
                        .add(parent, What::Grow(Growth { key: Some(key), value: None, inner: false, updates: true }));
                }
                _ => {}
            }
        }
        if context.is_target(index) {
            return self.grow(index, Some(key), None, false);
        }
        if self.fills_on_read {
            self.grow(index, Some(key), None, false);
        }
        self.element(index, DEPTH);
    }

    fn index_assigned(&mut self, assign: ExprId, key: ExprId, value: ExprId, operator: &AssignOp) {
        let context = self.context;
        // `C[:] = …` replaces the content.
        if matches!(context.module.kind(key), ExprKind::Opaque(_)) {
            return self.add(assign, What::Reset);
        }
        match operator {
            AssignOp::Compound(_) => {
                self.add(
                    assign,
                    What::Grow(Growth { key: Some(key), value: Some(value), inner: false, updates: true }),
                );
            }
            AssignOp::Set if context.module.is_null(value) => self.add(assign, What::Read),
            AssignOp::Set if self.nested && (self.is_walked_key(key) || thins_out(context, assign, value)) => {
                self.shrink(assign, None, true);
            }
            AssignOp::Set | AssignOp::SetIfMissing => self.grow(assign, Some(key), Some(value), false),
        }
    }

    /// Whether a key is one of those that a loop takes from the collection itself.
    fn is_walked_key(&self, key: ExprId) -> bool {
        let context = self.context;
        let ExprKind::Variable(id) = context.module.kind(key) else { return false };
        walked::keys(context, self.place).contains(id)
    }

    /// An expression for the size; held against a limit it is a guard.
    pub fn size(&mut self, size: ExprId) {
        let guards = compares(self.context, size, DEPTH);
        self.add(size, if guards { What::Guard } else { What::Read });
    }
}
