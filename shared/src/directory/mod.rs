//! What self-service and administrators both do with users: attributes, addresses and their codes, passwords.

pub mod attributes;
pub mod codes;
pub mod hidden;
pub mod passwords;
pub mod recovery;
