//! Fields over time: what they hold is replaced, made anew, or left where other methods release it.

pub mod emptied;
pub mod others;
pub mod overwrite;
pub mod remade;
pub mod renewed;
pub mod replaced;
pub mod standing;
