//! What is particular to timers: they end by themselves, renew themselves, or lose the handle that would stop them.

pub mod deadline;
pub mod lost;
pub mod one_shot;
pub mod renewal;
pub mod waits;
pub mod watchdog;
