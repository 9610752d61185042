//! Look-up by function, and the work that one file may cost.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::context::CallSite;
use super::owners::Lifecycle;
use super::runs::Runs;
use crate::catalogue::Acquire;
use crate::model::{ClassId, FunctionId, Module, Name, VariableId, VariableKind};

/// Steps that a file may cost beside what its size allows.
const WORK: usize = 2_000_000;
/// How often each step of a file may be walked, on average.
const TIMES: usize = 100;

/// The key of what releases without a kind of its own.
const ANY_KIND: &str = "";

/// Questions that a file may ask of itself, and how many more for each of its expressions.
///
/// Files of real projects ask some tens of thousands, and hardly ever more than forty an expression.
const QUESTIONS: usize = 2_000_000;
const QUESTIONS_EACH: usize = 1_000;

/// Why the analyses of a file ended before they were done: what they would ask grows faster than the file. Thrown past
/// them by [`std::panic::resume_unwind`], and caught where files are kept apart.
#[derive(Debug, Clone, Copy)]
pub struct GaveUp;

/// What stands in each function.
#[derive(Debug, Default)]
pub(in crate::analyses) struct Index {
    sites: FxHashMap<FunctionId, Vec<usize>>,
    children: FxHashMap<FunctionId, Vec<FunctionId>>,
    names: FxHashMap<FunctionId, VariableId>,
    /// The calls of each function of the file.
    calls: FxHashMap<FunctionId, Vec<usize>>,
    classes: FxHashMap<ClassId, Vec<usize>>,
    /// The calls of methods, by the method's name.
    methods: FxHashMap<Name, Vec<usize>>,
    /// The calls of values: `dispose()`.
    values: Vec<usize>,
    /// The calls that release something, as the tables say, by the kind that they release; without a kind, of any.
    releases: FxHashMap<String, Vec<usize>>,
    /// The calls that acquire something, by its kind.
    acquires: FxHashMap<String, Vec<usize>>,
    /// The calls that construct something, by the simple name of its class.
    making: FxHashMap<Name, Vec<usize>>,
}

impl Index {
    pub fn new(module: &Module, sites: &[CallSite]) -> Self {
        let mut index = Self::default();
        for (at, site) in sites.iter().enumerate() {
            index.sites.entry(site.function).or_default().push(at);
            if let Some(callee) = site.callee {
                index.calls.entry(callee).or_default().push(at);
            }
            if let Some(class) = module.functions[site.function].this {
                index.classes.entry(class).or_default().push(at);
            }
            match &site.shape.method {
                Some(name) => index.methods.entry(name.clone()).or_default().push(at),
                None => index.values.push(at),
            }
            if let Some(path) = site.shape.path.as_ref().filter(|_| site.shape.constructs) {
                index.making.entry(Name::new(path.last())).or_default().push(at);
            }
            index.note_kinds(at, site);
        }
        for (id, function) in module.functions.iter() {
            if let Some(parent) = function.parent {
                index.children.entry(parent).or_default().push(id);
            }
        }
        for (id, variable) in module.variables.iter() {
            if let VariableKind::Function(function) = variable.kind {
                index.names.entry(function).or_insert(id);
            }
        }
        index
    }

    fn note_kinds(&mut self, at: usize, site: &CallSite) {
        for acquire in &site.acquires {
            self.acquires.entry(acquire.kind.clone()).or_default().push(at);
        }
        for release in &site.releases {
            if release.kind.is_empty() {
                self.releases.entry(ANY_KIND.to_owned()).or_default().push(at);
            }
            for kind in &release.kind {
                self.releases.entry(kind.clone()).or_default().push(at);
            }
        }
    }

