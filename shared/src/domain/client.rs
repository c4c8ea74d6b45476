//! An app client: what an application may do in its pool.

use std::collections::BTreeSet;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    AuthFlowType, ExplicitAuthFlowsType, FeatureType, PreventUserExistenceErrorTypes, UserPoolClientType,
};
use serde::{Deserialize, Serialize};

use super::ids::{ClientId, PoolId};
use super::lifetimes::Lifetimes;
use super::schema::Schema;
use crate::crypto::secret_hash;
use crate::{Fault, Timestamp};

/// A client as storage has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientRecord {
    /// The id.
    pub id: ClientId,
    /// The pool it belongs to.
    pub pool: PoolId,
    /// The settings as `DescribeUserPoolClient` shows them, without the secret, as JSON.
    pub document: String,
    /// The secrets, the oldest first, sealed under the pool's data key.
    #[serde(default)]
    pub sealed_secrets: Vec<SealedSecret>,
    /// Minutes for which a single sign-on session is reused (`SetUserPoolClientSessionConfiguration`); `None` until it
    /// is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sso_minutes: Option<u32>,
    /// Counts every write.
    pub version: u64,
}

/// One of a client's secrets as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// `<client id>--<seconds since the epoch>`.
    pub id: String,
    /// The secret, sealed under the pool's data key.
    #[serde(with = "crate::crypto::base64_text")]
    pub sealed: Vec<u8>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Secrets a client has at most at a time: the one in use, and the one that will take its place.
pub const MOST_SECRETS: usize = 2;

/// Whether errors may tell that a user does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistenceErrors {
    /// They may (`LEGACY`).
    Legacy,
    /// They may not (`ENABLED`).
    Prevented,
}

/// Ways to sign in, as a client allows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// `USER_PASSWORD_AUTH`.
    Password,
    /// `USER_SRP_AUTH`.
    Srp,
    /// `ADMIN_USER_PASSWORD_AUTH`.
    AdminPassword,
    /// `REFRESH_TOKEN_AUTH`.
    Refresh,
    /// `USER_AUTH`.
    Choice,
    /// `CUSTOM_AUTH`.
    Custom,
}

impl Flow {
    /// The flow of a request; `None` for one that this version does not serve.
    pub const fn from_api(flow: AuthFlowType) -> Option<Self> {
        match flow {
            AuthFlowType::UserPasswordAuth => Some(Self::Password),
            AuthFlowType::UserSrpAuth => Some(Self::Srp),
            AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth => Some(Self::AdminPassword),
            AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => Some(Self::Refresh),
            AuthFlowType::UserAuth => Some(Self::Choice),
            AuthFlowType::CustomAuth => Some(Self::Custom),
        }
    }

    /// What a client that does not allow the flow is told.
    const fn refusal(self) -> &'static str {
        match self {
            Self::Password => "USER_PASSWORD_AUTH flow not enabled for this client",
            Self::Srp => "USER_SRP_AUTH is not enabled for the client.",
            Self::AdminPassword => "Auth flow not enabled for this client",
            Self::Refresh => "REFRESH_TOKEN_AUTH flow not enabled for this client",
            Self::Choice => "USER_AUTH is not enabled for the client.",
            Self::Custom => "CUSTOM_AUTH is not enabled for the client.",
        }
    }
}

/// A client, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// The stored form.
    pub record: ClientRecord,
    /// The settings as `DescribeUserPoolClient` shows them, without the secret.
    pub document: UserPoolClientType,
    /// The secrets, the oldest first; in memory only.
    pub secrets: Vec<Sensitive>,
    /// How long tokens live.
    pub lifetimes: Lifetimes,
    /// Whether errors may tell that a user does not exist.
    pub existence_errors: ExistenceErrors,
    /// Whether refresh tokens can be revoked, and tokens carry `origin_jti` and `jti`.
    pub revocation: bool,
    /// Seconds of grace where refresh tokens rotate.
    pub rotation: Option<i64>,
    /// Seconds a challenge may take.
    pub auth_session_seconds: i64,
    flows: BTreeSet<Flow>,
}

