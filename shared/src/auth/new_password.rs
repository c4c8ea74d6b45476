//! `NEW_PASSWORD_REQUIRED`: a user with a temporary password chooses a lasting one.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;
use serde_json::{Map, Value};

use super::journey::{Journey, Progress};
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, required, resume};
use crate::Fault;
use crate::directory::passwords::new_password;
use crate::domain::ids::Username;
use crate::domain::user::{Attributes, Proven, Status, User};
use crate::store::keys::GuardKind;
use crate::store::users::With;

/// What attributes are called among the responses.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Asks for a new password.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub(super) async fn ask(sign_in: &SignIn<'_>, user: &User, journey: Journey) -> Result<Outcome, Fault> {
    let owner = (user.key.clone(), Some(user));
    let state = State::new(sign_in, Awaited::NewPassword, owner, journey);
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
    Ok(Outcome::challenge(
        ChallengeNameType::NewPasswordRequired,
        Some(state.seal(sign_in).await?),
        parameters,
    ))
}

/// Takes the new password and signs the user in.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this, `InvalidPasswordException`,
/// `InvalidParameterException` for missing or malformed attributes.
pub(super) async fn choose(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let password = Sensitive::from(required(responses, "NEW_PASSWORD")?);
    let Awaited::NewPassword = opened.1.awaited else {
        return Err(invalid_session());
    };
    let pool = sign_in.pool();
    let mut resumed = resume::load(sign_in, opened).await?;
    let user = resumed.user(pool).ok_or_else(invalid_session)?;
    if user.after_password(sign_in.now)? != Proven::MustChangePassword {
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
    sign_in
        .app
        .store
        .replace_user(pool, &user, &after, With::default())
        .await?
        .into_result()?;
    let journey = Journey {
        new_password: true,
        ..resumed.state.journey
    };
    Ok(Progress::new(after, resumed.found, &[GuardKind::Password], journey).into())
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
