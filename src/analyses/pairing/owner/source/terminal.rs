//! Events that tell of the end of what sends them: after it nothing is kept.

use crate::analyses::context::Context;
use crate::analyses::owners;
use crate::analyses::pairing::owner::releases::gesture;
use crate::analyses::pairing::owner::{Case, Life};
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Literal, Name};

impl Case<'_> {
    /// Whether the event tells of the source's own end, after which nothing is kept.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        // The end of the page or the process is not the end of the registrant.
        let global = self.life == Life::Process
            && !self.is_of_loading()
            && matches!(self.source_text().as_str(), "" | "process" | "window" | "document" | "global" | "globalThis");
        if !matches!(self.acquire.kind.as_str(), "listener" | "subscription") || global {
            return false;
        }
        let method = self.site.shape.method.as_deref();
        if method.is_some_and(words::announces_end) {
            return true;
        }
        match self.event() {
            Some(_) if self.is_of_loading() => true,
            Some(event) => ends_source(&event),
            None => {
                let source = self.acquire.source.as_ref().and_then(|part| self.context.part(self.site.expr, part));
                source.is_some_and(|source| self.is_stream_of_end(source))
            }
        }
    }

    /// Whether the event comes once for a document, and the document goes on.
    fn is_of_loading(&self) -> bool {
        match self.event().as_deref() {
            Some("DOMContentLoaded") => true,
            Some("readystatechange") => self.life == Life::Process && self.source_text() == "document",
            Some("load") => self.life == Life::Process && self.source_text() == "window",
            _ => false,
        }
    }

    /// The event that is listened to, where the code names it.
    #[must_use]
    pub fn event(&self) -> Option<Name> {
        self.acquire.key.iter().find_map(|part| {
            let expr = self.context.part(self.site.expr, part)?;
            match self.context.module.kind(self.context.definition(expr)) {
                ExprKind::Literal(Literal::String(name)) => Some(Name::from(name.to_string())),
                _ => None,
            }
        })
    }

    /// `view.disposed.connect(…)`, `popover.destroyed.subscribe(…)`, `ref.detachments().subscribe(…)`. A service tells
    /// of the end of others.
    fn is_stream_of_end(&self, source: ExprId) -> bool {
        let Some((object, name)) = stream(self.context, source) else { return false };
        if self.acquire.kind == "listener" {
            return words::is_signal_of_end(name);
        }
        let lower = name.to_lowercase();
        self.life != Life::Process
            && !matches!(self.context.module.kind(self.context.module.peel(object)), ExprKind::This(_))
            && ["destroy", "dispos", "detachments", "unmount"].iter().any(|word| lower.contains(word))
    }
}

/// Whether a function runs when a source that the file listens to says that it is over: `socket.on('close', …)`.
#[must_use]
pub fn runs_at_end(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let ends = |expr: ExprId| match context.module.kind(context.definition(expr)) {
        ExprKind::Literal(Literal::String(event)) => ends_source(event),
        _ => false,
    };
    let class = context.module.functions[case.site.function].this;
    context.family() == Family::JavaScript
        && context.acquiring("listener").chain(context.acquiring("subscription")).any(|site| {
            let event = context.part(site.expr, &Part::Argument(0));
            let source = context.part(site.expr, &Part::Receiver);
            let global = source.is_some_and(|source| matches!(context.module.kind(source), ExprKind::Global(_)));
            let callback = site.acquires.iter().find_map(|known| context.part(site.expr, known.callback.as_ref()?));
            let callback = callback.or_else(|| context.part(site.expr, &Part::Argument(0)));
            let method = site.shape.method.as_deref();
            context.module.functions[site.function].this == class
                && !global
                && (event.is_some_and(ends) || method.is_some_and(|method| method.starts_with("onDidDestroy")))
                && callback.is_some_and(|callback| {
                    owners::reach(context, &gesture::functions(context, callback)).contains(&function)
                })
        })
}

/// The member that gives a stream, and what it is a member of; operators are looked through.
fn stream<'a>(context: &'a Context<'_>, mut source: ExprId) -> Option<(ExprId, &'a str)> {
    loop {
        match context.module.kind(context.module.peel(source)) {
            ExprKind::Member { object, name, .. } => return Some((*object, name)),
            ExprKind::Call { callee, constructs: false, .. } => match context.module.kind(*callee) {
                ExprKind::Member { object, name, .. } if matches!(name.as_str(), "pipe" | "asObservable") => {
                    source = *object;
                }
                ExprKind::Member { object, name, .. } => return Some((*object, name)),
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// Names of events by which a stream, process or object says that it is over.
fn ends_source(event: &str) -> bool {
    matches!(
        event,
        "close"
            | "end"
            | "finish"
            | "exit"
            | "disposed"
            | "destroy"
            | "destroyed"
            | "dispose"
            | "disconnect"
            | "closed"
            | "aborted"
            | "abort"
            | "unload"
            | "beforeunload"
            | "pagehide"
    )
}
