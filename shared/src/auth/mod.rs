//! Sign-in: a dispatcher, and one file per step. Steps never call each other; each reads what it needs from the
//! request and from the sealed state of the step before, and ends in tokens or in a challenge.

pub mod bearer;
pub mod complete;
pub mod new_password;
mod outcome;
pub mod password;
pub mod refresh;
pub mod srp;
pub mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AuthFlowType, AuthenticationResultType, ChallengeNameType};

use crate::app::{App, OpenPool};
use crate::domain::client::{Client, ExistenceErrors, Flow};
use crate::domain::ids::Username;
use crate::domain::pool::Pool;
use crate::{Fault, Timestamp};

/// Parameters by name, as requests and answers carry them.
pub type Parameters = BTreeMap<String, String>;

/// Who signs in where, and how they got here.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// The function.
    pub app: &'a App,
    /// The client's pool.
    pub open: Arc<OpenPool>,
    /// The client.
    pub client: Arc<Client>,
    /// The request came through the signed operations.
    pub admin: bool,
    /// The id of this request, which the tokens carry as `event_id`.
    pub event_id: String,
    /// The present moment.
    pub now: Timestamp,
}

/// Where a step leads.
#[derive(Debug)]
pub enum Outcome {
    /// To tokens.
    Tokens(AuthenticationResultType),
    /// To a challenge.
    Challenge {
        /// What is asked for.
        name: ChallengeNameType,
        /// The sealed state to send back with the answer.
        session: Option<Sensitive>,
        /// What the client needs to answer.
        parameters: Parameters,
    },
}

impl SignIn<'_> {
    /// The pool.
    pub fn pool(&self) -> &Pool {
        &self.open.pool
    }

    /// What a person is told who gave a name without a user.
    pub fn no_such_user(&self) -> Fault {
        match self.client.existence_errors {
            ExistenceErrors::Legacy => Fault::user_not_found(),
            ExistenceErrors::Prevented => Fault::incorrect_username_or_password(),
        }
    }
}

/// A parameter that a flow cannot do without.
///
/// # Errors
/// `InvalidParameterException` "Missing required parameter …".
pub fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, Fault> {
    parameters
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Fault::invalid_parameter(format!("Missing required parameter {name}")))
}

/// The user name of a request.
///
/// # Errors
/// `InvalidParameterException`.
pub fn username(parameters: &Parameters) -> Result<Username, Fault> {
    required(parameters, "USERNAME")?
        .parse()
        .map_err(|_| Fault::invalid_parameter("Value at 'username' is not a valid user name."))
}

/// Begins a sign-in, or renews one.
///
/// # Errors
/// Those of `InitiateAuth` and `AdminInitiateAuth`.
pub async fn initiate(
    sign_in: &SignIn<'_>,
    flow: AuthFlowType,
    parameters: &Parameters,
) -> Result<Outcome, Fault> {
    let Some(flow) = Flow::from_api(flow) else {
        return Err(Fault::invalid_parameter(format!(
            "{flow} is not supported by this version of Gatehouse."
        )));
    };
    if sign_in.admin && flow == Flow::Password {
        return Err(Fault::invalid_parameter(
            "USER_PASSWORD_AUTH flow is not enabled for AdminInitiateAuth.",
        ));
    }
    if !sign_in.admin && flow == Flow::AdminPassword {
        return Err(Fault::invalid_parameter("Initiate Auth method not supported."));
    }
    sign_in.client.check_flow(flow)?;
    match flow {
        Flow::Password | Flow::AdminPassword => password::sign_in(sign_in, parameters).await,
        Flow::Srp => srp::start(sign_in, parameters).await,
        Flow::Refresh => refresh::renew(sign_in, parameters).await,
    }
}

/// Answers a challenge.
///
/// # Errors
/// Those of `RespondToAuthChallenge` and `AdminRespondToAuthChallenge`.
pub async fn respond(
    sign_in: &SignIn<'_>,
    challenge: ChallengeNameType,
    session: Option<&Sensitive>,
    responses: &Parameters,
) -> Result<Outcome, Fault> {
    match challenge {
        ChallengeNameType::PasswordVerifier => srp::verify(sign_in, responses).await,
        ChallengeNameType::NewPasswordRequired => new_password::choose(sign_in, session, responses).await,
        other => Err(Fault::invalid_parameter(format!(
            "{other} is not supported by this version of Gatehouse."
        ))),
    }
}

/// The answer to a `Session` or secret block that is not one of ours, or not for this.
pub fn invalid_session() -> Fault {
    Fault::not_authorized("Invalid session for the user.")
}

/// The answer to a `Session` that came too late.
pub fn expired_session() -> Fault {
    Fault::not_authorized("Invalid session for the user, session is expired.")
}
