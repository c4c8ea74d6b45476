//! Every partition and sort key of the table. Nothing else spells one.
//!
//! An [`Entity`] names an item; [`Entity::key`] spells it and [`Entity::parse`] reads it back. A value that may
//! hold any character comes last in its key, so no value can pretend to be another item's.
//!
//! Within a user's partition the order of sort keys matters: everything that a sign-in reads sorts at or before
//! `PROFILE`; what grows without bound (`SESSION#…`, `TRACKED_DEVICE#…`) sorts after it. One query up to `PROFILE`
//! brings the former.

use crate::domain::domain_name::DomainKind;
use crate::domain::identity::IdentityKey;
use crate::domain::ids::{
    AccessKeyId, BrandingId, ClientId, DeviceKey, DomainName, GrantHash, GroupName, IdentityId,
    IdentityPoolId, ImageId, PasskeyId, PoolId, ProofHash, ProviderName, ResourceServerId, SessionId,
    TermsId, UserKey,
};
use crate::domain::limits::Category;
use crate::domain::names::AliasKind;
use crate::domain::pool_identity::Login;

/// The table's attribute for partition keys.
pub const PK: &str = "PK";
/// The table's attribute for sort keys.
pub const SK: &str = "SK";
/// The name of the table's only secondary index.
pub const INDEX: &str = "GSI1";
/// The index's attribute for partition keys.
pub const INDEX_PK: &str = "GSI1PK";
/// The index's attribute for sort keys.
pub const INDEX_SK: &str = "GSI1SK";

/// How many index partitions a pool's users spread over.
pub const USER_SHARDS: u8 = 8;

const CONFIG: &str = "CONFIG";
const SAML_KEY: &str = "SAMLKEY";
const ALONE: &str = "-";
/// The sort key of a user's profile, the last that a sign-in reads.
pub const PROFILE: &str = "PROFILE";

/// A primary key as the table has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

/// What a pending code confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodePurpose {
    /// The account itself, after `SignUp`.
    SignUp,
    /// That a new password may be set, after `ForgotPassword` or `AdminResetUserPassword`.
    ResetPassword,
    /// The attribute `email`.
    VerifyEmail,
    /// The attribute `phone_number`.
    VerifyPhoneNumber,
}

/// What a guard counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuardKind {
    /// Failed passwords.
    Password,
    /// Tries at a sign-up code.
    ConfirmSignUp,
    /// Sign-up codes sent again.
    ResendCode,
    /// Codes sent to reset a password.
    ForgotPassword,
    /// Tries at a code that resets a password.
    ConfirmForgotPassword,
    /// Changes of a password that were tried.
    ChangePassword,
    /// Codes sent to verify an attribute.
    AttributeCode,
    /// Tries at a code that verifies an attribute.
    VerifyAttribute,
    /// Failed codes that would sign in.
    OneTimeCode,
    /// Failed second factors.
    Mfa,
    /// Codes sent to sign in.
    SignInCode,
}

/// Whose look something is: a client's, or that of every client without one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// Every client.
    All,
    /// One client.
    Client(ClientId),
}

/// What stands in the place of a client's id.
const ALL: &str = "ALL";

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str(ALL),
            Self::Client(client) => client.fmt(f),
        }
    }
}

impl std::str::FromStr for Owner {
    type Err = crate::domain::ids::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == ALL {
            return Ok(Self::All);
        }
        text.parse().map(Self::Client)
    }
}

/// What a pool has a limited number of, each counted in an item of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// Groups.
    Groups,
    /// Identity providers.
    IdentityProviders,
    /// Clients.
    Clients,
}

/// An attribute and a value as the search spells it: folded to lower case, and no longer than a key may be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchTerm {
    /// The attribute's name.
    pub attribute: String,
    value: String,
    cut: bool,
}

/// Bytes of a value that a search key holds; a sort key has 1024 bytes at most.
const LONGEST_TERM: usize = 256;
/// Stands between a value and a user's key, which holds no control character.
const TERM_END: char = '\u{1}';

