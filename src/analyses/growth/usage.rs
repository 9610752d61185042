//! What each mention of a collection does to it.

use crate::analyses::context::{Context, Use};
use crate::catalogue::{Collection, glob};
use crate::model::{
    AssignOp, ExprId, ExprKind, FunctionId, Literal, LogicalOp, Name, Place, PropertyKey, Root, UnaryOp,
};
use rustc_hash::FxHashSet;

use super::collection::is_null;

/// How many functions a collection is followed into.
const DEPTH: u8 = 3;

/// A mention that matters.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The whole of what happens: the call, the assignment, the `delete`.
    pub expr: ExprId,
    pub function: FunctionId,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Grow(Growth),
    Shrink(Shrink),
    /// Its size is held against a limit.
    Guard,
    /// Replaced by an empty one or by something else.
    Reset,
    /// Given its first value.
    Made,
    Iterated,
    /// Read, searched, printed.
    Read,
    /// Handed to code that this file does not show.
    Escapes(Escape),
}

/// Something goes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// What tells entries apart; nothing where each one is added anew.
    pub key: Option<ExprId>,
    pub value: Option<ExprId>,
    /// Into an element of the collection.
    pub inner: bool,
    /// The read-modify-write of an entry that is there: `m[k] += 1`.
    pub updates: bool,
}

/// Something comes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrink {
    /// The key it is taken out under, where it has a name.
    pub key: Option<ExprId>,
    /// Only an element of the collection gets smaller.
    pub inner: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    Returned,
    Stored,
    Passed,
}

/// The words by which the collections of a language family grow and shrink.
#[derive(Clone, Debug, Default)]
pub struct Words {
    grow: FxHashSet<String>,
    shrink: FxHashSet<String>,
}

impl Words {
    #[must_use]
    pub fn of(context: &Context<'_>) -> Self {
        let mut words = Self::default();
        for collection in context.catalogue.in_scope(&context.scope).flat_map(|library| &library.collection) {
            // Reading a cache that loads what it misses is growth of that type alone.
            words
                .grow
                .extend(collection.grow.iter().filter(|word| !word.starts_with("get") && *word != "write").cloned());
            words.shrink.extend(collection.shrink.iter().filter(|word| !word.starts_with("get")).cloned());
        }
        words
    }

    /// The same with the words of one type.
    #[must_use]
    pub fn with(&self, table: Option<&Collection>) -> Self {
        let mut words = self.clone();
        if let Some(table) = table {
            words.grow.extend(table.grow.iter().cloned());
            words.shrink.extend(table.shrink.iter().cloned());
        }
        words
    }

    #[must_use]
    pub fn grows(&self, name: &str) -> bool {
        self.grow.contains(name)
    }

    #[must_use]
    pub fn shrinks(&self, name: &str) -> bool {
        self.shrink.contains(name)
    }
}

