//! Puts a finding together: message, confidence with its reason, and the steps of the story.

use super::context::Context;
use crate::catalogue::{Acquire, Analysis};
use crate::finding::{Confidence, Finding, Quiet, Step, StepKind};
use crate::model::{ExprId, FunctionId, Name};
use crate::project::{Candidate, Question};
use crate::source::Span;

/// A finding in the making.
pub struct Story<'a> {
    context: &'a Context<'a>,
    candidate: Candidate,
}

impl<'a> Story<'a> {
    /// Starts with the acquisition. None where no rule selects its kind.
    #[must_use]
    pub fn new(
        context: &'a Context<'a>,
        call: ExprId,
        function: FunctionId,
        acquire: &Acquire,
        analysis: Analysis,
    ) -> Option<Self> {
        let rule = context.catalogue.rule_for(&acquire.kind, analysis)?;
        let span = context.span(call);
        let path = context.source.display_path();
        let what = what(acquire);
        let acquired = Step {
            kind: StepKind::Acquired,
            path: path.clone(),
            span,
            message: format!("{what} acquired by `{}`", context.text(call)),
        };
        let finding = Finding {
            rule: rule.id.clone(),
            path,
            span,
            message: String::new(),
            confidence: Confidence::Medium,
            reason: String::new(),
            steps: vec![acquired],
            fix: (!acquire.fix.is_empty()).then(|| acquire.fix.clone()),
            symbol: context.symbol(function),
        };
        Some(Self { context, candidate: Candidate { finding, unless: Vec::new(), only_if: Vec::new() } })
    }

    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.candidate.finding.message = message.into();
        self
    }

    #[must_use]
    pub fn confidence(mut self, confidence: Confidence, reason: impl Into<String>) -> Self {
        self.candidate.finding.confidence = confidence;
        self.candidate.finding.reason = reason.into();
        self
    }

    /// Adds a step in this file.
    #[must_use]
    pub fn step(mut self, kind: StepKind, span: Span, message: impl Into<String>) -> Self {
        let path = self.context.source.display_path();
        self.candidate.finding.steps.push(Step { kind, path, span, message: message.into() });
        self
    }

    #[must_use]
    pub fn unless(mut self, question: Question) -> Self {
        self.candidate.unless.push(question);
        self
    }

    #[must_use]
    pub fn only_if(mut self, question: Question) -> Self {
        self.candidate.only_if.push(question);
        self
    }

    /// The finding with its open questions.
    #[must_use]
    pub fn end(self) -> Candidate {
        self.candidate
    }
}

/// What an acquisition is called in messages.
#[must_use]
pub fn what(acquire: &Acquire) -> Name {
    Name::new(if acquire.what.is_empty() { &acquire.kind } else { &acquire.what })
}

/// Why what a call acquires is not reported.
#[must_use]
pub fn quiet(context: &Context<'_>, call: ExprId, acquire: &Acquire, becomes: &str, steps: Vec<Step>) -> Quiet {
    Quiet {
        path: context.source.display_path(),
        span: context.span(call),
        message: format!("the {} acquired by `{}` {becomes}", what(acquire), context.text(call)),
        steps,
    }
}

/// The step of a release in this file.
#[must_use]
pub fn released(context: &Context<'_>, release: ExprId) -> Step {
    Step {
        kind: StepKind::Released,
        path: context.source.display_path(),
        span: context.span(release),
        message: format!("`{}`", context.text(release)),
    }
}
