//! A user pool, parsed from its stored configuration into what the operations ask of it.

use std::collections::{BTreeMap, BTreeSet};

use gatehouse_model::user_pool::{
    AliasAttributeType, DefaultEmailOptionType, UserPoolType, UsernameAttributeType, VerifiedAttributeType,
};
use serde::{Deserialize, Serialize};

use super::device::DeviceRules;
use super::factors::{DEFAULT_LEVEL_NAMES, Level};
use super::ids::PoolId;
use super::lambda_config::LambdaConfig;
use super::limits::Category;
use super::names::{AliasKind, SignInNames};
use super::oauth_options::OauthOptions;
use super::password_policy::PasswordPolicy;
use super::pool_mfa::{MfaDocument, PoolMfa};
use super::registration::Registration;
use super::schema::Schema;
use crate::Fault;
use crate::fault::FaultKind;
use crate::tokens::keys::SigningKeys;

/// Whether a pool serves requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolState {
    /// It does.
    Active,
    /// `DeleteUserPool` has begun; only `DeleteUserPool` may finish.
    Deleting,
}

/// A pool as storage has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolRecord {
    /// The id.
    pub id: PoolId,
    /// The settings as `DescribeUserPool` shows them, as JSON.
    pub document: String,
    /// The pool's KMS keys and their public halves.
    pub signing_keys: SigningKeys,
    /// The pool's data key, wrapped by KMS.
    #[serde(with = "crate::crypto::base64_text")]
    pub data_key: Vec<u8>,
    /// A client of the pool has allowed SRP, so new passwords get an SRP verifier too.
    pub srp: bool,
    /// Multi-factor authentication, as far as the document does not show it.
    #[serde(default)]
    pub mfa: MfaDocument,
    /// `SetUserPoolSessionConfiguration`; `None` until it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<SessionSettings>,
    /// Whether the pool serves requests.
    pub state: PoolState,
    /// How often operations of a category may run a second, where the owner has set a limit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<Category, u32>,
    /// Counts every write.
    pub version: u64,
}

impl PoolRecord {
    /// A pool of these settings that begins.
    pub fn new(
        id: PoolId,
        document: String,
        mfa: MfaDocument,
        signing_keys: SigningKeys,
        data_key: Vec<u8>,
    ) -> Self {
        Self {
            id,
            document,
            signing_keys,
            data_key,
            srp: false,
            mfa,
            sessions: None,
            state: PoolState::Active,
            limits: BTreeMap::new(),
            version: 1,
        }
    }
}

/// How a pool tracks its users' sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSettings {
    /// Whether it does.
    pub tracking: bool,
    /// Sessions that a user has at most, 1–100; kept while tracking is off.
    pub most_per_user: u8,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            tracking: false,
            most_per_user: 20,
        }
    }
}

/// A pool, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// The stored form.
    pub record: PoolRecord,
    /// The settings as `DescribeUserPool` shows them.
    pub document: UserPoolType,
    /// What users sign in with.
    pub names: SignInNames,
    /// Whether names and addresses differ by case.
    pub case_sensitive: bool,
    /// The users' attributes.
    pub schema: Schema,
    /// What passwords must be like.
    pub password_policy: PasswordPolicy,
    /// Addresses that are verified by a code at sign-up.
    pub auto_verified: BTreeSet<AliasKind>,
    /// The functions that are invoked along the way.
    pub triggers: LambdaConfig,
    /// Attributes that `ListUsers` finds users by without reading the list.
    pub searchable: BTreeSet<String>,
    /// Addresses that take effect only once they are verified (`AttributesRequireVerificationBeforeUpdate`).
    pub verified_first: BTreeSet<AliasKind>,
    /// Multi-factor authentication and choice-based sign-in.
    pub mfa: PoolMfa,
    /// What clients may do beyond Cognito.
    pub oauth: OauthOptions,
    /// Who may register clients.
    pub registration: Registration,
}

impl Pool {
    /// Parses a stored pool.
    ///
    /// # Errors
    /// `InternalErrorException` when the stored configuration is damaged.
    pub fn parse(record: PoolRecord) -> Result<Self, Fault> {
        let document: UserPoolType = serde_json::from_str(&record.document).map_err(Fault::internal)?;
        Self::assemble(record, document)
    }

