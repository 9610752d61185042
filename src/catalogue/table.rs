//! Look-up of entries by the last name of the calls they are about.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::pattern::CALLED;
use super::{Borrow, CallShape, Callback, Hook, Pattern, Release, Scope, Sink, Source, Wrapper};
use crate::model::Module;

/// An entry that names the calls it is about.
pub trait Tabled {
    fn patterns(&self) -> &[Pattern];
}

macro_rules! tabled {
    ($($entry:ty),*) => { $(impl Tabled for $entry {
        fn patterns(&self) -> &[Pattern] { &self.call }
    })* };
}
tabled!(Release, Wrapper, Sink, Borrow, Hook, Callback);

impl Tabled for Source {
    fn patterns(&self) -> &[Pattern] {
        &self.name
    }
}

/// Entries with the library each comes from.
#[derive(Debug)]
pub struct Table<T> {
    entries: Vec<(usize, Pattern, Arc<T>)>,
    exact: FxHashMap<String, Vec<usize>>,
    wild: Vec<usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), exact: FxHashMap::default(), wild: Vec::new() }
    }
}

impl<T> Table<T> {
    /// Adds an entry under each of its patterns.
    pub fn add(&mut self, library: usize, patterns: &[Pattern], entry: T) {
        let entry = Arc::new(entry);
        for pattern in patterns {
            let at = self.entries.len();
            if pattern.is_wild() {
                self.wild.push(at);
            } else {
                self.exact.entry(pattern.name.clone()).or_default().push(at);
            }
            self.entries.push((library, pattern.clone(), Arc::clone(&entry)));
        }
    }

    /// The entries whose patterns meet a call, in the order of the tables.
    pub fn find<'a>(
        &'a self,
        shape: &'a CallShape,
        module: &'a Module,
        scope: &'a Scope,
    ) -> impl Iterator<Item = &'a Arc<T>> + 'a {
        let by_method = shape.method.as_deref().and_then(|name| self.exact.get(name));
        let by_path = shape
            .path
            .as_ref()
            .map(crate::model::QualifiedName::last)
            .filter(|last| Some(*last) != shape.method.as_deref())
            .and_then(|last| self.exact.get(last));
        let by_object = (shape.method.is_none() && shape.receiver.is_some()).then(|| self.exact.get(CALLED)).flatten();
        by_method
            .into_iter()
            .chain(by_path)
            .chain(by_object)
            .flatten()
            .chain(&self.wild)
            .map(|at| &self.entries[*at])
            .filter(move |(library, pattern, _)| scope.has(*library) && pattern.matches(shape, module))
            .map(|(_, _, entry)| entry)
    }

    /// Every entry, once for each of its patterns.
    pub fn entries(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, _, entry)| entry.as_ref())
    }

    /// Every pattern of the table with its library.
    pub fn patterns(&self) -> impl Iterator<Item = (usize, &Pattern)> {
        self.entries.iter().map(|(library, pattern, _)| (*library, pattern))
    }
}
