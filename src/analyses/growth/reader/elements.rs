//! What is done with the elements and views of a collection.

use super::DEPTH;
use super::Reader;
use super::forms::{assigned_value, is_delete, is_written};
use super::usage::{What, method_name};
use crate::analyses::context::Use;
use crate::analyses::growth::words::{is_accessor, is_size, is_view};
use crate::model::{ExprId, ExprKind};

impl Reader<'_> {
    /// `C.values().remove(…)`, `const it = C.iterator(); it.remove()`
    pub fn view(&mut self, view: ExprId, depth: u8) {
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
    pub fn element(&mut self, element: ExprId, depth: u8) {
        let context = self.context;
        let Some(depth) = depth.checked_sub(1) else { return };
        match context.uses(element) {
            Use::Receiver(call) => {
                let name = method_name(context, call);
                let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return };
                let first = arguments.first().map(|argument| argument.value);
                if self.words.shrinks(&name) {
                    // `element.remove()` takes the element out of the document.
                    if first.is_some() || !matches!(name.as_str(), "remove" | "delete" | "discard") {
                        self.shrink(call, first, true);
                    }
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

    pub fn element_part(&mut self, part: ExprId) {
        let context = self.context;
        match context.module.kind(part) {
            ExprKind::Index { key, .. } if context.is_target(part) => {
                if self.nested {
                    let value = assigned_value(context, part);
                    self.grow(part, Some(*key), value, true);
                }
            }
            ExprKind::Member { name, .. } if name == "length" && is_written(context, part) => {
                self.shrink(part, None, true);
            }
            _ => match context.uses(part) {
                Use::Operand(outer) if is_delete(context, outer) => self.shrink(outer, None, true),
                _ => {}
            },
        }
    }

    /// `C.length`, `C[k]`, `C.delete` as a value.
    pub fn part(&mut self, expr: ExprId, part: ExprId) {
        let context = self.context;
        match context.module.kind(part) {
            ExprKind::Index { key, .. } => self.index(part, *key),
            ExprKind::Member { name, .. } | ExprKind::MethodReference { name, .. } => {
                let name = name.clone();
                if is_size(&name) {
                    if is_written(context, part) {
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
                    // `def done(x, remove=pending.pop): remove(x)`
                    Use::Dropped => self.bound_method(expr, part, &name),
                    _ => self.add(expr, What::Read),
                }
            }
            _ => self.add(expr, What::Read),
        }
    }

    /// A method that is the default of a parameter runs wherever the parameter is called.
    pub fn bound_method(&mut self, expr: ExprId, part: ExprId, name: &str) {
        let context = self.context;
        let parameter =
            context.module.variables.iter().find(|(_, variable)| variable.default == Some(part)).map(|(id, _)| id);
        let Some(parameter) = parameter else { return self.add(expr, What::Read) };
        for read in context.reads(parameter) {
            if let Use::Called(call) = context.uses(*read)
                && let ExprKind::Call { arguments, .. } = context.module.kind(call)
            {
                let arguments: Vec<ExprId> = arguments.iter().map(|argument| argument.value).collect();
                self.operation(expr, call, name, &arguments);
            }
        }
    }
}
