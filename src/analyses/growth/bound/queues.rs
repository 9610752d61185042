//! Queues: who takes entries out, and whether what goes in was there before.

use super::guards;
use crate::analyses::context::Use;
use crate::analyses::growth::collection::Home;
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::reader::usage::{Growth, Usage, What, has_name, method_name};
use crate::analyses::growth::{flow, words};
use crate::analyses::owners::returned_values;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Visibility};

impl Case<'_> {
    /// Whether the file itself has a reader of the queue.
    #[must_use]
    pub fn is_consumed(&self) -> bool {
        let python = self.context.family() == Family::Python;
        python
            && self.collection.table.is_some_and(|table| table.queue)
            && self.mentions.iter().any(|mention| match self.context.uses(*mention) {
                Use::Receiver(call) => words::takes_next(&method_name(self.context, call)),
                _ => false,
            })
    }

    /// Whether a loop of the class itself waits for one entry after the other.
    #[must_use]
    pub fn has_worker(&self) -> bool {
        let context = self.context;
        matches!(self.collection.home, Home::Instance(_))
            && self.is_read_in_a_loop(|call| {
                context.part(call, &Part::Argument(0)).is_none()
                    && context.part(call, &Part::Keyword("timeout".to_owned())).is_none()
            })
    }

    /// Whether a loop of the file takes one entry of a queue after the other, by a call that passes a test.
    fn is_read_in_a_loop(&self, passes: impl Fn(ExprId) -> bool) -> bool {
        self.is_consumed()
            && self.mentions.iter().any(|mention| match self.context.uses(*mention) {
                Use::Receiver(call) => self
                    .context
                    .site_of(call)
                    .is_some_and(|site| site.loops > 0 && site.shape.method.as_deref() == Some("get") && passes(call)),
                _ => false,
            })
    }

    /// Whether a loop of the owner itself takes one entry after the other, as fast as they come, or a method of its own
    /// hands them on: then it is a queue for others, who fill and empty it.
    #[must_use]
    pub fn is_served(&self) -> bool {
        let own = matches!(self.collection.home, Home::Instance(_)) && self.context.family() == Family::Python;
        own && (self.is_read_in_a_loop(|_| true)
            || self.is_handed_on()
            || self.lends_its_reader()
            || self.has_threads())
            || self.is_given_out()
            || self.works_off_its_own()
    }

    /// A worker of the file takes what the program gives it to do, one after the other: nothing that goes in is a
    /// request, a message or an event.
    fn works_off_its_own(&self) -> bool {
        let incoming = |name: &str| words::is_incoming(name) || words::is_event_object(name);
        let from_outside = self.usages.iter().any(|usage| match &usage.what {
            What::Grow(Growth { value: Some(value), .. }) => {
                has_name(self.context, *value, incoming)
                    || self.handles(usage.function)
                    || self.is_again(usage.function)
            }
            _ => false,
        });
        self.collection.home == Home::Module && !from_outside && self.is_read_in_a_loop(|_| true)
    }

    /// `take = self.queue.get`: the method that takes the next entry goes by another name.
    fn lends_its_reader(&self) -> bool {
        let module = self.context.module;
        self.collection.table.is_some_and(|table| table.queue)
            && self.mentions.iter().any(|mention| match self.context.uses(*mention) {
                Use::Read(part) => {
                    let reads = matches!(module.kind(part), ExprKind::Member { name, .. } if words::takes_next(name));
                    reads && matches!(self.context.uses(part), Use::Stored(_) | Use::Argument(..))
                }
                _ => false,
            })
    }

    /// `Thread(target=work, args=(self.tasks,))`, where `work` of the same file takes one after the other.
    fn has_threads(&self) -> bool {
        let context = self.context;
        let module = context.module;
        let takes = |function: FunctionId, at: usize| {
            module.functions[function].parameters.get(at).is_some_and(|parameter| {
                context.reads(*parameter).iter().any(|read| match context.uses(*read) {
                    Use::Receiver(call) => {
                        words::takes_next(&method_name(context, call))
                            && context.site_of(call).is_some_and(|site| site.loops > 0)
                    }
                    _ => false,
                })
            })
        };
        self.mentions.iter().any(|mention| {
            let Use::Element(list) = context.uses(*mention) else { return false };
            let ExprKind::List { items, .. } = module.kind(list) else { return false };
            let Use::Argument(call, _) = context.uses(list) else { return false };
            let target = context.part(call, &Part::Keyword("target".to_owned()));
            let function = target.and_then(|target| module.local_function(target));
            let at = items.iter().position(|item| item == mention);
            function.zip(at).is_some_and(|(function, at)| takes(function, at))
        })
    }

    /// `BlockingQueue<Task> tasks() { return tasks; }`: those who ask for the queue take out of it.
    fn is_given_out(&self) -> bool {
        let context = self.context;
        let open = |function: FunctionId| context.module.functions[function].visibility != Visibility::Private;
        context.family() == Family::Java
            && self.mentions.iter().any(|mention| {
                context.uses(*mention) == Use::Returned && context.function_of(*mention).is_some_and(open)
            })
    }

    /// `def get(self): one = self.queue.get(); …; return one`
    fn is_handed_on(&self) -> bool {
        let context = self.context;
        self.is_consumed()
            && self.mentions.iter().any(|mention| match (context.uses(*mention), context.function_of(*mention)) {
                (Use::Receiver(call), Some(function)) => {
                    method_name(context, call).starts_with("get")
                        && returned_values(context, function).into_iter().any(|value| context.definition(value) == call)
                }
                _ => false,
            })
    }

    /// Whether what goes into a queue was taken out of it by the same function, or goes in only until the one who
    /// empties the queue says that he has come.
    #[must_use]
    pub fn is_put_back(&self, usage: &Usage) -> bool {
        let context = self.context;
        let queue = self.collection.table.is_some_and(|table| table.queue);
        let takes_one = |name: &str| words::takes_next(name) || words::waits_for_next(name);
        let consumers: Vec<FunctionId> = self
            .mentions
            .iter()
            .filter(|mention| {
                queue
                    && matches!(context.uses(**mention), Use::Receiver(call)
                        if takes_one(&method_name(context, call)))
            })
            .filter_map(|mention| context.function_of(*mention))
            .collect();
        let waits = || {
            flow::tests(context, usage.expr)
                .into_iter()
                .filter(|test| !test.holds && !test.again)
                .filter_map(|test| context.place(test.condition))
                .any(|flag| consumers.iter().any(|taker| guards::sets(context, *taker, &flag)))
        };
        consumers.contains(&usage.function) || !consumers.is_empty() && waits()
    }
}
