//! leaklint
pub mod analyses;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod discover;
pub mod driver;
pub mod finding;
pub mod lang;
pub mod model;
pub mod project;
pub mod report;
pub mod source;
pub mod suppress;
pub mod trigger;
