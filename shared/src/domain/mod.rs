//! The words of the domain: ids, names, pools, clients, users, passwords. No I/O.

pub mod access_key;
pub mod activity;
pub mod client;
pub mod device;
pub mod factors;
pub mod group;
pub mod guard;
pub mod identity;
pub mod identity_pool;
pub mod identity_provider;
pub mod identity_roles;
pub mod ids;
pub mod lambda_config;
pub mod lifetimes;
pub mod names;
pub mod new_user;
pub mod password_policy;
pub mod pool;
pub mod pool_identity;
pub mod pool_mfa;
pub mod pool_settings;
pub mod principal_tags;
pub mod schema;
pub mod session;
pub mod user;
