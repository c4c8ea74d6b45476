//! The API's edge: AWS JSON 1.1 over HTTP, from request to answer.

pub mod access;
pub mod context;
pub mod front;
mod limits;
pub mod operations;
pub mod response;
mod serve;
pub mod sigv4;

pub use context::Context;
pub use limits::count;
pub(crate) use serve::request_id;
pub use serve::{Routes, origin, serve};