    /// The calls that could release what an entry acquires, and those of a list, in the order of the text.
    pub fn releasing(&self, acquire: &Acquire, also: &[usize]) -> Vec<usize> {
        let mut found = also.to_vec();
        for close in &acquire.closes {
            let named = if close == "()" { Some(&self.values) } else { self.methods.get(close.as_str()) };
            found.extend(named.into_iter().flatten());
        }
        for kind in [ANY_KIND, &acquire.kind] {
            found.extend(self.releases.get(kind).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    pub fn acquiring(&self, kind: &str) -> &[usize] {
        self.acquires.get(kind).map_or(&[], Vec::as_slice)
    }

    pub fn making(&self, class: &str) -> &[usize] {
        self.making.get(class).map_or(&[], Vec::as_slice)
    }

    pub fn calls(&self, function: FunctionId) -> &[usize] {
        self.calls.get(&function).map_or(&[], Vec::as_slice)
    }

    pub fn of_class(&self, class: ClassId) -> &[usize] {
        self.classes.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The calls of a function and of those that stand in it, in the order of the text.
    pub fn within(&self, function: FunctionId) -> Vec<usize> {
        let mut found = Vec::new();
        let mut queue = vec![function];
        while let Some(function) = queue.pop() {
            found.extend(self.sites(function));
            queue.extend(self.children(function));
        }
        found.sort_unstable();
        found
    }

    pub fn sites(&self, function: FunctionId) -> &[usize] {
        self.sites.get(&function).map_or(&[], Vec::as_slice)
    }

    pub fn children(&self, function: FunctionId) -> &[FunctionId] {
        self.children.get(&function).map_or(&[], Vec::as_slice)
    }

    pub fn named_by(&self, function: FunctionId) -> Option<VariableId> {
        self.names.get(&function).copied()
    }
}

/// Counted work, so that the same file gives the same answer everywhere, and what was worked out before.
#[derive(Debug)]
pub(in crate::analyses) struct Budget {
    left: Cell<usize>,
    questions: Cell<usize>,
    unfollowed: Cell<u32>,
    lifecycles: RefCell<FxHashMap<ClassId, Lifecycle>>,
    runs: RefCell<FxHashMap<(FunctionId, u8), Runs>>,
}

impl Budget {
    pub fn new(module: &Module) -> Self {
        let graphs = module.functions.iter().flat_map(|(_, function)| function.cfg.blocks.iter());
        let steps: usize = graphs.map(|(_, block)| block.steps.len() + 1).sum();
        Self {
            left: Cell::new(WORK + TIMES * steps),
            questions: Cell::new(QUESTIONS + QUESTIONS_EACH * module.exprs.len()),
            unfollowed: Cell::new(0),
            lifecycles: RefCell::default(),
            runs: RefCell::default(),
        }
    }

    /// Counts a question about the file, the smallest step that analyses have in common.
    pub fn ask(&self) {
        match self.questions.get().checked_sub(1) {
            Some(left) => self.questions.set(left),
            None => std::panic::resume_unwind(Box::new(GaveUp)),
        }
    }

    /// Whether there is work left to follow an acquisition with; noted where there is not.
    pub fn allows(&self) -> bool {
        let allows = self.left.get() > 0;
        if !allows {
            self.unfollowed.set(self.unfollowed.get() + 1);
        }
        allows
    }

    pub fn spend(&self, work: usize) {
        self.left.set(self.left.get().saturating_sub(work));
    }

    /// Acquisitions that were not followed.
    pub fn unfollowed(&self) -> u32 {
        self.unfollowed.get()
    }

    /// A life cycle that was worked out before.
    pub fn lifecycle(&self, class: ClassId) -> Option<Lifecycle> {
        self.lifecycles.borrow().get(&class).cloned()
    }

    /// How often a function runs, asked with the same depth before.
    pub fn runs(&self, function: FunctionId, depth: u8) -> Option<Runs> {
        self.runs.borrow().get(&(function, depth)).cloned()
    }

    pub fn remember_runs(&self, function: FunctionId, depth: u8, runs: &Runs) {
        self.runs.borrow_mut().insert((function, depth), runs.clone());
    }

    pub fn remember(&self, class: ClassId, cycle: &Lifecycle) {
        self.lifecycles.borrow_mut().insert(class, cycle.clone());
    }
}
