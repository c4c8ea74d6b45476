//! `NEW_PASSWORD_REQUIRED`: a user with a temporary password chooses a lasting one.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;
use serde_json::{Map, Value};

use super::complete::{Proof, complete};
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, invalid_session, required, username};
use crate::Fault;
use crate::directory::passwords::new_password;
use crate::domain::user::{Attributes, Proven, Status, User};
use crate::store::keys::GuardKind;
use crate::store::users::{With, Written};

/// What attributes are called among the responses.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Asks for a new password.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub async fn ask(sign_in: &SignIn<'_>, user: &User) -> Result<Outcome, Fault> {
    let state = State::new(sign_in, Awaited::NewPassword, user.key.clone(), Some(user));
    let shown: Map<String, Value> = user
        .attributes
        .iter()
        .filter(|(name, _)| sign_in.admin || sign_in.client.may_read(name))
        .map(|(name, value)| (name.clone(), Value::String(value.clone())))
        .collect();
    let wanted: Vec<_> = sign_in
        .pool()
        .schema
        .missing(&user.attributes)
        .map(|name| format!("{ATTRIBUTE_PREFIX}{name}"))
        .collect();
    let parameters = [
        ("USER_ID_FOR_SRP", user.username.to_string()),
        (
            "requiredAttributes",
            serde_json::to_string(&wanted).map_err(Fault::internal)?,
        ),
        (
            "userAttributes",
            serde_json::to_string(&shown).map_err(Fault::internal)?,
        ),
    ];
    Ok(Outcome::Challenge {
        name: ChallengeNameType::NewPasswordRequired,
        session: Some(state.seal(sign_in).await?),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
    })
}

/// Takes the new password and signs the user in.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this, `InvalidPasswordException`,
/// `InvalidParameterException` for missing or malformed attributes.
pub async fn choose(
    sign_in: &SignIn<'_>,
    session: Option<&Sensitive>,
    responses: &Parameters,
) -> Result<Outcome, Fault> {
    let name = username(responses)?;
    let password = Sensitive::from(required(responses, "NEW_PASSWORD")?);
    sign_in
        .client
        .check_secret_hash(responses.get("SECRET_HASH").map(String::as_str), [name.as_str()])?;
    let session = session.ok_or_else(|| Fault::invalid_parameter("Missing required parameter Session"))?;
    let state = State::open(sign_in, session.expose()).await?;
    let Awaited::NewPassword = state.awaited else {
        return Err(invalid_session());
    };

    let pool = sign_in.pool();
    let found = sign_in.app.store.load_user(pool.id(), &state.user).await?;
    let guard = found.guard(GuardKind::Password);
    let memberships = found.memberships;
    let user = found
        .user
        .filter(|user| state.is_of(user))
        .ok_or_else(invalid_session)?;
    if !goes_by(&user, &name, pool) || user.after_password(sign_in.now)? != Proven::MustChangePassword {
        return Err(invalid_session());
    }
    let given = chosen_attributes(sign_in, &user, responses)?;

    let credentials = new_password(sign_in.app, &sign_in.open, &user, &password).await?;
    let mut after = user
        .clone()
        .with_password(credentials, Status::Confirmed, None)
        .touched(sign_in.now);
    after.attributes.extend(given);
    if let Some(name) = pool.schema.missing(&after.attributes).next() {
        return Err(Fault::invalid_parameter(format!(
            "Invalid attributes given, {name} is missing"
        )));
    }
    match sign_in
        .app
        .store
        .replace_user(pool, &user, &after, With::default())
        .await?
    {
        Written::Done => {}
        other => return Err(other.into_fault()),
    }
    let proof = Proof {
        guard,
        memberships,
        credentials: None,
    };
    complete(sign_in, &after, state.session, proof).await
}

/// Whether `name` is a name of `user`: the user name, the `sub`, or an alias.
fn goes_by(user: &User, name: &crate::domain::ids::Username, pool: &crate::domain::pool::Pool) -> bool {
    let lookup = pool.names.lookup(name, pool.case_sensitive);
    lookup.direct == user.key
        || name.as_str() == user.sub.as_str()
        || user
            .aliases(&pool.names, pool.case_sensitive)
            .iter()
            .any(|alias| lookup.aliases.contains(alias))
}

/// The attributes among the responses, checked. What the user lacks may be given; of what the user has, only what may
/// change and no address, which would have to be verified. A new address is not verified.
fn chosen_attributes(sign_in: &SignIn<'_>, user: &User, responses: &Parameters) -> Result<Attributes, Fault> {
    let mut given: Attributes = responses
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(ATTRIBUTE_PREFIX)?.to_owned(), value.clone())))
        .collect();
    sign_in.client.check_write(given.keys())?;
    let schema = &sign_in.pool().schema;
    schema.check_values(&given)?;
    for (name, value) in &given {
        let present = user.attributes.get(name).map(String::as_str).unwrap_or_default();
        let fixed = schema
            .rule(name)
            .is_none_or(|rule| !rule.mutable || rule.required);
        let is_address = matches!(name.as_str(), "email" | "phone_number");
        if !present.is_empty() && present != value && (fixed || is_address) {
            return Err(Fault::invalid_parameter(format!(
                "Cannot modify an already provided attribute: {name}"
            )));
        }
    }
    for address in ["email", "phone_number"] {
        if given.contains_key(address) && !user.attributes.contains_key(address) {
            given.insert(format!("{address}_verified"), "false".to_owned());
        }
    }
    Ok(given)
}
