//! The parts of a call that tables name, and what they ask of them.

use super::{Context, call_shape};
use crate::catalogue::words::owners as words;
use crate::catalogue::{CallShape, Part, Require, Shape, names};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Literal, Module, Name, PropertyKey, Step, VariableKind};

impl Context<'_> {
    /// The expression that stands in a part of a call.
    #[must_use]
    pub fn part(&self, call: ExprId, part: &Part) -> Option<ExprId> {
        let ExprKind::Call { callee, arguments, .. } = self.module.kind(call) else { return None };
        let positional = || arguments.iter().filter(|argument| argument.name.is_none());
        match part {
            Part::Callee => Some(*callee),
            Part::Receiver => match self.module.kind(*callee) {
                ExprKind::Member { object, .. } => Some(self.chained_on(*object)),
                _ => None,
            },
            Part::Argument(index) => positional().nth(usize::from(*index)).map(|argument| argument.value),
            Part::Last => positional().next_back().map(|argument| argument.value),
            Part::Keyword(name) => {
                arguments.iter().find(|argument| argument.name.as_deref() == Some(name)).map(|argument| argument.value)
            }
            Part::Result | Part::Awaited => Some(call),
            Part::Returned | Part::CallbackParameter(..) | Part::Element(_) | Part::Any => None,
        }
    }

    /// The object that a chain of calls is about, each of which gives its receiver back: `box.on('a', f).on('b', g)`.
    fn chained_on(&self, object: ExprId) -> ExprId {
        let mut at = object;
        while self.family() == Family::JavaScript
            && let ExprKind::Call { callee, arguments, constructs: false, .. } = self.module.kind(self.module.peel(at))
            && let ExprKind::Member { object, name, .. } = self.module.kind(*callee)
            && !arguments.is_empty()
            && words::gives_receiver(name)
        {
            at = *object;
        }
        at
    }

    /// What a call of a name runs to which a function was given with some of its arguments:
    /// `opened = functools.partial(open, mode="rb")`.
    pub(super) fn applied(&self, call: ExprId) -> Option<CallShape> {
        let module = self.module;
        let ExprKind::Call { callee, .. } = module.kind(call) else { return None };
        let ExprKind::Variable(_) = module.kind(module.peel(*callee)) else { return None };
        let value = self.definition(*callee);
        let ExprKind::Call { .. } = module.kind(value) else { return None };
        let made = call_shape(module, value);
        let mut wrappers = self.catalogue.wrappers.find(&made, module, &self.scope);
        if !wrappers.any(|wrapper| wrapper.argument == Part::Argument(0)) {
            return None;
        }
        let path = module.path(self.part(value, &Part::Argument(0))?)?;
        let constructs = path.last().starts_with(char::is_uppercase);
        Some(CallShape { constructs, path: Some(path), ..CallShape::default() })
    }

    /// Whether a value is what stands in a part of a call; in any of its arguments where the part is `_`.
    #[must_use]
    pub fn stands_in(&self, call: ExprId, part: &Part, value: ExprId) -> bool {
        let same = |other: ExprId| other == value || self.module.peel(other) == self.module.peel(value);
        match (part, self.module.kind(call)) {
            (Part::Any, ExprKind::Call { arguments, .. }) => arguments.iter().any(|argument| same(argument.value)),
            _ => self.part(call, part).is_some_and(same),
        }
    }

    /// The function given as a part of a call, where the file defines it.
    #[must_use]
    pub fn function_part(&self, call: ExprId, part: &Part) -> Option<FunctionId> {
        self.part(call, part).and_then(|expr| self.module.function_of(expr))
    }

    /// Whether a call meets a condition of a table.
    #[must_use]
    pub fn holds(&self, call: ExprId, wanted: &Require) -> bool {
        let Some(part) = &wanted.argument else { return false };
        let Some(mut value) = self.part(call, part) else { return false };
        if !wanted.option.is_empty() {
            let Some(option) = self.property(value, &wanted.option) else { return false };
            value = option;
        }
        self.has_shape(value, wanted.is) && (wanted.types.is_empty() || self.has_type(value, &wanted.types))
    }

    /// Whether a value is of one of the types, or comes from one of the factories.
    fn has_type(&self, value: ExprId, types: &[String]) -> bool {
        let value = self.definition(value);
        let factory = match self.module.kind(value) {
            ExprKind::Call { callee, constructs: false, .. } => self.module.path(*callee),
            _ => None,
        };
        let ty = self.module.type_of(value).map(|ty| ty.name);
        let constant = self.module.path(value);
        [factory, ty, constant]
            .into_iter()
            .flatten()
            .any(|name| types.iter().any(|wanted| names(wanted, &name, self.module)))
            || factory_name(self.module, value).is_some_and(|method| {
                types.iter().filter_map(|wanted| wanted.strip_prefix('*')).any(|wanted| wanted == method)
            })
    }

    fn has_shape(&self, named: ExprId, shape: Shape) -> bool {
        let value = self.definition(named);
        let kind = self.module.kind(value);
        let literal = |wanted: &Literal| matches!(kind, ExprKind::Literal(literal) if literal == wanted);
        let null = literal(&Literal::Null) || matches!(kind, ExprKind::Global(name) if name == "undefined");
        match shape {
            Shape::Given => true,
            Shape::KnownFunction => self.module.function_of(value).is_some(),
            Shape::True => literal(&Literal::Bool(true)),
            Shape::False => literal(&Literal::Bool(false)),
            Shape::Null => null,
            Shape::Value => !null,
            Shape::Zero => matches!(kind, ExprKind::Literal(Literal::Number(number)) if number == "0"),
            Shape::Object => matches!(kind, ExprKind::Object(_)),
            Shape::Type => self.names_type(value),
            Shape::Itself => matches!(kind, ExprKind::This(_)),
            Shape::Stream => self.names_stream(named) || self.names_stream(value),
            Shape::String => matches!(kind, ExprKind::Literal(Literal::String(_)) | ExprKind::Template(_)),
            Shape::DottedString => {
                matches!(kind, ExprKind::Literal(Literal::String(text)) if text.contains('.'))
                    || matches!(kind, ExprKind::Template(_)) && self.text(value).contains('.')
            }
            Shape::Function => match kind {
                _ if self.is_plain(value) => false,
                ExprKind::Function(_) | ExprKind::MethodReference { .. } => true,
                // `new Listener() { … }` is what other languages write as a function.
                ExprKind::Call { callee, constructs, .. } => {
                    (*constructs && matches!(self.module.kind(*callee), ExprKind::Class(_)))
                        || matches!(self.module.kind(*callee), ExprKind::Member { name, .. } if name == "bind")
                        || self.module.function_of(value).is_some()
                }
                // `delay = 0`, and later `delay = now - due`.
                ExprKind::Variable(id) => !self.module.variables[*id].values.iter().any(|value| self.is_plain(*value)),
                _ => true,
            },
        }
    }

    /// Whether a value is surely no function: text, a number, a collection.
    fn is_plain(&self, value: ExprId) -> bool {
        match self.module.kind(self.module.peel(value)) {
            ExprKind::Literal(literal) => *literal != Literal::Null,
            ExprKind::Template(_) | ExprKind::Object(_) | ExprKind::List { .. } | ExprKind::Binary { .. } => true,
            _ => false,
        }
    }

    /// Whether the name of a value says that it is open: a stream, and no path to one.
    fn names_stream(&self, expr: ExprId) -> bool {
        const STREAMS: [&str; 12] =
            ["file", "fp", "f", "fh", "fd", "fobj", "stream", "buffer", "buf", "io", "fileobj", "bytesio"];
        let name = match self.module.kind(self.module.peel(expr)) {
            ExprKind::Variable(id) => &self.module.variables[*id].name,
            ExprKind::Global(name) | ExprKind::Member { name, .. } => name,
            ExprKind::Call { callee, .. } => return self.names_stream(*callee),
            _ => return false,
        };
        if self.is_of_names(expr) {
            return false;
        }
        let lower = name.to_lowercase();
        STREAMS.iter().any(|stream| lower == *stream || lower.ends_with(&format!("_{stream}")))
    }

    /// Whether a variable goes through names of files, as what they are called says: `for f in sorted(paths)`.
    fn is_of_names(&self, expr: ExprId) -> bool {
        const LISTS: [&str; 4] = ["names", "paths", "listdir", "glob"];
        let ExprKind::Variable(id) = self.module.kind(self.module.peel(expr)) else { return false };
        let function = self.module.variables[*id].function;
        let mut steps = self.module.functions[function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps);
        steps.any(|step| {
            let Step::Element { target, iterable, .. } = step else { return false };
            let own = matches!(self.module.kind(*target), ExprKind::Variable(own) if own == id);
            own && self.mentions_name(*iterable, |name| LISTS.iter().any(|list| name.to_lowercase().ends_with(list)))
        })
    }

    /// Whether an expression has a name in it that says something.
    pub fn mentions_name(&self, expr: ExprId, says: impl Fn(&str) -> bool) -> bool {
        let mut queue = vec![expr];
        while let Some(part) = queue.pop() {
            let kind = self.module.kind(part);
            let told = match kind {
                ExprKind::Variable(id) => says(&self.module.variables[*id].name),
                ExprKind::Global(name) | ExprKind::Member { name, .. } => says(name),
                _ => false,
            };
            if told {
                return true;
            }
            queue.extend(kind.parts());
        }
        false
    }

    /// Whether an expression is the name of a class.
    fn names_type(&self, expr: ExprId) -> bool {
        let capital = |name: &Name| name.starts_with(char::is_uppercase);
        match self.module.kind(expr) {
            ExprKind::Variable(id) => {
                let variable = &self.module.variables[*id];
                matches!(variable.kind, VariableKind::Class(_) | VariableKind::Import(_)) && capital(&variable.name)
            }
            ExprKind::Global(name) => capital(name),
            _ => false,
        }
    }

    /// The value of a property of an object literal, also behind a constant.
    #[must_use]
    pub fn property(&self, object: ExprId, name: &str) -> Option<ExprId> {
        let ExprKind::Object(properties) = self.module.kind(self.definition(object)) else { return None };
        properties
            .iter()
            .find(|property| matches!(&property.key, PropertyKey::Name(key) if key == name))
            .map(|property| property.value)
    }
}

/// The bare name of the method that gives a value, where nothing says whose method it is.
fn factory_name(module: &Module, value: ExprId) -> Option<&Name> {
    let ExprKind::Call { callee, constructs: false, .. } = module.kind(value) else { return None };
    match module.kind(*callee) {
        ExprKind::Member { name, .. } if module.path(*callee).is_none_or(|path| path.is_unresolved()) => Some(name),
        _ => None,
    }
}
