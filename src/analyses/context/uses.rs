//! What becomes of a value.

use super::{Context, Position};
use crate::model::{AssignOp, ExprId, ExprKind};

/// What becomes of a value right after it was computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Use {
    /// Nothing.
    Dropped,
    /// Assigned to this target.
    Stored(ExprId),
    /// The argument of a call, by index.
    Argument(ExprId, u16),
    /// The object whose method a call runs.
    Receiver(ExprId),
    /// It is the function that a call runs.
    Called(ExprId),
    /// A member of it is read, without calling it.
    Read(ExprId),
    /// Part of a list or object literal.
    Element(ExprId),
    Returned,
    Yielded,
    Thrown,
    /// Entered by `with`, try-with-resources or `using`.
    Entered,
    Iterated,
    /// Compared, tested, printed into a string: used and let go.
    Operand(ExprId),
    /// An opaque form has it.
    Opaque,
}

impl Context<'_> {
    /// Whether an expression is written to rather than read.
    #[must_use]
    pub fn is_target(&self, expr: ExprId) -> bool {
        let mut at = expr;
        while let Some(parent) = self.parent(at) {
            match self.module.kind(parent) {
                ExprKind::Assign { target, operator: AssignOp::Set, .. } => return *target == at,
                // A pattern on the left.
                ExprKind::List { .. } | ExprKind::Object(_) | ExprKind::Spread(_) => at = parent,
                _ => return false,
            }
        }
        false
    }

    /// What becomes of the value of an expression, casts, awaits and choices looked through.
    #[must_use]
    pub fn uses(&self, expr: ExprId) -> Use {
        self.budget.ask();
        let module = self.module;
        let mut at = expr;
        loop {
            let Some(parent) = self.parent(at) else {
                return match self.roots.get(&at) {
                    Some(Position::Returned) => Use::Returned,
                    Some(Position::Thrown) => Use::Thrown,
                    Some(Position::Entered) => Use::Entered,
                    Some(Position::Iterated) => Use::Iterated,
                    Some(Position::Condition) => Use::Operand(at),
                    Some(Position::Statement) | None => Use::Dropped,
                };
            };
            match module.kind(parent) {
                ExprKind::Await(_) | ExprKind::Cast { .. } | ExprKind::Spread(_) => at = parent,
                ExprKind::Conditional { condition, .. } if *condition == at => return Use::Operand(parent),
                ExprKind::Logical { left, operator, .. } if *left == at => {
                    // `x || fallback` hands x on; `x && y` tests it.
                    if *operator == crate::model::LogicalOp::And {
                        return Use::Operand(parent);
                    }
                    at = parent;
                }
                ExprKind::Conditional { .. } | ExprKind::Logical { .. } => at = parent,
                ExprKind::Sequence(parts) if parts.last() == Some(&at) => at = parent,
                ExprKind::Sequence(_) => return Use::Dropped,
                ExprKind::Assign { target, value, .. } => {
                    return match (*value == at, self.is_blank(*target)) {
                        (true, true) => Use::Dropped,
                        (true, false) => Use::Stored(*target),
                        _ => Use::Operand(parent),
                    };
                }
                ExprKind::Call { callee, arguments, .. } => {
                    if *callee == at {
                        return Use::Called(parent);
                    }
                    let index = arguments.iter().position(|argument| {
                        argument.value == at
                            || matches!(module.kind(argument.value), ExprKind::Spread(inner) if *inner == at)
                    });
                    return Use::Argument(parent, u16::try_from(index.unwrap_or(0)).unwrap_or(u16::MAX));
                }
                ExprKind::Member { .. } | ExprKind::MethodReference { .. } => {
                    return match self.parent(parent).map(|outer| (outer, module.kind(outer))) {
                        Some((outer, ExprKind::Call { callee, .. })) if *callee == parent => Use::Receiver(outer),
                        _ => Use::Read(parent),
                    };
                }
                ExprKind::Index { object, .. } if *object == at => return Use::Read(parent),
                ExprKind::List { .. } | ExprKind::Object(_) => return Use::Element(parent),
                ExprKind::Comprehension { element, .. } if element.contains(&at) => return Use::Element(parent),
                ExprKind::Comprehension { .. } => return Use::Iterated,
                ExprKind::Yield(_) => return Use::Yielded,
                ExprKind::Opaque(_) | ExprKind::Markup { .. } => return Use::Opaque,
                _ => return Use::Operand(parent),
            }
        }
    }

    /// Whether an element of JSX is given a value as it stands: `<button onClick={save}>`.
    #[must_use]
    pub fn is_in_markup(&self, expr: ExprId) -> bool {
        self.parent(expr).is_some_and(|parent| {
            matches!(self.module.kind(parent), ExprKind::Markup { attributes, .. }
                if attributes.iter().any(|attribute| attribute.value == expr))
        })
    }

    /// `_`, where nothing reads it.
    fn is_blank(&self, target: ExprId) -> bool {
        matches!(self.module.kind(target), ExprKind::Variable(id)
            if self.module.variables[*id].name == "_" && self.reads(*id).is_empty())
    }
}