impl SearchTerm {
    /// The term for a value of an attribute.
    pub fn new(attribute: &str, value: &str) -> Self {
        let mut value = value.to_lowercase();
        let cut = value.len() > LONGEST_TERM;
        if cut {
            let end = (0..=LONGEST_TERM)
                .rev()
                .find(|end| value.is_char_boundary(*end))
                .unwrap_or(0);
            value.truncate(end);
        }
        Self {
            attribute: attribute.to_owned(),
            value,
            cut,
        }
    }

    /// The partitions in which values beginning with this one stand, and what their sort keys begin with: the whole
    /// value if `exact`.
    pub fn range(&self, pool: &PoolId, exact: bool) -> (Vec<String>, String) {
        let mut prefix = self.value.clone();
        if exact && !self.cut {
            prefix.push(TERM_END);
        }
        let partitions = if self.value.is_empty() && !exact {
            (0..SEARCH_SHARDS)
                .map(|shard| search_partition(pool, shard, &self.attribute))
                .collect()
        } else {
            vec![search_partition(pool, self.shard(), &self.attribute)]
        };
        (partitions, prefix)
    }

    /// Values with the same first character stand in one partition.
    fn shard(&self) -> u32 {
        self.value.chars().next().map_or(0, u32::from) % SEARCH_SHARDS
    }
}

/// How many partitions the search for one attribute spreads over.
const SEARCH_SHARDS: u32 = 8;

fn search_partition(pool: &PoolId, shard: u32, attribute: &str) -> String {
    format!("SEARCH#{pool}#{shard}#{attribute}")
}

/// An item of the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A pool's configuration.
    Pool(PoolId),
    /// A client's entry in its pool's list.
    PoolClient(PoolId, ClientId),
    /// A client's configuration.
    Client(ClientId),
    /// A user's profile.
    Profile(PoolId, UserKey),
    /// A pending code of a user.
    Code(PoolId, UserKey, CodePurpose),
    /// A counter of attempts on a user name, whether or not the user exists.
    Guard(PoolId, UserKey, GuardKind),
    /// A sign-in of a user.
    Session(PoolId, UserKey, SessionId),
    /// A device of a user.
    Device(PoolId, UserKey, DeviceKey),
    /// Which of a user's sign-ins are tracked.
    TrackedSessions(PoolId, UserKey),
    /// A passkey of a user.
    Passkey(PoolId, UserKey, PasskeyId),
    /// The registration of a passkey that has begun.
    Registration(PoolId, UserKey),
    /// An alias, or a `sub`, that leads to a user.
    Alias(PoolId, AliasKind, String),
    /// A group of a pool.
    Group(PoolId, GroupName),
    /// An identity provider of a pool.
    IdentityProvider(PoolId, ProviderName),
    /// An identifier of an identity provider.
    ProviderIdentifier(PoolId, String),
    /// An identity at a provider, which leads to a user.
    Identity(PoolId, IdentityKey),
    /// How many of something a pool has.
    Count(PoolId, Counted),
    /// How often a user was put into a group.
    Joins(PoolId, UserKey),
    /// A user's membership, in the user's partition.
    Membership(PoolId, UserKey, GroupName),
    /// The same membership, in the group's list of members.
    Member(PoolId, GroupName, UserKey),
    /// A user's place in the search for one attribute.
    Search(PoolId, SearchTerm, UserKey),
    /// A tenant of a pool, by the name that users' attributes have.
    Tenant(PoolId, String),
    /// A pool's key for SAML requests.
    SamlKey(PoolId),
    /// The token bucket of a limit that a pool's owner has set.
    Limit(PoolId, Category),
    /// A resource server of a pool.
    ResourceServer(PoolId, ResourceServerId),
    /// The branding of a client.
    Branding(PoolId, ClientId),
    /// The customization of a client, or of all without one.
    Customization(PoolId, Owner),
    /// A document of a client, by its name.
    Terms(PoolId, ClientId, String),
    /// Whose a branding is.
    BrandingId(PoolId, BrandingId),
    /// A document in its pool's list.
    TermsId(PoolId, TermsId),
    /// An image of a client, or of all without one.
    Image(PoolId, Owner, ImageId),
    /// A domain that leads to a pool.
    Domain(DomainName),
    /// The place of a pool's domain of one kind.
    PoolDomain(PoolId, DomainKind),
    /// What an authorization code stands for.
    Grant(GrantHash),
    /// A proof that was accepted, and is not again.
    Proof(ProofHash),
    /// The counter of codes that are entered from one network in an hour, by the hash of both.
    Entries(GrantHash),
    /// One of Gatehouse's own access keys.
    AccessKey(AccessKeyId),
    /// An identity pool's configuration.
    IdentityPool(IdentityPoolId),
    /// An identity of an identity pool.
    PoolIdentity(IdentityId),
    /// A login that leads to an identity of a pool.
    Login(IdentityPoolId, Login),
}

