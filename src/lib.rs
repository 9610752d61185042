//! leaklint
pub mod analyses;
pub mod catalogue;
pub mod driver;
pub mod finding;
pub mod lang;
pub mod model;
pub mod project;
pub mod source;