/// Reads the mentions of one place.
pub struct Reader<'a> {
    pub context: &'a Context<'a>,
    pub words: &'a Words,
    pub place: &'a Place,
    /// Whether the elements are collections.
    pub nested: bool,
    pub found: Vec<Usage>,
    pub depth: u8,
}

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(context: &'a Context<'a>, words: &'a Words, place: &'a Place, nested: bool) -> Self {
        Self { context, words, place, nested, found: Vec::new(), depth: DEPTH }
    }

    fn add(&mut self, expr: ExprId, what: What) {
        if let Some(function) = self.context.function_of(expr) {
            self.found.push(Usage { expr, function, what });
        }
    }

    /// What a mention does.
    pub fn mention(&mut self, expr: ExprId) {
        let context = self.context;
        if context.is_target(expr) || self.is_compound_target(expr) {
            return self.assigned(expr);
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

    fn shrink(&mut self, expr: ExprId, key: Option<ExprId>, inner: bool) {
        self.add(expr, What::Shrink(Shrink { key, inner }));
    }

    fn grow(&mut self, expr: ExprId, key: Option<ExprId>, value: Option<ExprId>, inner: bool) {
        self.add(expr, What::Grow(Growth { key, value, inner, updates: false }));
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
        let name = name.as_str();
        if self.words.grows(name) && !(name == "set" && arguments.len() == 1) {
            self.grow_call(call, name, &arguments);
        }
        let drops = matches!(name, "compute" | "computeIfPresent" | "merge")
            && arguments.iter().any(|argument| {
                descendants(context, *argument).iter().any(|part| is_null(context, *part))
                    || returns_null(context, *argument)
            });
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
            "set" | "put" | "putIfAbsent" | "setdefault" | "computeIfAbsent" | "compute" | "merge" | "replace"
            | "setItem" | "__setitem__" | "putChild" => self.grow(call, first, arguments.get(1).copied(), false),
            "update" if arguments.is_empty() => {
                let literal = matches!(context.module.kind(call), ExprKind::Call { arguments, .. } if arguments.iter().all(|argument| argument.name.is_some()));
                if !literal {
                    self.grow(call, None, None, false);
                }
            }
            "update" | "putAll" => self.grow(call, first, first, false),
            "insert" => self.grow(call, None, arguments.get(1).copied(), false),
            _ => self.grow(call, None, first, false),
        }
    }

    /// `C.values().remove(…)`, `const it = C.iterator(); it.remove()`
    fn view(&mut self, view: ExprId, depth: u8) {
        let context = self.context;
        let Some(depth) = depth.checked_sub(1) else { return };
        match context.uses(view) {
            Use::Receiver(call) => {
                let name = method_name(context, call);
                if self.words.shrinks(&name) || name == "remove" {
                    self.shrink(call, None, false);
                } else if is_view(&name)
                    || is_accessor(&name)
                    || matches!(name.as_str(), "next" | "filter" | "sorted" | "peek")
                {
                    self.view(call, depth);
                } else {
                    self.add(call, What::Iterated);
                }
            }
            Use::Stored(target) => {
                if let ExprKind::Variable(id) = context.module.kind(target) {
                    for read in context.reads(*id).to_vec() {
                        self.view(read, depth);
                    }
                }
            }
            Use::Iterated => self.add(view, What::Iterated),
            Use::Returned if depth + 1 == DEPTH => self.add(view, What::Read),
            _ => {}
        }
    }

    /// What is done to an element: `C.get(k).add(x)`, `const inner = C[k]; inner.delete(x)`.
    fn element(&mut self, element: ExprId, depth: u8) {
        let context = self.context;
        let Some(depth) = depth.checked_sub(1) else { return };
        match context.uses(element) {
            Use::Receiver(call) => {
                let name = method_name(context, call);
                let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return };
                let first = arguments.first().map(|argument| argument.value);
                if self.words.shrinks(&name) {
                    self.shrink(call, first, true);
                } else if self.nested && self.words.grows(&name) {
                    let keyed =
                        matches!(name.as_str(), "set" | "put" | "putIfAbsent" | "setdefault" | "computeIfAbsent");
                    let key = if keyed { first } else { None };
                    self.grow(call, key, first, true);
                } else if is_accessor(&name) || is_view(&name) {
                    self.element(call, depth);
                }
            }
            Use::Read(part) => self.element_part(part),
            Use::Stored(target) => {
                if let ExprKind::Variable(id) = context.module.kind(target) {
                    for read in context.reads(*id).to_vec() {
                        self.element(read, depth);
                    }
                }
            }
            _ => {}
        }
    }

    fn element_part(&mut self, part: ExprId) {
        let context = self.context;
        match context.module.kind(part) {
            ExprKind::Index { key, .. } if context.is_target(part) => {
                if self.nested {
                    let value = assigned_value(context, part);
                    self.grow(part, Some(*key), value, true);
                }
            }
            ExprKind::Member { name, .. } if name == "length" && context.is_target(part) => {
                self.shrink(part, None, true);
            }
            _ => match context.uses(part) {
                Use::Operand(outer) if is_delete(context, outer) => self.shrink(outer, None, true),
                _ => {}
            },
        }
    }

    /// `C.length`, `C[k]`, `C.delete` as a value.
    fn part(&mut self, expr: ExprId, part: ExprId) {
        let context = self.context;
        match context.module.kind(part) {
            ExprKind::Index { key, .. } => self.index(part, *key),
            ExprKind::Member { name, .. } | ExprKind::MethodReference { name, .. } => {
                let name = name.clone();
                if is_size(&name) {
                    if context.is_target(part) {
                        return self.shrink(part, None, false);
                    }
                    return self.size(part);
                }
                match context.uses(part) {
                    Use::Operand(outer) if is_delete(context, outer) => self.shrink(outer, None, false),
                    // `done.then(tasks.delete)`, `on_done(tasks.discard)`: the method is handed over.
                    Use::Argument(..) | Use::Stored(_) | Use::Element(_) if self.words.shrinks(&name) => {
                        self.shrink(part, None, false);
                    }
                    Use::Receiver(call) if self.words.shrinks(&name) => self.shrink(call, None, false),
                    // `C.push.apply(C, more)`
                    Use::Receiver(call) if self.words.grows(&name) => self.grow(call, None, None, false),
                    Use::Argument(..) | Use::Stored(_) if self.words.grows(&name) => self.grow(part, None, None, false),
                    _ => self.add(expr, What::Read),
                }
            }
            _ => self.add(expr, What::Read),
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
            AssignOp::Set if is_null(context, value) => self.add(assign, What::Read),
            AssignOp::Set | AssignOp::SetIfMissing => self.grow(assign, Some(key), Some(value), false),
        }
    }

    /// An expression for the size; held against a limit it is a guard.
    fn size(&mut self, size: ExprId) {
        let guards = compares(self.context, size, DEPTH);
        self.add(size, if guards { What::Guard } else { What::Read });
    }

    /// `f(C)`
    fn argument(&mut self, expr: ExprId, call: ExprId, index: u16) {
        let context = self.context;
        let ExprKind::Call { callee, arguments, constructs, .. } = context.module.kind(call) else { return };
        let callee = context.module.peel(*callee);
        let name = last_name(context, callee);
        let second = arguments.get(1).map(|argument| argument.value);
        match name.as_str() {
            "len" | "size" => return self.size(call),
            "assign" | "extend" | "merge" | "heappush" | "insort" | "addAll" if index == 0 && arguments.len() > 1 => {
                return self.grow(call, None, second, false);
            }
            "heappop" | "heappushpop" | "heapreplace" | "remove" | "pull" | "pullAll" | "removeIf" | "remove_if"
            | "unset"
                if index == 0 =>
            {
                return self.shrink(call, second, false);
            }
            "delattr" => return self.shrink(call, second, false),
            _ => {}
        }
        if is_neutral(&name) || self.words.grows(&name) && is_copying(&name) {
            return self.add(expr, What::Read);
        }
        if self.words.grows(&name) {
            return self.add(expr, What::Escapes(Escape::Stored));
        }
        if let Some(function) = context.module.local_function(callee).filter(|_| !constructs)
            && self.depth > 0
        {
            return self.enter_function(expr, function, index);
        }
        self.add(expr, What::Escapes(Escape::Passed));
    }

    /// What a function of this file does with the collection it is given.
    fn enter_function(&mut self, expr: ExprId, function: FunctionId, index: u16) {
        let Some(parameter) = self.context.module.functions[function].parameters.get(usize::from(index)).copied()
        else {
            return self.add(expr, What::Escapes(Escape::Passed));
        };
        let place = Place { root: Root::Variable(parameter), path: Name::default() };
        let mut inner = Reader { place: &place, found: Vec::new(), depth: self.depth - 1, ..*self };
        for read in self.context.reads(parameter) {
            inner.mention(*read);
        }
        let found = inner.found;
        self.found.extend(found);
        self.add(expr, What::Read);
    }

    fn stored(&mut self, expr: ExprId, target: ExprId) {
        let context = self.context;
        if context.place(target).as_ref() == Some(self.place) {
            return;
        }
        match context.module.kind(target) {
            // `const { a, b } = C`
            ExprKind::Object(_) | ExprKind::List { .. } => self.add(expr, What::Read),
            // A name with other values too, within the function.
            ExprKind::Variable(id)
                if context.module.variables[*id].function != context.module.root && self.depth > 0 =>
            {
                let place = Place { root: Root::Variable(*id), path: Name::default() };
                let mut inner = Reader { place: &place, found: Vec::new(), depth: self.depth - 1, ..*self };
                for read in context.reads(*id) {
                    inner.mention(*read);
                }
                let found = inner.found;
                self.found.extend(found);
            }
            _ => self.add(expr, What::Escapes(Escape::Stored)),
        }
    }
}

