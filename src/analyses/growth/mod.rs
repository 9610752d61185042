//! Growth: something long-lived that only grows.

use super::context::Context;
use crate::project::Facts;

/// Adds the growth candidates of a file, and what it takes from the collections of others.
pub fn collect(_context: &Context<'_>, _facts: &mut Facts) {}
