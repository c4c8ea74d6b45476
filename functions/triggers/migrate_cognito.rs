//! Users of an Amazon Cognito user pool.

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserOutput;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType, UserStatusType};
use aws_sdk_cognitoidentityprovider::{Client, config::Region};
use gatehouse::crypto::secret_hash;
use gatehouse::domain::ids::{ClientId, PoolId};
use gatehouse::outbound::Outbound;
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables};
use gatehouse_model::Sensitive;

use crate::{Known, wrong_password};

/// The second factor that can come along.
const SMS_MFA: &str = "SMS_MFA";

/// The challenges of those that cannot.
const OTHER_FACTORS: [ChallengeNameType; 3] = [
    ChallengeNameType::SoftwareTokenMfa,
    ChallengeNameType::EmailOtp,
    ChallengeNameType::SelectMfaType,
];

/// A pool that users come from.
pub(crate) struct OldPool {
    cognito: Client,
    pool: String,
    client: ClientId,
    secret: Option<Sensitive>,
    /// Users with another second factor than text messages are let in without it.
    drops_factors: bool,
}

/// What a password proved at the pool.
enum Proof {
    /// It is the user's. Whether the pool asks for another second factor than a text message.
    Password {
        other_factor: bool,
    },
    /// The pool wants something else before: that the password is another one.
    Reset,
    NoUser,
}

impl OldPool {
    /// The pool of `MIGRATION_POOL`; none where there is none.
    pub(crate) async fn read(variables: &Variables, local: bool) -> Result<Option<Self>, Misconfigured> {
        let Some(pool): Option<PoolId> = variables.parsed("MIGRATION_POOL")? else {
            return Ok(None);
        };
        let endpoint = variables.text("MIGRATION_ENDPOINT");
        if endpoint
            .as_ref()
            .is_some_and(|url| !Outbound::new(local).allows(url))
        {
            return Err(Misconfigured::new(
                "MIGRATION_ENDPOINT",
                "must be https to a name",
            ));
        }
        let factors = variables.text("MIGRATION_SECOND_FACTORS");
        let drops_factors = match factors.as_deref().unwrap_or("reset") {
            "reset" => false,
            "drop" => true,
            _ => {
                return Err(Misconfigured::new(
                    "MIGRATION_SECOND_FACTORS",
                    "must be reset or drop",
                ));
            }
        };
        let client = variables
            .parsed("MIGRATION_CLIENT")?
            .ok_or_else(|| Misconfigured::new("MIGRATION_CLIENT", "is not set"))?;
        let aws = gatehouse::app::aws::from_env().await;
        let mut config = aws_sdk_cognitoidentityprovider::config::Builder::from(&aws)
            .region(Region::new(pool.region().to_owned()));
        if endpoint.is_some() {
            config.set_endpoint_url(endpoint);
        }
        Ok(Some(Self {
            cognito: Client::from_conf(config.build()),
            pool: pool.to_string(),
            client,
            secret: variables.text("MIGRATION_CLIENT_SECRET").map(Sensitive::from),
            drops_factors,
        }))
    }

    /// The user of a name. Nothing is read of a user whose password was not shown, unless it was forgotten.
    pub(crate) async fn look_up(
        &self,
        name: &str,
        password: Option<&Sensitive>,
    ) -> Result<Option<Known>, Refusal> {
        let shown = match password {
            None => false,
            Some(password) => match self.prove(name, password).await? {
                Proof::Password { other_factor } => self.drops_factors || !other_factor,
                Proof::Reset => false,
                Proof::NoUser => return Ok(None),
            },
        };
        let (user, groups) = tokio::join!(self.user(name), self.groups(name));
        let Some(user) = user?.filter(may_come) else {
            return Ok(None);
        };
        let factors = user.user_mfa_setting_list();
        let others = factors.iter().any(|factor| factor != SMS_MFA);
        Ok(Some(Known {
            username: Some(user.username.clone()).filter(|known| known != name),
            attributes: user
                .user_attributes()
                .iter()
                .filter_map(|attribute| Some((attribute.name.clone(), attribute.value.clone()?)))
                .collect(),
            groups: groups?,
            proved: shown && (self.drops_factors || !others),
            sms_mfa: factors.iter().any(|factor| factor == SMS_MFA),
        }))
    }

    /// Signs in with the password.
    async fn prove(&self, name: &str, password: &Sensitive) -> Result<Proof, Refusal> {
        let mut request = self
            .cognito
            .admin_initiate_auth()
            .user_pool_id(&self.pool)
            .client_id(self.client.as_str())
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .auth_parameters("USERNAME", name)
            .auth_parameters("PASSWORD", password.expose());
        if let Some(secret) = &self.secret {
            request =
                request.auth_parameters("SECRET_HASH", secret_hash::compute(secret, name, &self.client));
        }
        match request.send().await {
            // Every other challenge comes after the password.
            Ok(output) => Ok(match output.challenge_name {
                Some(ChallengeNameType::NewPasswordRequired) => Proof::Reset,
                challenge => Proof::Password {
                    other_factor: challenge.is_some_and(|challenge| OTHER_FACTORS.contains(&challenge)),
                },
            }),
            Err(error) => match error.code() {
                Some("NotAuthorizedException") => Err(wrong_password()),
                Some("UserNotFoundException" | "UserNotConfirmedException") => Ok(Proof::NoUser),
                Some("PasswordResetRequiredException") => Ok(Proof::Reset),
                _ => Err(failed(&error)),
            },
        }
    }

    async fn user(&self, name: &str) -> Result<Option<AdminGetUserOutput>, Refusal> {
        let request = self
            .cognito
            .admin_get_user()
            .user_pool_id(&self.pool)
            .username(name);
        match request.send().await {
            Ok(user) => Ok(Some(user)),
            Err(error) if error.code() == Some("UserNotFoundException") => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn groups(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let mut pages = self
            .cognito
            .admin_list_groups_for_user()
            .user_pool_id(&self.pool)
            .username(name)
            .into_paginator()
            .send();
        let mut groups = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => groups.extend(
                    page.groups
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|group| group.group_name),
                ),
                Err(error) if error.code() == Some("UserNotFoundException") => return Ok(Vec::new()),
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(groups)
    }
}

/// Whoever is disabled or unconfirmed stays so; whoever signs in at a provider has no password to bring.
fn may_come(user: &AdminGetUserOutput) -> bool {
    let barred = [UserStatusType::Unconfirmed, UserStatusType::ExternalProvider];
    user.enabled
        && !user
            .user_status
            .as_ref()
            .is_some_and(|status| barred.contains(status))
}

/// What AWS said goes to the log by its name alone: its message may tell of a user.
fn failed<E: aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata>(error: &SdkError<E>) -> Refusal {
    Refusal::failed(error.code().unwrap_or("the pool gave no answer"))
}