    /// A pool of `document`, whose settings were checked.
    ///
    /// # Errors
    /// `InvalidParameterException` for settings that contradict each other.
    pub fn assemble(record: PoolRecord, document: UserPoolType) -> Result<Self, Fault> {
        let names = sign_in_names(&document);
        let policy = document
            .policies
            .as_ref()
            .and_then(|policies| policies.password_policy.as_ref());
        Ok(Self {
            names,
            case_sensitive: document
                .username_configuration
                .as_ref()
                .and_then(|configuration| configuration.case_sensitive)
                .unwrap_or(true),
            schema: Schema::from_document(document.schema_attributes.clone().unwrap_or_default())?,
            password_policy: PasswordPolicy::from_document(policy)?,
            auto_verified: addresses(document.auto_verified_attributes.as_deref()),
            triggers: LambdaConfig::from_document(document.lambda_config.as_ref()),
            searchable: searchable(&document),
            verified_first: addresses(
                document
                    .user_attribute_update_settings
                    .as_ref()
                    .and_then(|settings| settings.attributes_require_verification_before_update.as_deref()),
            ),
            mfa: PoolMfa::parse(&document, record.mfa.clone()),
            oauth: OauthOptions::of_tags(document.user_pool_tags.as_ref())?,
            registration: Registration::of_document(document.dcr_configuration.as_ref()),
            record,
            document,
        })
    }

    /// The pool with another document, one version later.
    ///
    /// # Errors
    /// `InvalidParameterException` for settings that contradict each other.
    pub fn changed(&self, document: UserPoolType) -> Result<Self, Fault> {
        let record = PoolRecord {
            document: serde_json::to_string(&document).map_err(Fault::internal)?,
            version: self.record.version + 1,
            ..self.record.clone()
        };
        Self::assemble(record, document)
    }

    /// The pool with another document and other multi-factor authentication, one version later.
    ///
    /// # Errors
    /// `InvalidParameterException` for settings that contradict each other.
    pub fn with_mfa(&self, document: UserPoolType, mfa: MfaDocument) -> Result<Self, Fault> {
        let mut changed = self.clone();
        changed.record.mfa = mfa;
        changed.changed(document)
    }

    /// The id.
    pub const fn id(&self) -> &PoolId {
        &self.record.id
    }

    /// The issuer of the pool's tokens (claim `iss`).
    pub fn issuer(&self, base: &str) -> String {
        format!("{base}/{}", self.record.id)
    }

    /// What the pool says about devices; `None` where it does not track them.
    pub fn devices(&self) -> Option<DeviceRules> {
        DeviceRules::from_document(self.document.device_configuration.as_ref())
    }

    /// What the pool calls a level of authentication (claim `acr`).
    pub fn level_name(&self, level: Level) -> String {
        let key = format!("Level{level}");
        let index = usize::from(level)
            .saturating_sub(1)
            .min(DEFAULT_LEVEL_NAMES.len() - 1);
        self.document
            .acr_configuration
            .iter()
            .flatten()
            .find(|(name, _)| name.as_str() == key)
            .and_then(|(_, config)| config.acr_value.clone())
            .unwrap_or_else(|| DEFAULT_LEVEL_NAMES[index].to_owned())
    }

    /// The level that the pool calls so.
    pub fn level_named(&self, name: &str) -> Option<Level> {
        (1..=4).find(|level| self.level_name(*level) == name)
    }

    /// The levels that a list calls by name, in its order; unknown names do not count.
    pub fn levels_named(&self, names: &str) -> Vec<Level> {
        names
            .split_whitespace()
            .filter_map(|name| self.level_named(name))
            .collect()
    }

    /// Sessions that a user has at most; `None` where the pool does not track sessions.
    pub fn session_limit(&self) -> Option<usize> {
        let settings = self.record.sessions.filter(|settings| settings.tracking)?;
        Some(usize::from(settings.most_per_user))
    }