impl CodePurpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [
        Self::SignUp,
        Self::ResetPassword,
        Self::VerifyEmail,
        Self::VerifyPhoneNumber,
    ];

    /// The word for the purpose, to which a code is also bound.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::VerifyPhoneNumber => "verify_phone_number",
        }
    }
}

impl Counted {
    /// All that is counted.
    pub const ALL: [Self; 3] = [Self::Groups, Self::IdentityProviders, Self::Clients];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::IdentityProviders => "identity_providers",
            Self::Clients => "clients",
        }
    }
}

impl GuardKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Password,
        Self::ConfirmSignUp,
        Self::ResendCode,
        Self::ForgotPassword,
        Self::ConfirmForgotPassword,
        Self::ChangePassword,
        Self::AttributeCode,
        Self::VerifyAttribute,
        Self::OneTimeCode,
        Self::Mfa,
        Self::SignInCode,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ResendCode => "resend_code",
            Self::ForgotPassword => "forgot_password",
            Self::ConfirmForgotPassword => "confirm_forgot_password",
            Self::ChangePassword => "change_password",
            Self::AttributeCode => "attribute_code",
            Self::VerifyAttribute => "verify_attribute",
            Self::OneTimeCode => "one_time_code",
            Self::Mfa => "mfa",
            Self::SignInCode => "sign_in_code",
        }
    }
}

/// The partition that holds all of a user's items.
pub fn user_partition(pool: &PoolId, user: &UserKey) -> String {
    format!("USER#{pool}#{user}")
}

/// The partition that holds a pool's configuration and lists.
pub fn pool_partition(pool: &PoolId) -> String {
    format!("POOL#{pool}")
}

/// The beginning of every client's entry in its pool's list.
pub const POOL_CLIENT_PREFIX: &str = "CLIENT#";

/// The beginning of every identity provider's key in its pool's partition.
pub const PROVIDER_PREFIX: &str = "IDP#";
const PROVIDER_IDENTIFIER_PREFIX: &str = "IDPID#";
const COUNT_PREFIX: &str = "COUNT#";
/// Sorts before a user's memberships: whoever reads the partition reads it first.
const JOINS: &str = "COUNT#joins";
/// Stands in the place of an alias's kind.
const IDENTITY: &str = "identity";

/// The beginning of every group's key in its pool's partition, and of every membership's in its user's.
pub const GROUP_PREFIX: &str = "GROUP#";

/// The partition that holds what the pages of a client show of its own.
pub fn look_partition(pool: &PoolId, owner: &Owner) -> String {
    format!("LOOK#{pool}#{owner}")
}

/// The partition that holds a client's images.
pub fn images_partition(pool: &PoolId, owner: &Owner) -> String {
    format!("IMAGES#{pool}#{owner}")
}

const BRANDING: &str = "BRANDING";
const CUSTOMIZATION: &str = "CUSTOMIZATION";
const BRANDING_PREFIX: &str = "BRANDING#";
/// The beginning of every document's key, in its client's partition and in its pool's.
pub const TERMS_PREFIX: &str = "TERMS#";

