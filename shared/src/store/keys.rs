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
    IdentityPoolId, ImageId, PasskeyId, PoolId, ProviderName, ResourceServerId, SessionId, TermsId, UserKey,
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
    pub const ALL: [Self; 2] = [Self::Groups, Self::IdentityProviders];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::IdentityProviders => "identity_providers",
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn regional(number: u128) -> String {
        format!("eu-west-1:{}", uuid::Uuid::from_u128(number))
    }

    fn entities() -> impl Strategy<Value = Entity> {
        let pool =
            "[a-z]{2}-[a-z]{4}-[1-9]_[A-Za-z0-9]{1,9}".prop_map(|text| text.parse::<PoolId>().unwrap());
        let client = "[a-z0-9]{1,26}".prop_map(|text| text.parse::<ClientId>().unwrap());
        let user = "[^\\s\\p{C}]{1,40}".prop_map(|text| text.parse::<UserKey>().unwrap());
        let session =
            any::<u128>().prop_map(|n| uuid::Uuid::from_u128(n).to_string().parse::<SessionId>().unwrap());
        let access_key = "GHAK[A-Z2-7]{16}".prop_map(|text| text.parse::<AccessKeyId>().unwrap());
        let kind = prop::sample::select(AliasKind::ALL.to_vec());
        let guard = prop::sample::select(GuardKind::ALL.to_vec());
        let group = "[^\\s\\p{C}]{1,40}".prop_map(|text| text.parse::<GroupName>().unwrap());
        let purpose = prop::sample::select(CodePurpose::ALL.to_vec());
        (
            pool,
            client,
            user,
            session,
            access_key,
            kind,
            guard,
            (group, purpose),
            (".{0,40}", 0..32_u8, any::<u128>()),
        )
            .prop_map(
                |(
                    pool,
                    client,
                    user,
                    session,
                    access_key,
                    kind,
                    guard,
                    (group, purpose),
                    (value, choice, number),
                )| match choice {
                    0 => Entity::Pool(pool),
                    1 => Entity::PoolClient(pool, client),
                    2 => Entity::Client(client),
                    3 => Entity::Profile(pool, user),
                    4 => Entity::Code(pool, user, purpose),
                    8 => Entity::Group(pool, group),
                    9 => Entity::Membership(pool, user, group),
                    10 => Entity::Member(pool, group, user),
                    23 => Entity::SamlKey(pool),
                    24 => Entity::Limit(pool, Category::ALL[value.chars().count() % Category::ALL.len()]),
                    11 => Entity::Search(pool, SearchTerm::new("custom:a#b", &value), user),
                    5 => Entity::Guard(pool, user, guard),
                    6 => Entity::Session(pool, user, session),
                    18 => Entity::TrackedSessions(pool, user),
                    7 => Entity::Alias(pool, kind, value),
                    12 => Entity::IdentityProvider(pool, provider_of(&group)),
                    13 => Entity::ProviderIdentifier(pool, value),
                    14 => Entity::Identity(pool, identity_of(&group, &value)),
                    15 => Entity::Count(pool, Counted::ALL[usize::from(value.len() > 20)]),
                    16 => Entity::Joins(pool, user),
                    25 => Entity::Passkey(pool, user, PasskeyId::of(value.as_bytes())),
                    19 => Entity::Registration(pool, user),
                    17 => Entity::Device(pool, user, format!("eu-west-1_{session}").parse().unwrap()),
                    20 => Entity::IdentityPool(regional(number).parse().unwrap()),
                    21 => Entity::PoolIdentity(regional(number).parse().unwrap()),
                    22 => Entity::Login(
                        regional(number).parse().unwrap(),
                        Login {
                            provider: "auth.example.com:9000/tenant".parse().unwrap(),
                            subject: value.parse().unwrap_or_else(|_| "ann".parse().unwrap()),
                        },
                    ),
                    26 => Entity::Grant(GrantHash::of(&[u8::try_from(value.len()).unwrap_or(0); 32])),
                    27 => Entity::Domain("auth.example.com".parse().unwrap()),
                    28 => Entity::PoolDomain(pool, DomainKind::ALL[value.len() % 2]),
                    29 => Entity::ResourceServer(pool, format!("https://{client}#x").parse().unwrap()),
                    30 => Entity::Tenant(pool, value),
                    _ => Entity::AccessKey(access_key),
                },
            )
    }

    fn provider_of(group: &GroupName) -> ProviderName {
        let name: String = group.as_str().chars().take(32).collect();
        name.parse().unwrap()
    }

    fn identity_of(group: &GroupName, value: &str) -> IdentityKey {
        IdentityKey::new(provider_of(group), group.as_str(), &format!("v{value}")).unwrap()
    }

    proptest! {
        #[test]
        fn a_key_names_the_item_it_was_made_from(entity in entities()) {
            let key = entity.key();
            prop_assert_eq!(Entity::parse(&key.pk, &key.sk), Some(entity));
        }

        #[test]
        fn different_items_have_different_keys(one in entities(), other in entities()) {
            prop_assert_eq!(one == other, one.key() == other.key());
        }

        #[test]
        fn any_text_parses_or_does_not_and_never_panics(pk in ".{0,60}", sk in ".{0,60}") {
            let _ = Entity::parse(&pk, &sk);
        }
    }

    #[test]
    fn a_long_value_is_cut_at_a_character_and_still_found() {
        let term = SearchTerm::new("name", &"ä".repeat(1000));
        assert!(term.value.len() <= LONGEST_TERM);
        let pool: PoolId = "us-east-1_abc".parse().unwrap();
        let key = Entity::Search(pool.clone(), term.clone(), "ann".parse().unwrap()).key();
        for exact in [true, false] {
            let (partitions, prefix) = term.range(&pool, exact);
            assert!(partitions.contains(&key.pk) && key.sk.starts_with(&prefix));
        }
        assert!(key.sk.len() <= 1024);
    }

    #[test]
    fn what_a_sign_in_reads_sorts_up_to_the_profile_and_sessions_after_it() {
        let pool: PoolId = "us-east-1_abc".parse().unwrap();
        let user: UserKey = "ann".parse().unwrap();
        for kind in GuardKind::ALL {
            assert!(Entity::Guard(pool.clone(), user.clone(), kind).key().sk.as_str() < PROFILE);
        }
        assert!(
            Entity::Code(pool.clone(), user.clone(), CodePurpose::SignUp)
                .key()
                .sk
                .as_str()
                < PROFILE
        );
        let session = SessionId::generate(&crate::ambient::fixed::Counting::default());
        assert!(
            Entity::Session(pool.clone(), user.clone(), session)
                .key()
                .sk
                .as_str()
                > PROFILE
        );
        let list = Entity::TrackedSessions(pool.clone(), user.clone());
        assert!(list.key().sk.as_str() > PROFILE);
        let registration = Entity::Registration(pool.clone(), user.clone()).key().sk;
        let passkey = Entity::Passkey(pool.clone(), user.clone(), PasskeyId::of(b"x"))
            .key()
            .sk;
        assert!(registration < passkey && passkey.as_str() < PROFILE);
        let device = DeviceKey::generate("us-east-1", &crate::ambient::fixed::Counting::default());
        assert!(Entity::Device(pool, user, device).key().sk.as_str() > PROFILE);
    }
}
