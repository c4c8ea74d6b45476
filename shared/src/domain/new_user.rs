//! Who a new user is: name, key and attributes, by the pool's rules. Sign-up and administrators share it.

use super::ids::{Sub, Username};
use super::pool::Pool;
use super::user::{Attributes, User};
use crate::ambient::Entropy;
use crate::{Fault, Timestamp, fault::FaultKind};

/// The user name of a request.
///
/// # Errors
/// `InvalidParameterException`.
pub fn parse_name(given: Option<&String>) -> Result<Username, Fault> {
    given
        .map(String::as_str)
        .unwrap_or_default()
        .parse()
        .map_err(|_| Fault::invalid_parameter("Value at 'username' is not a valid user name."))
}

/// A new user of `pool` under `name`. Where names are attributes, the name becomes that attribute and the user gets
/// a generated name. Whether all required attributes are there is not asked: of those whom administrators create, the
/// first sign-in asks for the rest.
///
/// # Errors
/// `InvalidParameterException` for a name or attributes that the pool does not allow.
pub fn new_user(
    pool: &Pool,
    name: &Username,
    mut attributes: Attributes,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<User, Fault> {
    let sub = Sub::generate(entropy);
    let username = match pool.names.check_new(name)? {
        None => name.clone(),
        Some(kind) => {
            let given = attributes
                .entry(kind.attribute().to_owned())
                .or_insert_with(|| name.to_string());
            if given != name.as_str() {
                return Err(Fault::invalid_parameter(format!(
                    "User name and attribute {} must be the same.",
                    kind.attribute()
                )));
            }
            sub.as_str().parse().map_err(Fault::internal)?
        }
    };
    pool.schema.check_values(&attributes)?;
    let key = username.to_key(pool.case_sensitive);
    Ok(User::new(username, key, sub, attributes, now))
}

/// The answer where the name, or the attribute that is the name, is another user's.
pub fn name_taken(kind: Option<super::names::AliasKind>) -> Fault {
    let message = kind.map_or_else(
        || "User already exists".to_owned(),
        |kind| format!("An account with the given {} already exists.", kind.attribute()),
    );
    Fault::new(FaultKind::UsernameExists, message)
}
