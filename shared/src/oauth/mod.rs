//! OAuth 2.0 and OpenID Connect: what a client may ask for, and one file per grant.

pub mod answer;
pub mod authorization;
pub mod browser;
pub mod client_auth;
pub mod error;
pub mod grant;
pub mod redirect;
pub mod scopes;

pub use error::{Code, OauthError};
