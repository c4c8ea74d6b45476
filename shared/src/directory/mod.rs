//! What self-service and administrators both do with users: attributes, addresses and their codes, passwords.

pub mod arrival;
pub mod attributes;
pub mod client_settings;
pub mod codes;
pub mod confirmation;
pub mod hidden;
pub mod mfa;
pub mod migration;
pub mod passkeys;
pub mod passwords;
pub mod pools;
pub mod recovery;
pub mod recovery_codes;
pub mod sessions;
pub mod software_tokens;