/// The flows that a list of `ExplicitAuthFlows` allows.
///
/// # Errors
/// `InvalidParameterException` where old and new names are mixed.
pub fn flows(explicit: &[ExplicitAuthFlowsType]) -> Result<BTreeSet<Flow>, Fault> {
    use ExplicitAuthFlowsType as Explicit;
    let is_old = |flow: &Explicit| {
        matches!(
            flow,
            Explicit::AdminNoSrpAuth | Explicit::CustomAuthFlowOnly | Explicit::UserPasswordAuth
        )
    };
    let old = explicit.iter().any(is_old);
    if old && !explicit.iter().all(is_old) {
        return Err(Fault::invalid_parameter(
            "ExplicitAuthFlows can not contain both values with the ALLOW_ prefix and values without it.",
        ));
    }
    let mut flows: BTreeSet<Flow> = explicit
        .iter()
        .filter_map(|flow| match flow {
            Explicit::AllowUserPasswordAuth | Explicit::UserPasswordAuth => Some(Flow::Password),
            Explicit::AllowUserSrpAuth => Some(Flow::Srp),
            Explicit::AllowAdminUserPasswordAuth | Explicit::AdminNoSrpAuth => Some(Flow::AdminPassword),
            Explicit::AllowRefreshTokenAuth => Some(Flow::Refresh),
            Explicit::AllowUserAuth => Some(Flow::Choice),
            Explicit::AllowCustomAuth | Explicit::CustomAuthFlowOnly => Some(Flow::Custom),
            Explicit::AllowTokenExchangeDelegation | Explicit::AllowTokenExchangeImpersonation => None,
        })
        .collect();
    if old {
        flows.insert(Flow::Refresh);
        if !explicit.contains(&Explicit::CustomAuthFlowOnly) {
            flows.insert(Flow::Srp);
        }
    }
    Ok(flows)
}

impl Client {
    /// Parses a stored client, given its unsealed secrets.
    ///
    /// # Errors
    /// `InternalErrorException` when the stored configuration is damaged.
    pub fn parse(record: ClientRecord, secrets: Vec<Sensitive>) -> Result<Self, Fault> {
        let document = serde_json::from_str(&record.document).map_err(Fault::internal)?;
        Self::assemble(record, document, secrets)
    }

    /// A client of `document`, whose settings were checked.
    ///
    /// # Errors
    /// `InvalidParameterException` for settings that contradict each other.
    pub fn assemble(
        record: ClientRecord,
        document: UserPoolClientType,
        secrets: Vec<Sensitive>,
    ) -> Result<Self, Fault> {
        let rotation = document
            .refresh_token_rotation
            .as_ref()
            .filter(|rotation| rotation.feature == Some(FeatureType::Enabled))
            .map(|rotation| i64::from(rotation.retry_grace_period_seconds.unwrap_or(0)));
        Ok(Self {
            lifetimes: Lifetimes::new(
                document.access_token_validity,
                document.id_token_validity,
                document.refresh_token_validity,
                document.token_validity_units.as_ref(),
            )?,
            existence_errors: match document.prevent_user_existence_errors {
                Some(PreventUserExistenceErrorTypes::Enabled) => ExistenceErrors::Prevented,
                _ => ExistenceErrors::Legacy,
            },
            revocation: document.enable_token_revocation.unwrap_or(true),
            rotation,
            auth_session_seconds: i64::from(document.auth_session_validity.unwrap_or(3)) * 60,
            flows: flows(document.explicit_auth_flows.as_deref().unwrap_or_default())?,
            record,
            document,
            secrets,
        })
    }

    /// The id.
    pub const fn id(&self) -> &ClientId {
        &self.record.id
    }

    /// Refuses a flow that the client does not allow.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub fn check_flow(&self, flow: Flow) -> Result<(), Fault> {
        if self.flows.contains(&flow) {
            Ok(())
        } else {
            Err(Fault::invalid_parameter(flow.refusal()))
        }
    }

    /// Whether the client allows SRP: by itself, as a choice, or before custom challenges.
    pub fn allows_srp(&self) -> bool {
        self.flows.contains(&Flow::Srp) || self.flows.contains(&Flow::Custom) || self.allows_choice()
    }

    /// Whether the client allows choice-based sign-in.
    pub fn allows_choice(&self) -> bool {
        self.flows.contains(&Flow::Choice)
    }

    /// Whether the client may read an attribute: its `ReadAttributes`, or all when none were named.
    pub fn may_read(&self, attribute: &str) -> bool {
        match &self.document.read_attributes {
            Some(names) => attribute == "sub" || names.iter().any(|name| name == attribute),
            None => !attribute.starts_with("dev:"),
        }
    }

    /// Refuses attributes that the client may not write: its `WriteAttributes`, or all mutable ones when none were
    /// named, never `*_verified`.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub fn check_write<'a>(&self, attributes: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
        for attribute in attributes {
            let allowed = match &self.document.write_attributes {
                Some(names) => names.iter().any(|name| name == attribute),
                None => !attribute.starts_with("dev:"),
            };
            if !allowed || attribute.ends_with("_verified") {
                return Err(Fault::not_authorized(
                    "A client attempted to write unauthorized attribute",
                ));
            }
        }
        Ok(())
    }

    /// Checks `SECRET_HASH` = base64(HMAC-SHA256(secret, name + client id)) for any of the `names` that a user goes
    /// by.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it is missing or wrong; a client without a secret ignores it.
    pub fn check_secret_hash<'a>(
        &self,
        given: Option<&str>,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Fault> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        let Some(given) = given else {
            return Err(Fault::not_authorized(format!(
                "Client {} is configured with secret but SECRET_HASH was not received",
                self.id()
            )));
        };
        let mut matches = false;
        for name in names {
            for secret in &self.secrets {
                matches |= secret_hash::verify(secret, name, self.id(), given);
            }
        }
        if matches {
            return Ok(());
        }
        Err(Fault::not_authorized(format!(
            "Unable to verify secret hash for client {}",
            self.id()
        )))
    }

    /// Checks `ClientSecret` itself, as token operations take it.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it is missing or wrong; a client without a secret ignores it.
    pub fn check_secret(&self, given: Option<&Sensitive>) -> Result<(), Fault> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        let given = given.map(Sensitive::expose).unwrap_or_default().as_bytes();
        let mut matches = false;
        for secret in &self.secrets {
            matches |= verify_slices_are_equal(given, secret.expose().as_bytes()).is_ok();
        }
        if matches {
            Ok(())
        } else {
            Err(Fault::not_authorized("Unable to verify secret for client"))
        }
    }
}

