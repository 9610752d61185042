//! Where a collection goes under another name: an argument, a variable.

use super::Reader;
use super::usage::{Escape, Growth, What, last_name};
use crate::analyses::context::Context;
use crate::analyses::growth::words::{is_copying, is_neutral};
use crate::model::{ExprId, ExprKind, FunctionId, Name, Place, PropertyKey, Root, VariableId};

impl Reader<'_> {
    /// `f(C)`
    pub fn argument(&mut self, expr: ExprId, call: ExprId, index: u16) {
        let context = self.context;
        let ExprKind::Call { callee, arguments, constructs, .. } = context.module.kind(call) else { return };
        let callee = context.module.peel(*callee);
        let name = last_name(context, callee);
        let second = arguments.get(1).map(|argument| argument.value);
        match name.as_str() {
            "len" | "size" => return self.size(call),
            "assign" | "extend" | "merge" | "heappush" | "insort" | "addAll" if index == 0 && arguments.len() > 1 => {
                return self.merged(call, &name, second);
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

    /// `Object.assign(C, { [k]: v })` adds a key; what has fixed keys, or is out of sight, is taken for settings.
    fn merged(&mut self, call: ExprId, name: &str, from: Option<ExprId>) {
        let context = self.context;
        if !matches!(name, "assign" | "merge" | "extend") {
            return self.grow(call, None, from, false);
        }
        let key = from.and_then(|from| match context.module.kind(context.definition(from)) {
            ExprKind::Object(properties) => properties.iter().find_map(|property| match property.key {
                PropertyKey::Computed(key) => Some(key),
                _ => None,
            }),
            _ => None,
        });
        match key {
            Some(key) => self.grow(call, Some(key), from, false),
            None => self.add(call, What::Grow(Growth { key: None, value: from, inner: false, updates: true })),
        }
    }

    /// What a function of this file does with the collection it is given.
    fn enter_function(&mut self, expr: ExprId, function: FunctionId, index: u16) {
        let Some(parameter) = self.context.module.functions[function].parameters.get(usize::from(index)).copied()
        else {
            return self.add(expr, What::Escapes(Escape::Passed));
        };
        self.follow(parameter);
        self.add(expr, What::Read);
    }

    /// Reads the mentions of another name, once.
    fn follow(&mut self, variable: VariableId) {
        if !self.followed.insert(variable) {
            return;
        }
        let place = Place { root: Root::Variable(variable), path: Name::default() };
        let followed = std::mem::take(&mut self.followed);
        let mut inner = Reader { place: &place, found: Vec::new(), followed, depth: self.depth - 1, ..*self };
        for read in self.context.reads(variable) {
            if !is_another(self.context, variable, *read) {
                inner.mention(*read);
            }
        }
        let Reader { found, followed, .. } = inner;
        self.found.extend(found);
        self.followed = followed;
    }

    pub fn stored(&mut self, expr: ExprId, target: ExprId) {
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
                self.follow(*id);
            }
            _ => self.add(expr, What::Escapes(Escape::Stored)),
        }
    }
}

/// Whether the variable was given a new collection before, and nothing else since: `else { copy = new Properties(); }`.
fn is_another(context: &Context<'_>, variable: VariableId, read: ExprId) -> bool {
    let module = context.module;
    let before = module.variables[variable].values.iter().filter(|value| {
        context.function_of(**value) == context.function_of(read)
            && context.span(**value).start < context.span(read).start
    });
    before.max_by_key(|value| context.span(**value).start).is_some_and(|value| {
        matches!(
            module.kind(module.peel(*value)),
            ExprKind::Call { constructs: true, .. } | ExprKind::Object(_) | ExprKind::List { .. }
        )
    })
}
