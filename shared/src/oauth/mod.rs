//! OAuth 2.0 and OpenID Connect: what a client may ask for, and one file per grant.

pub mod answer;
pub mod authorization;
pub mod browser;
pub mod client_assertion;
pub mod client_auth;
pub mod client_credentials;
pub mod device;
pub mod dpop;
pub mod endpoint;
pub mod error;
pub mod grant;
pub mod once;
pub mod party;
pub mod pushed;
pub mod redirect;
pub mod refusal;
pub mod registration;
pub mod scopes;
pub mod token_exchange;

pub use error::{Code, OauthError};