/// Refuses attribute permissions that name what the pool does not have, or what no client writes.
///
/// # Errors
/// `InvalidParameterException`.
pub fn check_permissions(
    read: Option<&[String]>,
    write: Option<&[String]>,
    schema: &Schema,
) -> Result<(), Fault> {
    for (names, what) in [(read, "readAttributes"), (write, "writeAttributes")] {
        for name in names.unwrap_or_default() {
            let writable = what == "readAttributes" || !(name == "sub" || name.ends_with("_verified"));
            if schema.rule(name).is_none() || !writable {
                return Err(Fault::invalid_parameter(format!(
                    "Invalid {what} specified while creating a client: {name}"
                )));
            }
        }
    }
    let Some(write) = write else { return Ok(()) };
    for name in schema.names() {
        let required = schema.rule(name).is_some_and(|rule| rule.required);
        if required && name != "sub" && !write.iter().any(|given| given == name) {
            return Err(Fault::invalid_parameter(format!(
                "Invalid write attributes specified while creating a client: required attribute {name} is missing"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(document: UserPoolClientType, secret: Option<&str>) -> Client {
        let record = ClientRecord {
            id: "client1".parse().unwrap(),
            pool: "eu-west-1_a".parse().unwrap(),
            document: String::new(),
            sealed_secrets: Vec::new(),
            sso_minutes: None,
            version: 1,
        };
        Client::assemble(
            record,
            document,
            secret.map(Sensitive::from).into_iter().collect(),
        )
        .unwrap()
    }

    #[test]
    fn flows_follow_the_old_and_the_new_names_but_not_both() {
        use ExplicitAuthFlowsType as Explicit;
        assert_eq!(flows(&[Explicit::AllowUserSrpAuth]).unwrap(), [Flow::Srp].into());
        assert_eq!(
            flows(&[Explicit::UserPasswordAuth]).unwrap(),
            [Flow::Password, Flow::Srp, Flow::Refresh].into()
        );
        assert!(flows(&[Explicit::UserPasswordAuth, Explicit::AllowUserSrpAuth]).is_err());
    }

    #[test]
    fn a_secret_hash_is_needed_and_checked() {
        let client = client(UserPoolClientType::default(), Some("s3cret"));
        let hash = secret_hash::compute(&Sensitive::from("s3cret"), "ann", &"client1".parse().unwrap());
        assert!(client.check_secret_hash(Some(&hash), ["ann"]).is_ok());
        assert!(client.check_secret_hash(Some(&hash), ["bob", "ann"]).is_ok());
        let wrong = client.check_secret_hash(Some(&hash), ["bob"]).unwrap_err();
        assert_eq!(wrong.message(), "Unable to verify secret hash for client client1");
        let missing = client.check_secret_hash(None, ["ann"]).unwrap_err();
        assert_eq!(
            missing.message(),
            "Client client1 is configured with secret but SECRET_HASH was not received"
        );
    }

    #[test]
    fn clients_write_what_they_may_and_nobody_writes_verified() {
        let names = |names: &[&str]| Some(names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>());
        let narrow = client(
            UserPoolClientType {
                write_attributes: names(&["email"]),
                ..UserPoolClientType::default()
            },
            None,
        );
        assert!(narrow.check_write(["email".to_owned()].iter()).is_ok());
        assert!(narrow.check_write(["name".to_owned()].iter()).is_err());
        let wide = client(UserPoolClientType::default(), None);
        assert!(wide.check_write(["name".to_owned()].iter()).is_ok());
        assert!(wide.check_write(["email_verified".to_owned()].iter()).is_err());
    }
}
