//! Every partition and sort key of the table. Nothing else spells one.
//!
//! An [`Entity`] names an item; [`Entity::key`] spells it and [`Entity::parse`] reads it back. A value that may
//! hold any character comes last in its key, so no value can pretend to be another item's.
//!
//! Within a user's partition the order of sort keys matters: everything that a sign-in reads sorts at or before
//! `PROFILE`; what grows without bound (`SESSION#…`) sorts after it. One query up to `PROFILE` brings the former.

use crate::domain::ids::{AccessKeyId, ClientId, PoolId, SessionId, UserKey};
use crate::domain::names::AliasKind;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// The account itself, after `SignUp`.
    SignUp,
}

/// What a guard counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuardKind {
    /// Failed passwords.
    Password,
    /// Tries at a sign-up code.
    ConfirmSignUp,
    /// Sign-up codes sent again.
    ResendCode,
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
    /// An alias, or a `sub`, that leads to a user.
    Alias(PoolId, AliasKind, String),
    /// One of Gatehouse's own access keys.
    AccessKey(AccessKeyId),
}

impl CodePurpose {
    const ALL: [Self; 1] = [Self::SignUp];

    const fn sort_key(self) -> &'static str {
        match self {
            Self::SignUp => "CODE#sign_up",
        }
    }
}

impl GuardKind {
    const ALL: [Self; 3] = [Self::Password, Self::ConfirmSignUp, Self::ResendCode];

    const fn sort_key(self) -> &'static str {
        match self {
            Self::Password => "GUARD#password",
            Self::ConfirmSignUp => "GUARD#confirm_sign_up",
            Self::ResendCode => "GUARD#resend_code",
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

/// The index partition that lists all pools.
pub const ALL_POOLS: &str = "POOLS";
/// The index partition that lists all access keys.
pub const ALL_ACCESS_KEYS: &str = "ACCESSKEYS";

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
            Self::Code(pool, user, purpose) => (user_partition(pool, user), purpose.sort_key().to_owned()),
            Self::Guard(pool, user, kind) => (user_partition(pool, user), kind.sort_key().to_owned()),
            Self::Session(pool, user, session) => (user_partition(pool, user), format!("SESSION#{session}")),
            Self::Alias(pool, kind, value) => (format!("ALIAS#{pool}#{kind}#{value}"), ALONE.to_owned()),
            Self::AccessKey(id) => (format!("ACCESSKEY#{id}"), CONFIG.to_owned()),
        };
        Key { pk, sk }
    }

    /// The item that a primary key names; `None` for a key that this module never spells.
    pub fn parse(pk: &str, sk: &str) -> Option<Self> {
        let (family, rest) = pk.split_once('#')?;
        match (family, sk) {
            ("POOL", CONFIG) => Some(Self::Pool(rest.parse().ok()?)),
            ("POOL", _) => {
                let client = sk.strip_prefix(POOL_CLIENT_PREFIX)?;
                Some(Self::PoolClient(rest.parse().ok()?, client.parse().ok()?))
            }
            ("CLIENT", CONFIG) => Some(Self::Client(rest.parse().ok()?)),
            ("ACCESSKEY", CONFIG) => Some(Self::AccessKey(rest.parse().ok()?)),
            ("ALIAS", ALONE) => {
                let mut parts = rest.splitn(3, '#');
                let pool = parts.next()?.parse().ok()?;
                let kind = parts.next()?.parse().ok()?;
                Some(Self::Alias(pool, kind, parts.next()?.to_owned()))
            }
            ("USER", _) => {
                let (pool, user) = rest.split_once('#')?;
                Self::parse_user_item(pool.parse().ok()?, user.parse().ok()?, sk)
            }
            _ => None,
        }
    }

    fn parse_user_item(pool: PoolId, user: UserKey, sk: &str) -> Option<Self> {
        if sk == PROFILE {
            return Some(Self::Profile(pool, user));
        }
        if let Some(session) = sk.strip_prefix("SESSION#") {
            return Some(Self::Session(pool, user, session.parse().ok()?));
        }
        if let Some(purpose) = CodePurpose::ALL
            .into_iter()
            .find(|purpose| purpose.sort_key() == sk)
        {
            return Some(Self::Code(pool, user, purpose));
        }
        let kind = GuardKind::ALL.into_iter().find(|kind| kind.sort_key() == sk)?;
        Some(Self::Guard(pool, user, kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        (
            pool,
            client,
            user,
            session,
            access_key,
            kind,
            guard,
            ".{0,40}",
            0..9_u8,
        )
            .prop_map(
                |(pool, client, user, session, access_key, kind, guard, value, choice)| match choice {
                    0 => Entity::Pool(pool),
                    1 => Entity::PoolClient(pool, client),
                    2 => Entity::Client(client),
                    3 => Entity::Profile(pool, user),
                    4 => Entity::Code(pool, user, CodePurpose::SignUp),
                    5 => Entity::Guard(pool, user, guard),
                    6 => Entity::Session(pool, user, session),
                    7 => Entity::Alias(pool, kind, value),
                    _ => Entity::AccessKey(access_key),
                },
            )
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
        assert!(Entity::Session(pool, user, session).key().sk.as_str() > PROFILE);
    }
}
