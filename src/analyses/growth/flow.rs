//! Ways through the graph of one function: what comes after a step, what a condition decides.

use rustc_hash::FxHashSet;

use super::bound::fails::may_fail;
use crate::analyses::context::Context;
use crate::lang::Family;
use crate::model::{
    BlockId, CatchFilter, Cfg, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, Step, Terminator,
    UnaryOp,
};

/// Where an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    pub function: FunctionId,
    pub block: BlockId,
    pub step: usize,
}

/// The step that evaluates an expression, or the smallest one around it.
#[must_use]
pub fn at(context: &Context<'_>, expr: ExprId) -> Option<At> {
    everywhere(context, expr).first().copied()
}

/// All steps that evaluate an expression: the graph has a copy of a `finally` for each way through it.
#[must_use]
pub fn everywhere(context: &Context<'_>, expr: ExprId) -> Vec<At> {
    let Some(function) = context.function_of(expr) else { return Vec::new() };
    let cfg = &context.module.functions[function].cfg;
    let mut around = Some(expr);
    while let Some(expr) = around {
        let found: Vec<At> = cfg
            .blocks
            .iter()
            .filter_map(|(block, data)| {
                let step = data.steps.iter().position(|step| matches!(step, Step::Eval(own) if *own == expr))?;
                Some(At { function, block, step })
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
        around = context.parent(expr);
    }
    Vec::new()
}

fn next(cfg: &Cfg, block: BlockId) -> Vec<BlockId> {
    match &cfg.blocks[block].terminator {
        Terminator::Goto(to) => vec![*to],
        Terminator::Branch { then, otherwise, .. } => vec![*then, *otherwise],
        Terminator::Choice(ways) => ways.clone(),
        Terminator::Dispatch { catches, uncaught } => {
            let all = catches.iter().any(|catch| matches!(catch.filter, CatchFilter::Everything));
            let past = (!all).then_some(*uncaught);
            catches.iter().map(|catch| catch.block).chain(past).collect()
        }
        Terminator::Rethrow => vec![cfg.blocks[block].handler],
        Terminator::End => Vec::new(),
    }
}

/// The blocks that can come after a block, the block itself only by a loop; `without` is not passed.
fn after(cfg: &Cfg, from: &[BlockId], without: Option<BlockId>) -> FxHashSet<BlockId> {
    let mut seen = FxHashSet::default();
    let mut queue = from.to_vec();
    while let Some(block) = queue.pop() {
        if Some(block) == without || !seen.insert(block) {
            continue;
        }
        queue.extend(next(cfg, block));
    }
    seen
}

/// Whether a step is evaluated only after an exception.
#[must_use]
pub fn in_handler(context: &Context<'_>, at: At) -> bool {
    let cfg = &context.module.functions[at.function].cfg;
    !after(cfg, &[cfg.entry], None).contains(&at.block)
}

/// Whether a function that catches what a step throws has more to do behind its `try` than to return.
#[must_use]
pub fn works_on(context: &Context<'_>, at: At) -> bool {
    let module = context.module;
    let cfg = &module.functions[at.function].cfg;
    let (mut handlers, mut caught) = (vec![cfg.blocks[at.block].handler], Vec::new());
    while let Some(handler) = handlers.pop() {
        if let Terminator::Dispatch { catches, uncaught } = &cfg.blocks[handler].terminator {
            caught.extend(catches.iter().map(|catch| catch.block));
            handlers.push(*uncaught);
        }
    }
    let tried = after(cfg, &[cfg.entry], None);
    let calls = |step: &Step| matches!(step, Step::Eval(expr) if matches!(module.kind(*expr), ExprKind::Call { .. }));
    after(cfg, &caught, None).intersection(&tried).any(|block| cfg.blocks[*block].steps.iter().any(calls))
}

/// Whether a function that has come to a step ends by an exception.
#[must_use]
pub fn fails(context: &Context<'_>, at: At) -> bool {
    let cfg = &context.module.functions[at.function].cfg;
    !after(cfg, &[at.block], None).contains(&cfg.exit)
}

/// Whether one step can come after another on a way without exceptions.
#[must_use]
pub fn follows(context: &Context<'_>, first: At, then: At) -> bool {
    if first.function != then.function {
        return false;
    }
    if first.block == then.block && then.step > first.step {
        return true;
    }
    let cfg = &context.module.functions[first.function].cfg;
    after(cfg, &ways_on(context, first), None).contains(&then.block)
}

/// Whether one step can come after another within one round of a loop.
#[must_use]
pub fn follows_in_round(context: &Context<'_>, first: At, then: At) -> bool {
    if first.function != then.function {
        return false;
    }
    if first.block == then.block {
        return then.step > first.step;
    }
    let cfg = &context.module.functions[first.function].cfg;
    let again = rounds(cfg);
    let mut seen = FxHashSet::default();
    let mut queue: Vec<(BlockId, BlockId)> = ways_on(context, first).into_iter().map(|to| (first.block, to)).collect();
    while let Some((from, block)) = queue.pop() {
        if again.contains(&(from, block)) || !seen.insert(block) {
            continue;
        }
        if block == then.block {
            return true;
        }
        queue.extend(next(cfg, block).into_iter().map(|to| (block, to)));
    }
    false
}

/// The edges on which a loop begins its next round: those that lead back to a block on the way to them.
fn rounds(cfg: &Cfg) -> FxHashSet<(BlockId, BlockId)> {
    let mut back = FxHashSet::default();
    let (mut seen, mut open) = (FxHashSet::default(), FxHashSet::default());
    let mut stack = vec![(cfg.entry, None::<Vec<BlockId>>)];
    while let Some((block, ways)) = stack.pop() {
        let mut ways = match ways {
            Some(ways) => ways,
            None if !seen.insert(block) => continue,
            None => {
                open.insert(block);
                let handler = cfg.blocks[block].handler;
                next(cfg, block).into_iter().chain((handler != block).then_some(handler)).collect()
            }
        };
        match ways.pop() {
            Some(to) => {
                stack.push((block, Some(ways)));
                if open.contains(&to) {
                    back.insert((block, to));
                } else {
                    stack.push((to, None));
                }
            }
            None => {
                open.remove(&block);
            }
        }
    }
    back
}

/// Where the code goes on after a block; where the block tests what the step gave against null, only where it gave something.
fn ways_on(context: &Context<'_>, from: At) -> Vec<BlockId> {
    let cfg = &context.module.functions[from.function].cfg;
    let given = match &cfg.blocks[from.block].steps[from.step] {
        Step::Eval(expr) => given(context, *expr),
        _ => None,
    };
    if let Terminator::Branch { condition, then, otherwise } = &cfg.blocks[from.block].terminator
        && let Some(given) = given
    {
        match tested(context, *condition) {
            Some((place, true)) if place == given => return vec![*then],
            Some((place, false)) if place == given => return vec![*otherwise],
            _ => {}
        }
    }
    next(cfg, from.block)
}

/// The variable that the value of an expression is kept in.
fn given(context: &Context<'_>, expr: ExprId) -> Option<Place> {
    match context.uses(expr) {
        crate::analyses::context::Use::Stored(target) => context.place(target),
        _ => None,
    }
}

/// The place that a condition tests, and whether it is there where the condition holds: `x != null`, `!x`, `x is None`.
#[must_use]
pub fn tested(context: &Context<'_>, condition: ExprId) -> Option<(Place, bool)> {
    let module = context.module;
    match module.kind(module.peel(condition)) {
        ExprKind::Binary { operator, left, right } => {
            let place = if context.module.is_null(*right) {
                context.place(*left)
            } else if context.module.is_null(*left) {
                context.place(*right)
            } else {
                None
            }?;
            match operator.as_str() {
                "!=" | "!==" | "is not" => Some((place, true)),
                "==" | "===" | "is" => Some((place, false)),
                _ => None,
            }
        }
        ExprKind::Unary { operator: UnaryOp::Not, operand } => {
            tested(context, *operand).map(|(place, there)| (place, !there))
        }
        ExprKind::Variable(_) | ExprKind::Member { .. } => context.place(condition).map(|place| (place, true)),
        _ => None,
    }
}

/// The conditions on which it hangs whether an expression is evaluated at all.
#[must_use]
pub fn conditions(context: &Context<'_>, expr: ExprId) -> Vec<ExprId> {
    branches(context, expr).into_iter().map(|branch| branch.condition).collect()
}

/// A condition on which an expression hangs.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// Without its `!`.
    pub condition: ExprId,
    /// Whether it holds where the expression is evaluated.
    pub holds: bool,
    /// Whether it is asked again after the expression, as the condition of a loop is.
    pub again: bool,
}

/// The conditions on which an expression hangs, each `!` resolved.
#[must_use]
pub fn tests(context: &Context<'_>, expr: ExprId) -> Vec<Test> {
    let mut tests = branches(context, expr);
    for test in &mut tests {
        test.condition = context.module.peel(test.condition);
        while let ExprKind::Unary { operator: UnaryOp::Not, operand } = context.module.kind(test.condition) {
            test.condition = context.module.peel(*operand);
            test.holds = !test.holds;
        }
    }
    tests
}

fn branches(context: &Context<'_>, expr: ExprId) -> Vec<Test> {
    let Some(at) = at(context, expr) else { return Vec::new() };
    let cfg = &context.module.functions[at.function].cfg;
    let behind = after(cfg, &next(cfg, at.block), None);
    let mut found = Vec::new();
    for (block, data) in cfg.blocks.iter() {
        let Terminator::Branch { condition, then, otherwise } = &data.terminator else { continue };
        let held = after(cfg, &[*then], Some(block)).contains(&at.block);
        let not = after(cfg, &[*otherwise], Some(block)).contains(&at.block);
        if held != not {
            found.push(Test { condition: *condition, holds: held, again: behind.contains(&block) });
        }
    }
    found
}

/// `if installed: return` … `installed = True`: a variable of the module says that it was done, and is set where it is
/// done.
#[must_use]
pub fn is_done_once(context: &Context<'_>, expr: ExprId) -> bool {
    let module = context.module;
    let Some(function) = context.function_of(expr) else { return false };
    conditions(context, expr).into_iter().filter_map(|condition| tested(context, condition)).any(|(place, _)| {
        let Root::Variable(id) = place.root else { return false };
        let variable = &module.variables[id];
        place.path.is_empty()
            && variable.function == module.root
            && function != module.root
            && variable
                .values
                .iter()
                .any(|value| context.function_of(*value) == Some(function) && !context.module.is_null(*value))
    })
}

/// `if (first) { first = false; … }`: a flag of the object, or of the code around, lets it through once: what it tests
/// is switched where it is done, and switched back nowhere but where the flag is made.
#[must_use]
pub fn is_first_time(context: &Context<'_>, expr: ExprId) -> bool {
    is_let_through_once(context, expr, |_| true)
}

/// Whether a flag of the module lets it through once in the life of a program.
#[must_use]
pub fn is_once_for_all(context: &Context<'_>, expr: ExprId) -> bool {
    let of_module = |place: &Place| match place.root {
        Root::Variable(id) => context.module.variables[id].function == context.module.root,
        _ => false,
    };
    context.family() == crate::lang::Family::JavaScript && is_let_through_once(context, expr, of_module)
}

fn is_let_through_once(context: &Context<'_>, expr: ExprId, meant: impl Fn(&Place) -> bool) -> bool {
    let module = context.module;
    let Some(function) = context.function_of(expr) else { return false };
    tests(context, expr).into_iter().any(|test| {
        let Some((place, there)) = tested(context, test.condition).filter(|(place, _)| meant(place)) else {
            return false;
        };
        let wanted = there == test.holds;
        let (values, home) = match place.root {
            Root::Variable(id) if place.path.is_empty() && module.variables[id].function != function => {
                (&module.variables[id].values, Some(module.variables[id].function))
            }
            Root::This(class) => match place.only_field().and_then(|field| module.field(class, field)) {
                Some(field) => (&field.values, None),
                None => return false,
            },
            _ => return false,
        };
        let lets = |value: ExprId| match module.kind(module.peel(value)) {
            ExprKind::Literal(Literal::Bool(flag)) => *flag == wanted,
            _ => context.module.is_null(value) != wanted,
        };
        let begins = |at: FunctionId| {
            Some(at) == home
                || at == module.root
                || matches!(module.functions[at].kind, FunctionKind::Constructor | FunctionKind::FieldInitializer)
        };
        let mut closed = false;
        values.iter().all(|value| {
            let at = context.function_of(*value);
            closed |= at == Some(function) && !lets(*value);
            !lets(*value) || at.is_some_and(begins)
        }) && closed
    })
}

/// The fields of the owner on which it hangs whether an expression is evaluated at all.
#[must_use]
pub fn guards(context: &Context<'_>, expr: ExprId) -> Vec<Place> {
    let mut found = Vec::new();
    for condition in conditions(context, expr) {
        let Some((place, _)) = tested(context, condition) else { continue };
        let field = matches!(place.root, Root::This(_) | Root::Static(_)) && place.only_field().is_some();
        if field && !found.contains(&place) {
            found.push(place);
        }
    }
    found
}

/// The same without what only says that there is something to do, or that the call is no mistake.
#[must_use]
pub fn choices(context: &Context<'_>, expr: ExprId) -> Vec<Place> {
    let idle: Vec<Place> = conditions(context, expr)
        .into_iter()
        .filter(|condition| turns(context, expr, *condition) || refuses(context, *condition))
        .filter_map(|condition| Some(tested(context, condition)?.0))
        .collect();
    let mut found = guards(context, expr);
    found.retain(|place| !idle.contains(place));
    found
}

/// Whether a condition is asked again after the expression: the head of a loop, which goes on while there is something.
fn turns(context: &Context<'_>, expr: ExprId, condition: ExprId) -> bool {
    let (Some(here), Some(head)) = (at(context, expr), at(context, condition)) else { return false };
    follows(context, here, head)
}

/// Whether one branch of a condition does nothing but raise: to call it without what is asked for is a mistake.
fn refuses(context: &Context<'_>, condition: ExprId) -> bool {
    let Some(function) = context.function_of(condition) else { return false };
    let cfg = &context.module.functions[function].cfg;
    cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Branch { condition: own, then, otherwise } if *own == condition => {
            [then, otherwise].iter().any(|way| !after(cfg, &[**way], None).contains(&cfg.exit))
        }
        _ => false,
    })
}

