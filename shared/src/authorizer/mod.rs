//! Authorizers of other APIs: what a token of a pool here may do there, by rules from the environment.

pub mod check;
pub mod rest;
pub mod rules;
mod serve;

pub use serve::serve;
