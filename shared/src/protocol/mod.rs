//! Protocols as pure computation: no I/O, with time and randomness given.

pub mod saml;
pub mod srp;
pub mod totp;
pub mod webauthn;