/// The value assigned to a target.
fn assigned_value(context: &Context<'_>, target: ExprId) -> Option<ExprId> {
    match context.module.kind(context.parent(target)?) {
        ExprKind::Assign { value, .. } => Some(*value),
        _ => None,
    }
}

/// Whether a size is compared with something other than nothing.
fn compares(context: &Context<'_>, size: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match context.uses(size) {
        Use::Operand(outer) => match context.module.kind(outer) {
            ExprKind::Binary { operator, left, right } => {
                let other = if context.module.peel(*left) == size { *right } else { *left };
                match operator.as_str() {
                    ">" | "<" | ">=" | "<=" | "==" | "===" | "!=" | "!==" => !is_small(context, other),
                    "+" | "-" => compares(context, outer, depth),
                    _ => false,
                }
            }
            ExprKind::Conditional { .. } | ExprKind::Unary { .. } => false,
            _ => false,
        },
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) => context.reads(*id).iter().any(|read| compares(context, *read, depth)),
            _ => false,
        },
        Use::Argument(call, _) => {
            matches!(context.module.kind(call), ExprKind::Call { callee, .. } if matches!(last_name(context, *callee).as_str(), "max" | "min"))
        }
        _ => false,
    }
}

fn is_small(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(context.module.kind(context.module.peel(expr)), ExprKind::Literal(Literal::Number(number)) if matches!(number.as_str(), "0" | "1"))
}

