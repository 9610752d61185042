//! Whether a field may still hold an earlier thing when a method comes to a place: no way there passes a release, and
//! none of the questions on the way says that the field is empty.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::catalogue::words::owners as words;
use crate::model::{BlockId, ClassId, EdgeKind, ExprId, ExprKind, FunctionId, Step, Terminator};
use crate::source::Span;

/// How a field may still hold an earlier thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing on the way looks at it.
    Unseen,
    /// The code asks whether there is one, and comes here although there may be.
    Seen,
}

/// A place in a function: what happens there, and in which block.
#[derive(Debug, Clone, Copy)]
pub struct At {
    pub function: FunctionId,
    pub block: BlockId,
    pub expr: ExprId,
}

impl At {
    /// Where a call stands.
    #[must_use]
    pub fn call(site: &CallSite) -> Self {
        Self { function: site.function, block: site.block, expr: site.expr }
    }

    /// Where an assignment is made.
    #[must_use]
    pub fn assignment(context: &Context<'_>, expr: ExprId) -> Option<Self> {
        let function = context.function_of(expr)?;
        let holds = |step: &Step| matches!(step, Step::Eval(eval) if *eval == expr);
        let mut blocks = context.module.functions[function].cfg.blocks.iter();
        let (block, _) = blocks.find(|(_, block)| block.steps.iter().any(holds))?;
        Some(Self { function, block, expr })
    }
}

/// What a field may hold where a function comes to a place, if nothing on the way looks after the earlier thing; for a
/// function that stands in others, on the way to where it is made as well.
#[must_use]
pub fn standing(context: &Context<'_>, class: ClassId, field: &str, at: At) -> Option<Standing> {
    let found = within(context, class, field, at)?;
    if context.module.classes[class].methods.contains(&at.function) {
        return Some(found);
    }
    let value = context.function_expr(at.function)?;
    let Use::Argument(call, _) = context.uses(value) else { return None };
    standing(context, class, field, At::call(context.site_of(call)?))
        .map(|outer| if outer == Standing::Seen { outer } else { found })
}

fn within(context: &Context<'_>, class: ClassId, field: &str, at: At) -> Option<Standing> {
    let module = context.module;
    let cfg = &module.functions[at.function].cfg;
    let look = Look { context, class, field, at };
    let mut seen = FxHashSet::default();
    let mut queue = vec![(cfg.entry, false)];
    let mut found = None;
    while let Some((block, asked)) = queue.pop() {
        if !seen.insert((block, asked)) {
            continue;
        }
        let last = block == at.block;
        if look.settles(block, last) {
            continue;
        }
        if last {
            found = match (found, asked) {
                (Some(Standing::Seen), _) | (_, true) => Some(Standing::Seen),
                _ => Some(Standing::Unseen),
            };
            continue;
        }
        let question = match &cfg.blocks[block].terminator {
            Terminator::Branch { condition, .. } => look.question(*condition),
            _ => Question::Other,
        };
        for edge in cfg.edges(block).into_iter().filter(|edge| edge.kind != EdgeKind::Exception) {
            match (&question, edge.kind) {
                (Question::Settled, _) | (Question::Present, EdgeKind::False) | (Question::Absent, EdgeKind::True) => {}
                (Question::Present | Question::Absent, _) => queue.push((edge.to, true)),
                _ => queue.push((edge.to, asked)),
            }
        }
    }
    found
}

/// What a condition asks of the field.
enum Question {
    /// True where the field holds something.
    Present,
    /// True where it holds nothing.
    Absent,
    /// What the field holds, or the object, is asked whether it has ended already.
    Settled,
    Other,
}

struct Look<'a> {
    context: &'a Context<'a>,
    class: ClassId,
    field: &'a str,
    at: At,
}