    /// Refuses operations on sessions where the pool does not track them.
    ///
    /// # Errors
    /// `OperationNotEnabledException`.
    pub fn check_tracking(&self) -> Result<(), Fault> {
        if self.session_limit().is_some() {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::OperationNotEnabled,
            "User session tracking is not enabled for the user pool.",
        ))
    }

    /// Whether the mail of a new user brings a link rather than a code
    /// (`VerificationMessageTemplate.DefaultEmailOption`).
    pub fn confirms_by_link(&self) -> bool {
        self.document
            .verification_message_template
            .as_ref()
            .and_then(|template| template.default_email_option)
            == Some(DefaultEmailOptionType::ConfirmWithLink)
    }

    /// Whether only administrators create users.
    pub fn admin_only(&self) -> bool {
        self.document
            .admin_create_user_config
            .as_ref()
            .and_then(|config| config.allow_admin_create_user_only)
            .unwrap_or(false)
    }
}

/// The pool's tag that lists custom attributes to search by, separated by spaces, for example
/// `custom:team custom:plan`. Only when a pool is created: users are indexed when they are written.
pub const SEARCHABLE_TAG: &str = "gatehouse:searchable";

/// The pool's tag that chooses with what it signs: `RS256`, as without it, or `ES256`. Only when a pool is created.
pub const SIGNING_ALGORITHM_TAG: &str = "gatehouse:signing-algorithm";
/// The pool's tag that chooses who signs: `KMS`, as without it, or `KMS_DATA_KEY_PAIR`. Only when a pool is created.
pub const SIGNER_TAG: &str = "gatehouse:signer";

/// Attributes that can be searched for in every pool.
const ALWAYS_SEARCHABLE: [&str; 4] = ["sub", "email", "phone_number", "preferred_username"];

fn searchable(document: &UserPoolType) -> BTreeSet<String> {
    let tag = document
        .user_pool_tags
        .as_ref()
        .and_then(|tags| tags.get(SEARCHABLE_TAG));
    let tagged = tag.map(String::as_str).unwrap_or_default().split_whitespace();
    ALWAYS_SEARCHABLE
        .into_iter()
        .chain(tagged)
        .map(str::to_owned)
        .collect()
}

fn addresses(attributes: Option<&[VerifiedAttributeType]>) -> BTreeSet<AliasKind> {
    let attributes = attributes.unwrap_or_default().iter();
    attributes
        .map(|attribute| match attribute {
            VerifiedAttributeType::Email => AliasKind::Email,
            VerifiedAttributeType::PhoneNumber => AliasKind::PhoneNumber,
        })
        .collect()
}

fn sign_in_names(document: &UserPoolType) -> SignInNames {
    let attributes: BTreeSet<_> = document
        .username_attributes
        .iter()
        .flatten()
        .map(|attribute| match attribute {
            UsernameAttributeType::Email => AliasKind::Email,
            UsernameAttributeType::PhoneNumber => AliasKind::PhoneNumber,
        })
        .collect();
    if !attributes.is_empty() {
        return SignInNames::Attributes(attributes);
    }
    SignInNames::Username(
        document
            .alias_attributes
            .iter()
            .flatten()
            .map(|attribute| match attribute {
                AliasAttributeType::Email => AliasKind::Email,
                AliasAttributeType::PhoneNumber => AliasKind::PhoneNumber,
                AliasAttributeType::PreferredUsername => AliasKind::PreferredUsername,
            })
            .collect(),
    )
}

#[cfg(test)]
pub(crate) mod fixture {
    //! Pools for tests.
    use gatehouse_model::user_pool::CreateUserPoolRequest;

    use super::*;
    use crate::domain::pool_settings;

    /// A pool without keys, as `CreateUserPool` makes it.
    pub(crate) fn pool(change: impl FnOnce(&mut CreateUserPoolRequest)) -> Pool {
        let mut request = CreateUserPoolRequest {
            pool_name: Some("p".to_owned()),
            ..CreateUserPoolRequest::default()
        };
        change(&mut request);
        let (document, mfa): (UserPoolType, _) = pool_settings::create(&request, "eu-west-1").unwrap();
        let keys = SigningKeys::Kms {
            id: Vec::new(),
            access: Vec::new(),
        };
        let record = PoolRecord::new(
            "eu-west-1_a".parse().unwrap(),
            String::new(),
            mfa,
            keys,
            Vec::new(),
        );
        Pool::assemble(record, document).unwrap()
    }
}