/// The beginning of a domain's place in its pool's partition.
const POOL_DOMAIN_PREFIX: &str = "DOMAIN#";

/// The beginning of every resource server's key in its pool's partition.
pub const RESOURCE_SERVER_PREFIX: &str = "RESOURCE#";

/// The partition that lists a group's members.
pub fn group_partition(pool: &PoolId, group: &GroupName) -> String {
    format!("GROUP#{pool}#{group}")
}

/// The beginning of every member's key in its group's list.
const MEMBER_PREFIX: &str = "USER#";
const CODE_PREFIX: &str = "CODE#";
const GUARD_PREFIX: &str = "GUARD#";
const SESSION_PREFIX: &str = "SESSION#";
/// The beginning of every passkey's key in its user's partition.
pub const PASSKEY_PREFIX: &str = "PASSKEY#";
/// The sort key of a registration. It sorts before the passkeys: whoever reads both reads it first.
const REGISTRATION: &str = "BEGUN#passkey";
/// The beginning of every device's key in its user's partition.
pub const DEVICE_PREFIX: &str = "TRACKED_DEVICE#";
const TRACKED_SESSIONS: &str = "SESSIONS";

/// The index partition that lists all pools.
pub const ALL_POOLS: &str = "POOLS";
/// The index partition that lists all access keys.
pub const ALL_ACCESS_KEYS: &str = "ACCESSKEYS";

/// The index partition that lists all identity pools.
pub const ALL_IDENTITY_POOLS: &str = "IDPOOLS";

/// How many index partitions an identity pool's identities spread over: two hexadecimal digits each.
pub const IDENTITY_SHARDS: u8 = 8;

/// One of the index partitions that list an identity pool's identities, in the order of their ids.
pub fn identity_list_partition(pool: &IdentityPoolId, shard: u8) -> String {
    format!("IDPOOL#{pool}#{shard}")
}

/// The index partition in which an identity is listed.
pub fn identity_shard(identity: &IdentityId) -> u8 {
    identity.first_digit() / 2
}

/// One of the index partitions that list a pool's users.
pub fn user_list_partition(pool: &PoolId, shard: u8) -> String {
    format!("POOL#{pool}#{shard}")
}

/// The index partition in which a user is listed: FNV-1a of the user's key.
pub fn user_shard(user: &UserKey) -> u8 {
    let hash = user
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    u8::try_from(hash % u64::from(USER_SHARDS)).unwrap_or(0)
}

