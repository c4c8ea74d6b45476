//! Tokens: claims, the KMS keys that sign them, their verification, the JWK set, refresh tokens.

pub mod changes;
pub mod claims;
pub mod discovery;
mod ecdsa;
pub mod foreign;
#[cfg(test)]
pub(crate) mod forging;
pub mod genuine;
pub mod keys;
mod local;
pub mod profile;
pub mod refresh;
pub mod sign;
pub mod verify;
