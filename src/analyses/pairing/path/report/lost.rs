//! A thing that is lost on some way, and how sure that is.

use crate::analyses::context::Context;
use crate::analyses::pairing::path::acquire::Acquisition;
use crate::analyses::pairing::path::raises::{Level, Raise};
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::ways::{Leak, Ways};
use crate::analyses::runs::{Runs, by_path};
use crate::finding::Confidence;
use crate::lang::Family;

/// What is known where a way loses what was acquired.
pub struct Lost<'l, 'a> {
    pub tracker: &'l Tracker<'a>,
    pub acquisition: &'l Acquisition<'a>,
    pub ways: &'l Ways,
    pub leak: &'l Leak,
    /// How often the function runs that acquires it.
    pub runs: Runs,
}

impl<'a> Lost<'_, 'a> {
    /// The file it stands in.
    #[must_use]
    pub fn context(&self) -> &'a Context<'a> {
        self.tracker.context
    }

    /// The kind of the thing, as the tables name it.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.acquisition.acquire.kind
    }

    /// The call whose exception loses it.
    #[must_use]
    pub fn raised(&self) -> Option<Raise> {
        self.leak.raised
    }

    /// Whether another way releases it.
    #[must_use]
    pub fn released(&self) -> bool {
        !self.ways.released.is_empty()
    }

    /// Whether another way gives it to somebody else.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.ways.returned || self.ways.escaped
    }

    /// Whether the function runs again and again by what the file shows.
    #[must_use]
    pub fn repeats(&self) -> bool {
        matches!(self.runs, Runs::Repeatedly(_))
    }

    /// How sure the way itself makes it, and why.
    #[must_use]
    pub fn confidence(&self) -> (Confidence, &'static str) {
        match self.leak.level {
            // What a class or a container does when it starts is followed by all the rest of the process.
            None if self.runs == Runs::Once => {
                (Confidence::Medium, "it stays open until the collector finds it, though the code runs once")
            }
            None if !self.released() && !self.passed() => (Confidence::High, "nothing releases it on any way out"),
            None => (Confidence::Medium, "it is released on other ways, and not on this one"),
            Some(Level::Explicit) => (Confidence::Medium, "the exception that skips the release is thrown here"),
            Some(Level::Likely) => {
                (Confidence::Medium, "the call before the release fails for reasons outside the program")
            }
            Some(Level::Unlikely) => (Confidence::Low, "only an exception of an arbitrary call skips the release"),
        }
    }

    /// Whether the file is a program that ends with its `main`.
    #[must_use]
    pub fn is_program(&self) -> bool {
        let mut functions = self.context().module.functions.iter();
        by_path(self.context()) == Some(Runs::Once)
            || functions.any(|(_, function)| function.is_static && function.name.as_deref() == Some("main"))
    }

    /// Whether the file is Java.
    #[must_use]
    pub fn is_java(&self) -> bool {
        self.context().family() == Family::Java
    }
}