/// A call between `from` and the first of `stops` whose exception leaves the function and misses them all.
#[must_use]
pub fn lost_by_exception(context: &Context<'_>, from: At, stops: &[At]) -> Option<ExprId> {
    let cfg = &context.module.functions[from.function].cfg;
    let java = context.family() == Family::Java;
    let mut seen = FxHashSet::default();
    let mut queue = vec![(from.block, from.step + 1)];
    while let Some((block, start)) = queue.pop() {
        if !seen.insert((block, start > 0)) {
            continue;
        }
        let data = &cfg.blocks[block];
        let mut stopped = false;
        for (index, step) in data.steps.iter().enumerate().skip(start) {
            if stops.iter().any(|stop| stop.block == block && stop.step == index) {
                stopped = true;
                break;
            }
            if let Step::Eval(expr) = step
                && may_fail(context, *expr)
                && handlers(cfg, data.handler, java).into_iter().any(|block| leaves(cfg, block, stops))
            {
                return Some(*expr);
            }
        }
        stopped |= stops.iter().any(|stop| stop.block == block && stop.step == data.steps.len());
        if !stopped {
            queue.extend(next(cfg, block).into_iter().map(|to| (to, 0)));
        }
    }
    None
}

/// Where a function branches on a condition that reads one of some expressions: behind the steps of their blocks.
#[must_use]
pub fn branches_on(context: &Context<'_>, function: FunctionId, reads: &[ExprId]) -> Vec<At> {
    let blocks = context.module.functions[function].cfg.blocks.iter();
    blocks
        .filter(|(_, data)| match &data.terminator {
            Terminator::Branch { condition, .. } => {
                super::reader::usage::descendants(context, *condition).iter().any(|part| reads.contains(part))
            }
            _ => false,
        })
        .map(|(block, data)| At { function, block, step: data.steps.len() })
        .collect()
}

