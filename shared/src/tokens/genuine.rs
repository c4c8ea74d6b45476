//! Whether a token is one that a pool of this deployment signed.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::keys::Use;
use crate::Fault;
use crate::domain::pool::Pool;

/// Why a token is not genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ungenuine {
    /// It is no JWT.
    Malformed,
    /// None of the pool's keys for this kind of token signed it.
    Signature,
    /// Another issuer's name is in it.
    Issuer,
}

/// The claims of a token that one of the pool's keys for `usage` signed, with that key's algorithm, for the pool's issuer. When it expires, for
/// whom and for what it is, the caller checks.
///
/// # Errors
/// The inner one tells why the token is not genuine; the outer one is `InternalErrorException` for damaged keys.
pub fn claims(
    token: &str,
    pool: &Pool,
    usage: Use,
    base: &str,
) -> Result<Result<Map<String, Value>, Ungenuine>, Fault> {
    let Ok(header) = decode_header(token) else {
        return Ok(Err(Ungenuine::Malformed));
    };
    let versions = pool.record.signing_keys.versions(usage);
    let Some(key) = versions
        .iter()
        .find(|version| header.kid.as_deref() == Some(&version.kid))
    else {
        return Ok(Err(Ungenuine::Signature));
    };
    let mut validation = Validation::new(key.public.algorithm().to_verify());
    // The library would ask the machine for the time.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[pool.issuer(base)]);
    validation.set_required_spec_claims(&["iss", "exp", "sub"]);
    let decoded = decode::<Map<String, Value>>(token, &key.to_verify()?, &validation);
    Ok(decoded
        .map(|data| data.claims)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidIssuer => Ungenuine::Issuer,
            _ => Ungenuine::Signature,
        }))
}