fn is_zero(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(context.module.kind(expr), ExprKind::Literal(Literal::Number(number)) if number == "0")
}

fn is_delete(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(context.module.kind(expr), ExprKind::Unary { operator: UnaryOp::Delete, .. })
}

fn returns_null(context: &Context<'_>, argument: ExprId) -> bool {
    context.module.function_of(argument).is_some_and(|function| {
        crate::analyses::owners::returned_values(context, function)
            .iter()
            .any(|value| descendants(context, *value).iter().any(|part| is_null(context, *part)))
    })
}

/// An assignment in code that only ever runs before the collection is used.
fn is_initial(context: &Context<'_>, assign: ExprId, place: &Place) -> bool {
    use crate::model::FunctionKind;
    let Some(function) = context.function_of(assign) else { return true };
    let kind = context.module.functions[function].kind;
    match &place.root {
        Root::This(_) | Root::Static(_) => {
            matches!(
                kind,
                FunctionKind::Constructor
                    | FunctionKind::FieldInitializer
                    | FunctionKind::StaticInitializer
                    | FunctionKind::Module
            )
        }
        Root::Variable(id) => {
            let home = context.module.variables[*id].function;
            function == home
                && context.module.variables[*id].values.first().is_some_and(
                    |first| matches!(context.module.kind(assign), ExprKind::Assign { value, .. } if value == first),
                )
                || kind == FunctionKind::Module
        }
        _ => false,
    }
}

/// `if (!C) C = new Map()`
fn is_lazy(context: &Context<'_>, assign: ExprId, place: &Place) -> bool {
    use crate::model::{Step, Terminator};
    let Some(function) = context.function_of(assign) else { return false };
    let cfg = &context.module.functions[function].cfg;
    let Some((home, _)) = cfg
        .blocks
        .iter()
        .find(|(_, block)| block.steps.iter().any(|step| matches!(step, Step::Eval(expr) if *expr == assign)))
    else {
        return false;
    };
    cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Branch { condition, then, otherwise } if *then == home || *otherwise == home => {
            let tested = match context.module.kind(*condition) {
                ExprKind::Binary { left, right, .. } if is_null(context, *right) => *left,
                ExprKind::Binary { left, right, .. } if is_null(context, *left) => *right,
                _ => *condition,
            };
            context.place(tested).as_ref() == Some(place) || mentions_name(context, *condition, place)
        }
        _ => false,
    })
}

