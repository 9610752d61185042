//! Look-up by function, and the work that one file may cost.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::context::CallSite;
use super::owners::Lifecycle;
use crate::model::{ClassId, FunctionId, Module, VariableId, VariableKind};

/// Steps that a file may cost beside what its size allows.
const WORK: usize = 2_000_000;
/// How often each step of a file may be walked, on average.
const TIMES: usize = 100;

/// What stands in each function.
#[derive(Debug, Default)]
pub(in crate::analyses) struct Index {
    sites: FxHashMap<FunctionId, Vec<usize>>,
    children: FxHashMap<FunctionId, Vec<FunctionId>>,
    names: FxHashMap<FunctionId, VariableId>,
}

impl Index {
    pub fn new(module: &Module, sites: &[CallSite]) -> Self {
        let mut index = Self::default();
        for (at, site) in sites.iter().enumerate() {
            index.sites.entry(site.function).or_default().push(at);
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

/// Counted work, so that the same file gives the same answer everywhere, and life cycles that were worked out.
#[derive(Debug)]
pub(in crate::analyses) struct Budget {
    left: Cell<usize>,
    unfollowed: Cell<u32>,
    lifecycles: RefCell<FxHashMap<ClassId, Lifecycle>>,
}

impl Budget {
    pub fn new(module: &Module) -> Self {
        let graphs = module.functions.iter().flat_map(|(_, function)| function.cfg.blocks.iter());
        let steps: usize = graphs.map(|(_, block)| block.steps.len() + 1).sum();
        Self { left: Cell::new(WORK + TIMES * steps), unfollowed: Cell::new(0), lifecycles: RefCell::default() }
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

    pub fn remember(&self, class: ClassId, cycle: &Lifecycle) {
        self.lifecycles.borrow_mut().insert(class, cycle.clone());
    }
}
