//! What Gatehouse's Lambda functions share: the API's edge, the domain, sign-in, tokens, storage.
//!
//! Read `docs/ARCHITECTURE.md` first; it maps the modules and walks through real requests.

pub mod accounts;
pub mod ambient;
pub mod api;
pub mod app;
pub mod auth;
pub mod authorizer;
pub mod credentials;
pub mod crypto;
pub mod directory;
pub mod domain;
pub mod fault;
pub mod http;
pub mod messages;
pub mod oauth;
pub mod observe;
pub mod outbound;
pub mod protocol;
pub mod store;
pub mod tokens;
pub mod triggers;
pub mod ui;

pub use ambient::{Clock, Entropy, Timestamp};
pub use app::App;
pub use fault::Fault;
