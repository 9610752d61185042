//! Pairing: something acquired that is not given back on every way out.
//!
//! An acquisition is matched with its releases by identity: by the handle that the acquire gave, or by its key.
//! [`path`] decides what stays in one function, [`owner`] what an object keeps.

mod class_loader;
mod harm;
mod holders;
pub mod identity;
pub mod owner;
pub mod path;
mod quiet;
pub mod thread_fields;
pub mod thread_local;

pub use self::quiet::quiet;
use super::context::Context;
use crate::project::Facts;

/// Adds the pairing candidates of a file, and what its functions and classes do for others.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    path::collect(context, facts);
    owner::collect(context, facts);
    thread_local::collect(context, facts);
    thread_fields::collect(context, facts);
    holders::collect(context, facts);
    class_loader::collect(context, facts);
}
