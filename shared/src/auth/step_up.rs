//! Levels of authentication that an application asks for: `TARGET_ACR_VALUES`, `MAX_AGE` and `ACCESS_TOKEN` of
//! `USER_AUTH` (developer guide, "Authentication levels with ACR and AMR claims").

use gatehouse_model::Sensitive;

use super::bearer::authenticate;
use super::journey::Journey;
use super::{Parameters, SignIn};
use crate::domain::factors::{Level, Methods};
use crate::domain::ids::Sub;
use crate::{Fault, Timestamp};

/// What a token that the user has already is worth.
#[derive(Debug, Default)]
pub(super) struct Credit {
    /// Whose it is.
    pub(super) sub: Option<Sub>,
    /// What its sign-in proved, unless that is too long ago.
    pub(super) methods: Methods,
}

/// The levels that the parameters ask for, the most wanted first; `None` where they ask for none.
///
/// # Errors
/// `InvalidParameterException` where none of them is one of the pool's.
fn targets(sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Option<Vec<Level>>, Fault> {
    let Some(wanted) = parameters.get("TARGET_ACR_VALUES") else {
        return Ok(None);
    };
    let levels = sign_in.pool().levels_named(wanted);
    if levels.is_empty() {
        return Err(Fault::invalid_parameter(
            "TARGET_ACR_VALUES does not contain a valid ACR value.",
        ));
    }
    Ok(Some(levels))
}

/// Reads what the application asks for into the journey, and what the user brings.
///
/// # Errors
/// `InvalidParameterException` for parameters that make no sense; `NotAuthorizedException` for an access token that is
/// not valid.
pub(super) async fn begin(
    sign_in: &SignIn<'_>,
    parameters: &Parameters,
    mut journey: Journey,
) -> Result<(Journey, Credit), Fault> {
    journey.targets = targets(sign_in, parameters)?;
    let max_age = match parameters.get("MAX_AGE") {
        Some(seconds) => Some(
            seconds
                .parse::<u32>()
                .map_err(|_| Fault::invalid_parameter("MAX_AGE must be a number of seconds."))?,
        ),
        None => None,
    };
    let Some(token) = parameters.get("ACCESS_TOKEN") else {
        return Ok((journey, Credit::default()));
    };
    if journey.targets.is_none() {
        return Err(Fault::invalid_parameter(
            "TARGET_ACR_VALUES is required with ACCESS_TOKEN.",
        ));
    }
    let token = Sensitive::from(token.as_str());
    let bearer = authenticate(sign_in.app, Some(&token), sign_in.now).await?;
    if bearer.open.pool.id() != sign_in.pool().id() || bearer.token.client_id != *sign_in.client.id() {
        return Err(Fault::not_authorized("Invalid Access Token"));
    }
    let signed_in_at = Timestamp::from_seconds(bearer.token.auth_time);
    let fresh = max_age.is_none_or(|seconds| sign_in.now.seconds_since(signed_in_at) <= i64::from(seconds));
    let methods = bearer.session.map(|session| session.methods).unwrap_or_default();
    Ok((
        journey,
        Credit {
            sub: Some(bearer.user.sub),
            methods: if fresh { methods } else { Methods::default() },
        },
    ))
}