impl Entity {
    /// The item's primary key.
    pub fn key(&self) -> Key {
        let (pk, sk) = match self {
            Self::Pool(pool) => (pool_partition(pool), CONFIG.to_owned()),
            Self::PoolClient(pool, client) => (pool_partition(pool), format!("{POOL_CLIENT_PREFIX}{client}")),
            Self::Client(client) => (format!("CLIENT#{client}"), CONFIG.to_owned()),
            Self::Profile(pool, user) => (user_partition(pool, user), PROFILE.to_owned()),
            Self::Code(pool, user, purpose) => (
                user_partition(pool, user),
                format!("{CODE_PREFIX}{}", purpose.as_str()),
            ),
            Self::Guard(pool, user, kind) => (
                user_partition(pool, user),
                format!("{GUARD_PREFIX}{}", kind.as_str()),
            ),
            Self::Session(pool, user, session) => {
                (user_partition(pool, user), format!("{SESSION_PREFIX}{session}"))
            }
            Self::Device(pool, user, device) => {
                (user_partition(pool, user), format!("{DEVICE_PREFIX}{device}"))
            }
            Self::TrackedSessions(pool, user) => (user_partition(pool, user), TRACKED_SESSIONS.to_owned()),
            Self::Passkey(pool, user, passkey) => {
                (user_partition(pool, user), format!("{PASSKEY_PREFIX}{passkey}"))
            }
            Self::Registration(pool, user) => (user_partition(pool, user), REGISTRATION.to_owned()),
            Self::Alias(pool, kind, value) => (format!("ALIAS#{pool}#{kind}#{value}"), ALONE.to_owned()),
            Self::Group(pool, group) => (pool_partition(pool), format!("{GROUP_PREFIX}{group}")),
            Self::IdentityProvider(pool, name) => (pool_partition(pool), format!("{PROVIDER_PREFIX}{name}")),
            Self::ProviderIdentifier(pool, identifier) => (
                pool_partition(pool),
                format!("{PROVIDER_IDENTIFIER_PREFIX}{identifier}"),
            ),
            Self::Identity(pool, identity) => {
                let (provider, attribute) = (&identity.provider, &identity.attribute);
                let value = &identity.value;
                let names = format!("{provider}{TERM_END}{attribute}{TERM_END}");
                (
                    format!("ALIAS#{pool}#{IDENTITY}#{names}{value}"),
                    ALONE.to_owned(),
                )
            }
            Self::Count(pool, counted) => (
                pool_partition(pool),
                format!("{COUNT_PREFIX}{}", counted.as_str()),
            ),
            Self::Joins(pool, user) => (user_partition(pool, user), JOINS.to_owned()),
            Self::Membership(pool, user, group) => {
                (user_partition(pool, user), format!("{GROUP_PREFIX}{group}"))
            }
            Self::Member(pool, group, user) => {
                (group_partition(pool, group), format!("{MEMBER_PREFIX}{user}"))
            }
            Self::Search(pool, term, user) => (
                search_partition(pool, term.shard(), &term.attribute),
                format!("{}{TERM_END}{user}", term.value),
            ),
            Self::Tenant(pool, tenant) => (format!("TENANT#{pool}#{tenant}"), CONFIG.to_owned()),
            Self::SamlKey(pool) => (pool_partition(pool), SAML_KEY.to_owned()),
            Self::Limit(pool, category) => (format!("LIMIT#{pool}#{}", category.as_str()), ALONE.to_owned()),
            Self::ResourceServer(pool, identifier) => (
                pool_partition(pool),
                format!("{RESOURCE_SERVER_PREFIX}{identifier}"),
            ),
            Self::Branding(pool, client) => {
                let owner = Owner::Client(client.clone());
                (look_partition(pool, &owner), BRANDING.to_owned())
            }
            Self::Customization(pool, owner) => (look_partition(pool, owner), CUSTOMIZATION.to_owned()),
            Self::Terms(pool, client, name) => {
                let owner = Owner::Client(client.clone());
                (look_partition(pool, &owner), format!("{TERMS_PREFIX}{name}"))
            }
            Self::BrandingId(pool, id) => (pool_partition(pool), format!("{BRANDING_PREFIX}{id}")),
            Self::TermsId(pool, id) => (pool_partition(pool), format!("{TERMS_PREFIX}{id}")),
            Self::Image(pool, owner, image) => (images_partition(pool, owner), image.to_string()),
            Self::Domain(name) => (format!("DOMAIN#{name}"), CONFIG.to_owned()),
            Self::PoolDomain(pool, kind) => (
                pool_partition(pool),
                format!("{POOL_DOMAIN_PREFIX}{}", kind.as_str()),
            ),
            Self::Grant(hash) => (format!("GRANT#{hash}"), ALONE.to_owned()),
            Self::Proof(hash) => (format!("PROOF#{hash}"), ALONE.to_owned()),
            Self::Entries(hash) => (format!("ENTRIES#{hash}"), ALONE.to_owned()),
            Self::AccessKey(id) => (format!("ACCESSKEY#{id}"), CONFIG.to_owned()),
            Self::IdentityPool(pool) => (format!("IDPOOL#{pool}"), CONFIG.to_owned()),
            Self::PoolIdentity(identity) => (format!("IDENTITY#{identity}"), ALONE.to_owned()),
            Self::Login(pool, login) => (
                format!("LOGIN#{pool}#{}#{}", login.provider, login.subject),
                ALONE.to_owned(),
            ),
        };
        Key { pk, sk }
    }