/// Where an exception goes: in Java the author's own `catch` says what the call throws.
fn handlers(cfg: &Cfg, handler: BlockId, java: bool) -> Vec<BlockId> {
    match &cfg.blocks[handler].terminator {
        Terminator::Dispatch { catches, .. } if java && !catches.is_empty() => {
            catches.iter().map(|catch| catch.block).collect()
        }
        _ => vec![handler],
    }
}

/// Whether the function may end without an exception and without passing any of `stops` after `from`: what goes in is
/// meant to stay.
#[must_use]
pub fn stays(context: &Context<'_>, from: At, stops: &[At]) -> bool {
    let cfg = &context.module.functions[from.function].cfg;
    let stopped = stops.iter().any(|stop| stop.block == from.block && stop.step > from.step);
    !stopped && ways_on(context, from).into_iter().any(|block| leaves(cfg, block, stops))
}

/// Whether a way from a block to an end of the function misses all stops.
fn leaves(cfg: &Cfg, from: BlockId, stops: &[At]) -> bool {
    let mut seen = FxHashSet::default();
    let mut queue = vec![from];
    while let Some(block) = queue.pop() {
        if !seen.insert(block) || stops.iter().any(|stop| stop.block == block) {
            continue;
        }
        if block == cfg.raise || block == cfg.exit {
            return true;
        }
        queue.extend(next(cfg, block));
    }
    false
}