impl Look<'_> {
    fn start(&self) -> u32 {
        self.context.span(self.at.expr).start
    }

    fn named(&self) -> impl Iterator<Item = ExprId> + '_ {
        let uses = self.context.field_uses(self.class, self.field).iter().copied();
        uses.filter(|named| !self.context.is_target(*named))
    }

    /// Whether a step of the block releases what the field holds, keeps it, or gives it to somebody.
    fn settles(&self, block: BlockId, last: bool) -> bool {
        let context = self.context;
        let before = |span: Span| !last || span.start < self.start();
        let own = self.named().any(|named| {
            let call = match context.uses(named) {
                Use::Receiver(call) if self.is_end(call) => call,
                Use::Argument(call, _) | Use::Called(call) => call,
                Use::Stored(_) | Use::Element(_) | Use::Returned | Use::Iterated | Use::Entered | Use::Yielded => {
                    return context.function_of(named) == Some(self.at.function)
                        && context.span(named).start < self.start();
                }
                Use::Read(member) => return self.reads_on(member) && context.span(named).start < self.start(),
                _ => return false,
            };
            context.site_of(call).is_some_and(|site| {
                site.function == self.at.function && site.block == block && before(context.span(call))
            })
        });
        own || context.sites_in(self.at.function).any(|site| {
            site.block == block
                && before(context.span(site.expr))
                && site.expr != self.at.expr
                && self.called_settles(site)
        })
    }

    /// `this.socket.readyState`, `this.views[key]`: what is asked or taken of what the field holds.
    fn reads_on(&self, member: ExprId) -> bool {
        let context = self.context;
        context.function_of(member) == Some(self.at.function)
            && match context.module.kind(member) {
                ExprKind::Member { name, .. } => words::ends(name) || words::says_ended(name),
                _ => true,
            }
    }

    fn is_end(&self, call: ExprId) -> bool {
        let name = self.context.site_of(call).and_then(|site| site.shape.method.as_deref());
        name.is_some_and(|name| words::ends(name) || words::says_ended(name))
    }

    /// Whether a call runs code of the file, or of a class above, that ends what the field holds.
    fn called_settles(&self, site: &CallSite) -> bool {
        let context = self.context;
        let module = context.module;
        let Some(callee) = site.callee else {
            let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
            let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return false };
            return matches!(module.kind(*object), ExprKind::This(_)) && words::ends(name);
        };
        if callee == self.at.function {
            return false;
        }
        let mut reached = owners::reach(context, &[callee]);
        reached.remove(&self.at.function);
        let ends = |named: ExprId| match context.uses(named) {
            Use::Receiver(call) => self.is_end(call),
            Use::Argument(call, _) => {
                let name = context.site_of(call).and_then(|site| site.shape.method.as_deref());
                name.is_some_and(words::ends)
            }
            Use::Called(_) | Use::Stored(_) => true,
            _ => false,
        };
        self.named()
            .any(|named| context.function_of(named).is_some_and(|function| reached.contains(&function)) && ends(named))
    }

    fn question(&self, condition: ExprId) -> Question {
        let module = self.context.module;
        let condition = module.peel(condition);
        if self.is_field(condition) {
            return Question::Present;
        }
        if let ExprKind::Binary { left, operator, right } = module.kind(condition) {
            let against =
                self.is_field(*left) && module.is_null(*right) || self.is_field(*right) && module.is_null(*left);
            if against {
                return match operator.as_str() {
                    "==" | "===" | "is" => Question::Absent,
                    "!=" | "!==" | "is not" => Question::Present,
                    _ => Question::Settled,
                };
            }
        }
        if self.asks_whether_it_goes_on(condition) { Question::Settled } else { Question::Other }
    }

    fn is_field(&self, expr: ExprId) -> bool {
        let expr = self.context.module.peel(expr);
        self.named().any(|named| named == expr)
    }

    /// Whether a condition asks the object, or what the field holds, for its state: `this.socket.closed`, `isOpen()`.
    fn asks_whether_it_goes_on(&self, condition: ExprId) -> bool {
        let module = self.context.module;
        let mut queue = vec![condition];
        while let Some(expr) = queue.pop() {
            let kind = module.kind(expr);
            if let ExprKind::Member { name, .. } = kind
                && words::says_state(name)
            {
                return true;
            }
            queue.extend(kind.parts());
        }
        false
    }
}
