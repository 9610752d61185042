//! Teardowns compared: with the siblings of what they release, with their base, with the words that set up.

pub mod overrides;
pub mod pairs;
pub mod reversed;
pub mod siblings;
