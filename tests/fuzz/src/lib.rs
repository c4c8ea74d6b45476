//! What is done with an input of the fuzzer, for each kind of input. What has to hold is asserted.

pub mod cookies;
pub mod filters;
pub mod forms;
pub mod passkeys;
pub mod requests;
pub mod saml;
pub mod sessions;
pub mod signatures;
pub mod styles;
pub mod tokens;
