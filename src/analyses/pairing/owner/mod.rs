//! Owners and life cycles: what an object acquires, its teardown must release.

use crate::analyses::context::Context;
use crate::project::Facts;

/// Adds what owners keep and never give back.
pub fn collect(_context: &Context<'_>, _facts: &mut Facts) {}