    /// The item that a primary key names; `None` for a key that this module never spells.
    pub fn parse(pk: &str, sk: &str) -> Option<Self> {
        let (family, rest) = pk.split_once('#')?;
        match (family, sk) {
            ("POOL", CONFIG) => Some(Self::Pool(rest.parse().ok()?)),
            ("POOL", SAML_KEY) => Some(Self::SamlKey(rest.parse().ok()?)),
            ("POOL", _) => Self::parse_pool_item(rest.parse().ok()?, sk),
            ("GROUP", _) => {
                let (pool, group) = rest.split_once('#')?;
                let user = sk.strip_prefix(MEMBER_PREFIX)?;
                Some(Self::Member(
                    pool.parse().ok()?,
                    group.parse().ok()?,
                    user.parse().ok()?,
                ))
            }
            ("CLIENT", CONFIG) => Some(Self::Client(rest.parse().ok()?)),
            ("LIMIT", ALONE) => {
                let (pool, category) = rest.split_once('#')?;
                Some(Self::Limit(pool.parse().ok()?, category.parse().ok()?))
            }
            ("TENANT", CONFIG) => {
                let (pool, tenant) = rest.split_once('#')?;
                Some(Self::Tenant(pool.parse().ok()?, tenant.to_owned()))
            }
            ("LOOK", _) => {
                let (pool, owner) = rest.split_once('#')?;
                Self::parse_look(pool.parse().ok()?, owner.parse().ok()?, sk)
            }
            ("IMAGES", _) => {
                let (pool, owner) = rest.split_once('#')?;
                Some(Self::Image(
                    pool.parse().ok()?,
                    owner.parse().ok()?,
                    sk.parse().ok()?,
                ))
            }
            ("DOMAIN", CONFIG) => Some(Self::Domain(rest.parse().ok()?)),
            ("GRANT", ALONE) => Some(Self::Grant(rest.parse().ok()?)),
            ("PROOF", ALONE) => Some(Self::Proof(rest.parse().ok()?)),
            ("ENTRIES", ALONE) => Some(Self::Entries(rest.parse().ok()?)),
            ("ACCESSKEY", CONFIG) => Some(Self::AccessKey(rest.parse().ok()?)),
            ("IDPOOL", CONFIG) => Some(Self::IdentityPool(rest.parse().ok()?)),
            ("IDENTITY", ALONE) => Some(Self::PoolIdentity(rest.parse().ok()?)),
            ("LOGIN", ALONE) => {
                let mut parts = rest.splitn(3, '#');
                let pool = parts.next()?.parse().ok()?;
                let (provider, subject) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
                Some(Self::Login(pool, Login { provider, subject }))
            }
            ("SEARCH", _) => {
                let mut parts = rest.splitn(3, '#');
                let pool = parts.next()?.parse().ok()?;
                let shard: u32 = parts.next()?.parse().ok()?;
                let (value, user) = sk.rsplit_once(TERM_END)?;
                let term = SearchTerm::new(parts.next()?, value);
                (term.shard() == shard).then_some(Self::Search(pool, term, user.parse().ok()?))
            }
            ("ALIAS", ALONE) => {
                let mut parts = rest.splitn(3, '#');
                let pool = parts.next()?.parse().ok()?;
                let (kind, value) = (parts.next()?, parts.next()?);
                if kind == IDENTITY {
                    return Some(Self::Identity(pool, parse_identity(value)?));
                }
                Some(Self::Alias(pool, kind.parse().ok()?, value.to_owned()))
            }
            ("USER", _) => {
                let (pool, user) = rest.split_once('#')?;
                Self::parse_user_item(pool.parse().ok()?, user.parse().ok()?, sk)
            }
            _ => None,
        }
    }

