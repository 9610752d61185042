//! Expressions as steps: what they evaluate, in which order, and where they branch.

use super::Builder;
use crate::model::{AssignOp, BlockId, Clause, ExprId, ExprKind, Literal, LogicalOp, Step, Terminator, UnaryOp};

impl<'a> Builder<'a> {
    /// Evaluates a condition and goes one of two ways, through `!`, `&&` and `||`.
    pub(super) fn branch(&mut self, condition: ExprId, then: BlockId, otherwise: BlockId) {
        match &self.exprs[condition].kind {
            ExprKind::Unary { operator: UnaryOp::Not, operand } => self.branch(*operand, otherwise, then),
            ExprKind::Logical { operator: LogicalOp::And, left, right } => {
                let middle = self.block();
                self.branch(*left, middle, otherwise);
                self.current = middle;
                self.branch(*right, then, otherwise);
            }
            ExprKind::Logical { operator: LogicalOp::Or, left, right } => {
                let middle = self.block();
                self.branch(*left, then, middle);
                self.current = middle;
                self.branch(*right, then, otherwise);
            }
            ExprKind::Literal(Literal::Bool(value)) => self.goto(if *value { then } else { otherwise }),
            _ => {
                self.expr(condition);
                self.end(Terminator::Branch { condition, then, otherwise });
            }
        }
    }

    pub(super) fn expr(&mut self, id: ExprId) {
        let expr = &self.exprs[id];
        if !expr.effects {
            return;
        }
        match &expr.kind {
            ExprKind::Logical { operator, left, right } if self.exprs[*right].effects => {
                let (after, next) = (self.block(), self.block());
                match operator {
                    LogicalOp::And => self.branch(*left, next, after),
                    LogicalOp::Or | LogicalOp::Coalesce => self.branch(*left, after, next),
                }
                self.current = next;
                self.expr(*right);
                self.enter(after);
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                let (then_block, else_block, after) = (self.block(), self.block(), self.block());
                self.branch(*condition, then_block, else_block);
                self.current = then_block;
                self.expr(*then);
                self.goto(after);
                self.current = else_block;
                self.expr(*otherwise);
                self.enter(after);
            }
            ExprKind::Assign { target, value, operator: AssignOp::SetIfMissing, .. } => {
                let (after, next) = (self.block(), self.block());
                self.branch(*target, after, next);
                self.current = next;
                self.expr(*value);
                self.step(Step::Eval(id));
                self.enter(after);
            }
            ExprKind::Comprehension { clauses, element, .. } => {
                self.comprehension(clauses, element);
                self.step(Step::Eval(id));
            }
            ExprKind::Call { callee, arguments, .. } => {
                match &self.exprs[*callee].kind {
                    ExprKind::Member { object, .. } => self.expr(*object),
                    _ => self.expr(*callee),
                }
                for argument in arguments {
                    self.expr(argument.value);
                }
                self.step(Step::Eval(id));
            }
            kind => {
                for part in kind.parts() {
                    self.expr(part);
                }
                if kind.acts() {
                    self.step(Step::Eval(id));
                }
            }
        }
    }

    fn comprehension(&mut self, clauses: &'a [Clause], element: &[ExprId]) {
        let Some((clause, rest)) = clauses.split_first() else {
            for part in element {
                self.expr(*part);
            }
            return;
        };
        self.expr(clause.iterable);
        let after = self.block();
        self.loops += 1;
        let test = self.block();
        self.enter(test);
        let take = self.block();
        self.end(Terminator::Choice(vec![take, after]));
        self.current = take;
        self.step(Step::Element { target: clause.target, iterable: clause.iterable, asynchronous: false });
        for condition in &clause.conditions {
            let next = self.block();
            self.branch(*condition, next, test);
            self.current = next;
        }
        self.comprehension(rest, element);
        self.goto(test);
        self.loops -= 1;
        self.current = after;
    }
}