/// `hasattr(self, 'x')`, `'x' in obj`, `typeof C === 'undefined'`
fn mentions_name(context: &Context<'_>, condition: ExprId, place: &Place) -> bool {
    let field = place.only_field();
    descendants(context, condition).iter().any(|part| match context.module.kind(*part) {
        ExprKind::Literal(Literal::String(text)) => Some(text.as_str()) == field,
        ExprKind::Unary { operand, .. } => context.place(*operand).as_ref() == Some(place),
        _ => false,
    })
}

/// An expression and everything in it, nested functions not entered.
#[must_use]
pub fn descendants(context: &Context<'_>, expr: ExprId) -> Vec<ExprId> {
    let mut all = vec![expr];
    let mut at = 0;
    while let Some(part) = all.get(at).copied() {
        all.extend(context.module.kind(part).parts());
        at += 1;
    }
    all
}

/// The last name of a callee: `len`, `push` of `Array.prototype.push`.
#[must_use]
pub fn last_name(context: &Context<'_>, callee: ExprId) -> Name {
    match context.module.kind(context.module.peel(callee)) {
        ExprKind::Member { name, .. } | ExprKind::Global(name) | ExprKind::MethodReference { name, .. } => name.clone(),
        ExprKind::Variable(id) => context
            .module
            .path(callee)
            .map_or_else(|| context.module.variables[*id].name.clone(), |path| Name::new(path.last())),
        _ => Name::default(),
    }
}

/// The name of the method that a call runs.
#[must_use]
pub fn method_name(context: &Context<'_>, call: ExprId) -> Name {
    match context.module.kind(call) {
        ExprKind::Call { callee, .. } => last_name(context, *callee),
        _ => Name::default(),
    }
}

fn is_size(name: &str) -> bool {
    matches!(
        name,
        "length" | "size" | "__len__" | "mappingCount" | "qsize" | "byteLength" | "getCount" | "estimatedSize"
    )
}

fn is_view(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "values",
        "keys",
        "entries",
        "entrySet",
        "keySet",
        "items",
        "iterator",
        "listIterator",
        "descendingIterator",
        "stream",
        "subList",
        "headMap",
        "tailMap",
        "navigableKeySet",
        "asMap",
    ];
    NAMES.contains(&name)
}

fn is_accessor(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "get",
        "getOrDefault",
        "computeIfAbsent",
        "setdefault",
        "at",
        "peek",
        "getFirst",
        "getLast",
        "first",
        "last",
        "find",
        "peekFirst",
        "peekLast",
        "putIfAbsent",
    ];
    NAMES.contains(&name)
}

/// Functions that look at what they are given, or copy it.
fn is_neutral(name: &str) -> bool {
    const NAMES: [&str; 70] = [
        "len",
        "list",
        "sorted",
        "set",
        "tuple",
        "dict",
        "str",
        "repr",
        "print",
        "iter",
        "enumerate",
        "zip",
        "any",
        "all",
        "sum",
        "min",
        "max",
        "map",
        "filter",
        "reversed",
        "isinstance",
        "bool",
        "id",
        "hash",
        "type",
        "copy",
        "deepcopy",
        "next",
        "hasattr",
        "getattr",
        "join",
        "keys",
        "values",
        "entries",
        "freeze",
        "stringify",
        "from",
        "isArray",
        "Map",
        "Set",
        "String",
        "Boolean",
        "log",
        "debug",
        "info",
        "warn",
        "warning",
        "error",
        "trace",
        "println",
        "printf",
        "format",
        "ArrayList",
        "HashMap",
        "HashSet",
        "LinkedList",
        "copyOf",
        "toString",
        "valueOf",
        "isEmpty",
        "frozenset",
        "chain",
        "requireNonNull",
        "notNull",
        "checkNotNull",
        "race",
        "allSettled",
        "gather",
        "wait",
        "from_iterable",
    ];
    NAMES.contains(&name) || glob("unmodifiable*", name) || glob("immutable*", name) || glob("assert*", name)
}

/// Methods that copy the elements of their argument.
fn is_copying(name: &str) -> bool {
    matches!(name, "addAll" | "putAll" | "extend" | "update" | "concat" | "union")
}