    fn parse_look(pool: PoolId, owner: Owner, sk: &str) -> Option<Self> {
        match (owner, sk) {
            (owner, CUSTOMIZATION) => Some(Self::Customization(pool, owner)),
            (Owner::Client(client), BRANDING) => Some(Self::Branding(pool, client)),
            (Owner::Client(client), _) => {
                let name = sk.strip_prefix(TERMS_PREFIX)?;
                Some(Self::Terms(pool, client, name.to_owned()))
            }
            _ => None,
        }
    }

    fn parse_pool_item(pool: PoolId, sk: &str) -> Option<Self> {
        if let Some(id) = sk.strip_prefix(BRANDING_PREFIX) {
            return Some(Self::BrandingId(pool, id.parse().ok()?));
        }
        if let Some(id) = sk.strip_prefix(TERMS_PREFIX) {
            return Some(Self::TermsId(pool, id.parse().ok()?));
        }
        if let Some(group) = sk.strip_prefix(GROUP_PREFIX) {
            return Some(Self::Group(pool, group.parse().ok()?));
        }
        if let Some(name) = sk.strip_prefix(PROVIDER_PREFIX) {
            return Some(Self::IdentityProvider(pool, name.parse().ok()?));
        }
        if let Some(identifier) = sk.strip_prefix(PROVIDER_IDENTIFIER_PREFIX) {
            return Some(Self::ProviderIdentifier(pool, identifier.to_owned()));
        }
        if let Some(word) = sk.strip_prefix(COUNT_PREFIX) {
            let counted = Counted::ALL
                .into_iter()
                .find(|counted| counted.as_str() == word)?;
            return Some(Self::Count(pool, counted));
        }
        if let Some(word) = sk.strip_prefix(POOL_DOMAIN_PREFIX) {
            let kind = DomainKind::ALL.into_iter().find(|kind| kind.as_str() == word)?;
            return Some(Self::PoolDomain(pool, kind));
        }
        if let Some(identifier) = sk.strip_prefix(RESOURCE_SERVER_PREFIX) {
            return Some(Self::ResourceServer(pool, identifier.parse().ok()?));
        }
        let client = sk.strip_prefix(POOL_CLIENT_PREFIX)?.parse().ok()?;
        Some(Self::PoolClient(pool, client))
    }

    fn parse_user_item(pool: PoolId, user: UserKey, sk: &str) -> Option<Self> {
        if sk == PROFILE {
            return Some(Self::Profile(pool, user));
        }
        if sk == JOINS {
            return Some(Self::Joins(pool, user));
        }
        if sk == TRACKED_SESSIONS {
            return Some(Self::TrackedSessions(pool, user));
        }
        if let Some(session) = sk.strip_prefix(SESSION_PREFIX) {
            return Some(Self::Session(pool, user, session.parse().ok()?));
        }
        if sk == REGISTRATION {
            return Some(Self::Registration(pool, user));
        }
        if let Some(passkey) = sk.strip_prefix(PASSKEY_PREFIX) {
            return Some(Self::Passkey(pool, user, passkey.parse().ok()?));
        }
        if let Some(device) = sk.strip_prefix(DEVICE_PREFIX) {
            return Some(Self::Device(pool, user, device.parse().ok()?));
        }
        if let Some(group) = sk.strip_prefix(GROUP_PREFIX) {
            return Some(Self::Membership(pool, user, group.parse().ok()?));
        }
        if let Some(word) = sk.strip_prefix(CODE_PREFIX) {
            let purpose = CodePurpose::ALL
                .into_iter()
                .find(|purpose| purpose.as_str() == word)?;
            return Some(Self::Code(pool, user, purpose));
        }
        let word = sk.strip_prefix(GUARD_PREFIX)?;
        let kind = GuardKind::ALL.into_iter().find(|kind| kind.as_str() == word)?;
        Some(Self::Guard(pool, user, kind))
    }
}

fn parse_identity(text: &str) -> Option<IdentityKey> {
    let mut parts = text.splitn(3, TERM_END);
    let provider = parts.next()?.parse().ok()?;
    IdentityKey::new(provider, parts.next()?, parts.next()?).ok()
}

#[cfg(test)]
mod tests;
