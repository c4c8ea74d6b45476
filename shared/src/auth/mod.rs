//! Sign-in: a dispatcher, and one file per step. Steps never call each other; each reads what it needs from the
//! request and from the sealed state of the step before, and ends in a challenge or in a proof. What comes after a
//! proof is decided in one place, `advance.rs`.

mod advance;
pub mod bearer;
mod choice;
pub mod complete;
pub mod confirmation;
mod custom;
mod device;
pub mod hooks;
pub mod journey;
mod mfa;
pub mod mfa_setup;
pub mod nameless;
pub mod new_password;
mod outcome;
pub mod password;
mod pretended_passkey;
pub mod recovery_code;
pub mod refresh;
mod resume;
mod sent_code;
pub mod signed_in;
mod software_token;
pub mod srp;
pub mod state;
mod step_up;
mod web_authn;

use std::collections::BTreeMap;
use std::sync::Arc;

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AuthFlowType, AuthenticationResultType, ChallengeNameType};

use self::journey::Progress;
use crate::app::{App, OpenPool};
use crate::domain::activity::Origin;
use crate::domain::client::{Client, ExistenceErrors, Flow};
use crate::domain::ids::Username;
use crate::domain::pool::Pool;
use crate::oauth::browser::Browser;
use crate::store::users::Named;
use crate::triggers::event::Metadata;
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
    /// A browser signs in on the pool's own pages; it ends in the browser's session instead of tokens.
    pub browser: bool,
    /// The id of this request, which the tokens carry as `event_id`.
    pub event_id: String,
    /// What is the same when the request is tried again.
    pub invocation: String,
    /// `ClientMetadata` of a request that begins a sign-in.
    pub validation_data: Option<Metadata>,
    /// `ClientMetadata` of an answer to a challenge, or of a renewal.
    pub client_metadata: Option<Metadata>,
    /// The present moment.
    pub now: Timestamp,
    /// Where the request came from.
    pub origin: Origin,
}

/// Where a step leads.
#[derive(Debug)]
pub enum Outcome {
    /// To tokens.
    Tokens(AuthenticationResultType),
    /// To a browser that is signed in.
    Browser(Box<Browser>),
    /// To a challenge.
    Challenge {
        /// What is asked for.
        name: ChallengeNameType,
        /// The sealed state to send back with the answer.
        session: Option<Sensitive>,
        /// What the client needs to answer.
        parameters: Parameters,
        /// The challenges that may be chosen from.
        available: Vec<ChallengeNameType>,
    },
}

/// Where one step leads by itself.
#[derive(Debug)]
enum Step {
    /// The user is asked for something.
    Asked(Outcome),
    /// The user has proved something; `advance` decides what comes next.
    Proved(Box<Progress>),
}

impl From<Progress> for Step {
    fn from(progress: Progress) -> Self {
        Self::Proved(Box::new(progress))
    }
}

impl Outcome {
    /// A challenge with these parameters.
    fn challenge<const N: usize>(
        name: ChallengeNameType,
        session: Option<Sensitive>,
        parameters: [(&str, String); N],
    ) -> Self {
        Self::Challenge {
            name,
            session,
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
            available: Vec::new(),
        }
    }
}

impl SignIn<'_> {
    /// The pool.
    pub fn pool(&self) -> &Pool {
        &self.open.pool
    }

    /// Checks the `SECRET_HASH` among the parameters, made for `name`.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it is missing or wrong.
    fn check_secret_hash(&self, name: &Username, parameters: &Parameters) -> Result<(), Fault> {
        let given = parameters.get("SECRET_HASH").map(String::as_str);
        self.client.check_secret_hash(given, [name.as_str()])
    }

    /// Reads the user of a name, while KMS opens the pool's data key if this function is cold.
    ///
    /// # Errors
    /// `TooManyRequestsException` when AWS throttles.
    async fn find(&self, name: &Username) -> Result<Named, Fault> {
        let (named, key) = tokio::join!(
            self.app.store.find_user(self.pool(), name),
            self.app.data_key(&self.open)
        );
        key?;
        named
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

/// Begins a sign-in, goes on with one from `ConfirmSignUp` (`session`), or renews one.
///
/// # Errors
/// Those of `InitiateAuth` and `AdminInitiateAuth`.
pub async fn initiate(
    sign_in: &SignIn<'_>,
    flow: AuthFlowType,
    session: Option<&Sensitive>,
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
    // What the pages ask for is the pool's choice, not the client's.
    if !sign_in.browser {
        sign_in.client.check_flow(flow)?;
    }
    let step = match flow {
        Flow::Password | Flow::AdminPassword => password::sign_in(sign_in, parameters).await?,
        Flow::Srp => srp::start(sign_in, parameters).await?,
        Flow::Choice => choice::start(sign_in, session, parameters).await?,
        Flow::Custom => custom::start(sign_in, parameters).await?,
        Flow::Refresh => return refresh::renew(sign_in, parameters).await,
    };
    go_on(sign_in, step).await
}

async fn go_on(sign_in: &SignIn<'_>, step: Step) -> Result<Outcome, Fault> {
    let step = match step {
        Step::Proved(progress) if progress.journey.custom.is_some() => {
            custom::after_password(sign_in, *progress).await?
        }
        other => other,
    };
    match step {
        Step::Asked(outcome) => Ok(outcome),
        Step::Proved(progress) => advance::advance(sign_in, *progress).await,
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
    use ChallengeNameType as Name;
    // The state of these two is the secret block.
    if challenge == Name::PasswordVerifier {
        let step = srp::verify(sign_in, responses).await?;
        return go_on(sign_in, step).await;
    }
    if challenge == Name::DevicePasswordVerifier {
        let step = device::verify(sign_in, responses).await?;
        return go_on(sign_in, step).await;
    }
    let opened = resume::open(sign_in, session, responses).await?;
    let step = if responses.contains_key(recovery_code::PARAMETER) {
        recovery_code::answer(sign_in, opened, responses).await?
    } else {
        match challenge {
            Name::NewPasswordRequired => new_password::choose(sign_in, opened, responses).await?,
            Name::SelectChallenge | Name::Password | Name::PasswordSrp => {
                choice::answer(sign_in, opened, challenge, responses).await?
            }
            Name::SmsMfa | Name::SmsOtp | Name::EmailOtp => {
                sent_code::answer(sign_in, opened, challenge, responses).await?
            }
            Name::DeviceSrpAuth => device::start(sign_in, opened, responses).await?,
            Name::WebAuthn => web_authn::answer(sign_in, opened, responses).await?,
            Name::SoftwareTokenMfa => software_token::answer(sign_in, opened, responses).await?,
            Name::SelectMfaType => mfa::choose(sign_in, opened, responses).await?,
            Name::MfaSetup => mfa_setup::answer(sign_in, opened, responses).await?,
            Name::CustomChallenge => custom::answer(sign_in, opened, responses).await?,
            other => {
                return Err(Fault::invalid_parameter(format!(
                    "{other} is not supported by this version of Gatehouse."
                )));
            }
        }
    };
    go_on(sign_in, step).await
}

/// The answer to a `Session` or secret block that is not one of ours, or not for this.
pub fn invalid_session() -> Fault {
    Fault::not_authorized("Invalid session for the user.")
}

/// The answer to a `Session` that came too late.
pub fn expired_session() -> Fault {
    Fault::not_authorized("Invalid session for the user, session is expired.")
}
