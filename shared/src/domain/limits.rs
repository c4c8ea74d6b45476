//! Limits that a pool's owner sets on how often operations of a category run (`UpdateProvisionedLimit`).
//!
//! A limit of n a second is a token bucket that holds n tokens and gets n a second. The bucket is one item of the
//! table, shared by all functions; a function leases several tokens at a time, more the busier it is, so that under
//! load most requests cost nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::ids::PoolId;
use crate::Timestamp;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;
/// Milliseconds for which leased tokens are good, and for which an empty bucket is believed to be empty at most.
const LEASE_MILLIS: i64 = 1000;
/// A lease is at most this part of what the bucket holds.
const LEASE_PART: u32 = 8;

macro_rules! categories {
    ($($(#[$doc:meta])* $category:ident = [$($operation:literal),* $(,)?];)*) => {
        /// A category of operations, by the name that Cognito's quotas give it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Category { $($(#[$doc])* $category,)* }

        impl Category {
            /// Every category.
            pub const ALL: &'static [Self] = &[$(Self::$category),*];

            /// The name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$category => stringify!($category),)* }
            }

            /// The category of an operation; the operations on limits themselves have none.
            pub fn of(operation: &str) -> Option<Self> {
                match operation {
                    $($($operation)|* => Some(Self::$category),)*
                    _ => None,
                }
            }
        }
    };
}

categories! {
    /// Signing in.
    UserAuthentication = [
        "AdminInitiateAuth", "AdminRespondToAuthChallenge", "GetUserAuthFactors", "AdminGetUserAuthFactors",
        "InitiateAuth", "RespondToAuthChallenge",
    ];
    /// New users.
    UserCreation = ["AdminConfirmSignUp", "AdminCreateUser", "ConfirmSignUp", "SignUp"];
    /// Users of other providers.
    UserFederation = ["AdminDisableProviderForUser", "AdminLinkProviderForUser"];
    /// Passwords that are forgotten, reset or changed.
    UserAccountRecovery = [
        "AdminResetUserPassword", "AdminSetUserPassword", "ChangePassword", "ConfirmForgotPassword", "ForgotPassword",
    ];
    /// One user, read.
    UserRead = ["AdminGetUser", "GetUser"];
    /// One user, changed.
    UserUpdate = [
        "AdminAddUserToGroup", "AdminDeleteUser", "AdminDeleteUserAttributes", "AdminDisableUser", "AdminEnableUser",
        "AdminRemoveUserFromGroup", "AdminUpdateUserAttributes", "AdminUserGlobalSignOut", "DeleteUser",
        "DeleteUserAttributes", "GlobalSignOut", "UpdateUserAttributes", "VerifyUserAttribute",
    ];
    /// Tokens, renewed and revoked.
    UserToken = ["GetTokensFromRefreshToken", "RevokeToken"];
    /// What belongs to one user, read.
    UserResourceRead = [
        "AdminGetDevice", "AdminListDevices", "AdminListGroupsForUser", "AdminListUserAuthEvents",
        "AdminListUserSessions", "GetDevice", "GetUserAttributeVerificationCode", "ListDevices", "ListUserSessions",
        "ListWebAuthnCredentials", "ResendConfirmationCode",
    ];
    /// What belongs to one user, changed.
    UserResourceUpdate = [
        "AdminDeleteSoftwareToken", "AdminForgetDevice", "AdminRevokeUserSession", "AdminSetUserMFAPreference",
        "AdminSetUserSettings", "AdminUpdateAuthEventFeedback", "AdminUpdateDeviceStatus", "AssociateSoftwareToken",
        "CompleteWebAuthnRegistration", "ConfirmDevice", "DeleteWebAuthnCredential", "ForgetDevice",
        "RevokeUserSession", "SetUserMFAPreference", "SetUserSettings", "StartWebAuthnRegistration",
        "UpdateAuthEventFeedback", "UpdateDeviceStatus", "VerifySoftwareToken",
    ];
    /// Lists of users.
    UserList = ["ListUsers", "ListUsersInGroup"];
    /// Pools, read.
    UserPoolRead = ["DescribeUserPool", "ListUserPools"];
    /// Pools, changed.
    UserPoolUpdate = ["CreateUserPool", "DeleteUserPool", "UpdateUserPool"];
    /// What belongs to a pool, read.
    UserPoolResourceRead = [
        "DescribeIdentityProvider", "DescribeManagedLoginBranding", "DescribeManagedLoginBrandingByClient",
        "DescribeResourceServer", "DescribeRiskConfiguration", "DescribeTerms", "DescribeTermsByClient",
        "DescribeUserImportJob", "DescribeUserPoolDomain", "GetCSVHeader", "GetGroup", "GetIdentityProviderByIdentifier",
        "GetLogDeliveryConfiguration", "GetSigningCertificate", "GetUICustomization", "GetUserPoolMfaConfig",
        "GetUserPoolSessionConfiguration", "ListGroups", "ListIdentityProviders", "ListResourceServers",
        "ListTagsForResource", "ListTerms", "ListUserImportJobs", "ListUserPoolReplicas",
    ];
    /// What belongs to a pool, changed.
    UserPoolResourceUpdate = [
        "AddCustomAttributes", "CreateGroup", "CreateIdentityProvider", "CreateManagedLoginBranding",
        "CreateResourceServer", "CreateTerms", "CreateUserImportJob", "CreateUserPoolDomain", "CreateUserPoolReplica",
        "DeleteGroup", "DeleteIdentityProvider", "DeleteManagedLoginBranding", "DeleteResourceServer", "DeleteTerms",
        "DeleteUserPoolDomain", "DeleteUserPoolReplica", "SetLogDeliveryConfiguration", "SetRiskConfiguration",
        "SetUICustomization", "SetUserPoolMfaConfig", "SetUserPoolSessionConfiguration", "StartUserImportJob",
        "StopUserImportJob", "TagResource", "UntagResource", "UpdateGroup", "UpdateIdentityProvider",
        "UpdateManagedLoginBranding", "UpdateResourceServer", "UpdateTerms", "UpdateUserPoolDomain",
        "UpdateUserPoolReplica",
    ];
    /// Clients, read.
    UserPoolClientRead = [
        "DescribeUserPoolClient", "GetUserPoolClientSessionConfiguration", "ListUserPoolClients",
        "ListUserPoolClientSecrets",
    ];
    /// Clients, changed.
    UserPoolClientUpdate = [
        "AddUserPoolClientSecret", "CreateUserPoolClient", "DeleteUserPoolClient", "DeleteUserPoolClientSecret",
        "SetUserPoolClientSessionConfiguration", "UpdateUserPoolClient",
    ];
    /// Tokens for clients themselves.
    ClientAuthentication = ["GetClientToken", "GetDerivedToken"];
}

impl Category {
    /// Whether its operations read the configuration afresh, past the cache.
    pub const fn is_configuration(self) -> bool {
        matches!(
            self,
            Self::UserPoolRead
                | Self::UserPoolUpdate
                | Self::UserPoolResourceRead
                | Self::UserPoolResourceUpdate
                | Self::UserPoolClientRead
                | Self::UserPoolClientUpdate
        )
    }
}

impl std::str::FromStr for Category {
    type Err = super::ids::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.iter();
        all.find(|category| category.as_str() == text)
            .copied()
            .ok_or(super::ids::Malformed("category"))
    }
}

/// A token bucket, told by the one number that its item holds: the moment, in nanoseconds since the Unix epoch, when
/// it will be full again if nobody takes from it (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Tokens it holds when full, and gets a second.
    pub limit: u32,
}

impl Bucket {
    /// A moment in nanoseconds.
    pub const fn instant(now: Timestamp) -> i64 {
        now.millis().saturating_mul(1_000_000)
    }

    /// Nanoseconds in which the bucket gets `tokens`, rounded up.
    pub fn cost(self, tokens: u32) -> i64 {
        (i64::from(tokens) * SECOND + i64::from(self.limit.max(1)) - 1) / i64::from(self.limit.max(1))
    }

    /// The latest `full_at` at which `tokens` can be taken at `now`.
    pub fn latest(self, tokens: u32, now: Timestamp) -> i64 {
        Self::instant(now) + SECOND - self.cost(tokens)
    }

    /// Tokens in a bucket that will be full at `full_at`.
    pub fn tokens(self, full_at: i64, now: Timestamp) -> u32 {
        let room = SECOND - full_at.saturating_sub(Self::instant(now)).max(0);
        let tokens = i128::from(room.max(0)) * i128::from(self.limit) / i128::from(SECOND);
        u32::try_from(tokens).unwrap_or(self.limit)
    }

    /// When a bucket that will be full at `full_at` has a token again.
    fn has_one_at(self, full_at: i64) -> Timestamp {
        let nanos = full_at.saturating_sub(SECOND).saturating_add(self.cost(1));
        Timestamp::from_millis(nanos.div_euclid(1_000_000) + 1)
    }
}

/// What one function has of the tokens of all buckets.
#[derive(Debug, Default)]
pub struct Leases(Mutex<HashMap<(PoolId, Category), Leased>>);

/// Buckets that a function remembers; past it, it begins anew.
const MOST_BUCKETS: usize = 1000;

impl Leases {
    fn with<T>(&self, place: &(PoolId, Category), bucket: Bucket, act: impl FnOnce(&mut Leased) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_BUCKETS {
            all.clear();
        }
        let leased = all.entry(place.clone()).or_insert_with(|| Leased::new(bucket));
        if leased.bucket != bucket {
            *leased = Leased::new(bucket);
        }
        act(leased)
    }

    /// Takes a token at `now`, if this function has one.
    pub fn take(&self, place: &(PoolId, Category), bucket: Bucket, now: Timestamp) -> Admission {
        self.with(place, bucket, |leased| leased.take(now))
    }

    /// Notes what the bucket gave (see [`Leased::leased`]).
    pub fn leased(
        &self,
        place: &(PoolId, Category),
        bucket: Bucket,
        (tokens, full_at): (u32, i64),
        now: Timestamp,
    ) -> Admission {
        self.with(place, bucket, |leased| leased.leased(tokens, full_at, now))
    }
}

/// What one function has of a bucket's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leased {
    bucket: Bucket,
    left: u32,
    /// Tokens of the last lease.
    size: u32,
    until: Timestamp,
    empty_until: Timestamp,
    /// What the bucket's item said last.
    full_at: i64,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It has a token.
    Granted,
    /// The bucket is empty.
    Refused,
    /// Lease so many tokens from the bucket, whose item last said this.
    Lease(u32, i64),
}

impl Leased {
    /// A function that has nothing yet of a bucket.
    pub const fn new(bucket: Bucket) -> Self {
        Self {
            bucket,
            left: 0,
            size: 0,
            until: Timestamp::from_millis(0),
            empty_until: Timestamp::from_millis(0),
            full_at: 0,
        }
    }

    /// Takes a token at `now`, if there is one.
    pub fn take(&mut self, now: Timestamp) -> Admission {
        if now >= self.until {
            // Tokens that were not needed in time: the next lease is as large as the need was.
            self.size -= self.left.min(self.size);
            self.left = 0;
        }
        if self.left > 0 {
            self.left -= 1;
            return Admission::Granted;
        }
        if now < self.empty_until {
            return Admission::Refused;
        }
        let most = (self.bucket.limit / LEASE_PART).max(1);
        let grown = if now < self.until {
            self.size.saturating_mul(2)
        } else {
            self.size
        };
        Admission::Lease(grown.clamp(1, most), self.full_at)
    }

    /// Notes what the bucket gave at `now`, nothing perhaps, and that its item says `full_at`; takes the request's own
    /// token.
    pub fn leased(&mut self, tokens: u32, full_at: i64, now: Timestamp) -> Admission {
        self.full_at = full_at;
        if self.bucket.tokens(full_at, now) == 0 {
            // Clocks of functions differ; no bucket is believed to be empty for long.
            let latest = Timestamp::from_millis(now.millis() + LEASE_MILLIS);
            self.empty_until = self.bucket.has_one_at(full_at).min(latest);
        }
        match tokens.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.size = tokens;
                self.until = Timestamp::from_millis(now.millis() + LEASE_MILLIS);
                Admission::Granted
            }
            None => Admission::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;
    use proptest::prelude::*;

    #[test]
    fn every_operation_of_user_pools_has_its_category_but_those_on_limits() {
        let without: Vec<_> = gatehouse_model::operations()
            .filter(|operation| operation.service == gatehouse_model::Service::UserPool)
            .filter(|operation| Category::of(operation.name).is_none())
            .map(|operation| operation.name)
            .collect();
        assert_eq!(without, ["GetProvisionedLimit", "UpdateProvisionedLimit"]);
        for category in Category::ALL {
            assert_eq!(category.as_str().parse(), Ok(*category));
        }
    }

    /// The table's side: what `Store::lease_tokens` does in one or two updates.
    fn lease(bucket: Bucket, full_at: &mut i64, want: u32, now: Timestamp) -> u32 {
        let given = bucket.tokens(*full_at, now).min(want);
        if given > 0 {
            *full_at = (*full_at).max(Bucket::instant(now)) + bucket.cost(given);
        }
        given
    }

    fn request(leased: &mut Leased, full_at: &mut i64, now: Timestamp, calls: &mut u32) -> bool {
        match leased.take(now) {
            Admission::Granted => true,
            Admission::Refused => false,
            Admission::Lease(want, _) => {
                *calls += 1;
                let given = lease(leased.bucket, full_at, want, now);
                leased.leased(given, *full_at, now) == Admission::Granted
            }
        }
    }

    proptest! {
        #[test]
        fn no_more_pass_in_any_time_than_the_limit_allows(
            limit in 1_u32..300,
            requests in prop::collection::vec((0_usize..4, 0_i64..40), 1..600),
        ) {
            let bucket = Bucket { limit };
            let (mut functions, mut full_at, mut now) = ([Leased::new(bucket); 4], 0, NOON);
            let mut passed = Vec::new();
            for (function, pause) in requests {
                now = Timestamp::from_millis(now.millis() + pause);
                if request(&mut functions[function], &mut full_at, now, &mut 0) {
                    passed.push(now.millis());
                }
            }
            for (first, begin) in passed.iter().enumerate() {
                for (last, end) in passed.iter().enumerate().skip(first) {
                    let seconds = (end - begin) / 1000 + 1;
                    let most = i64::from(limit) * (seconds + 2);
                    prop_assert!(i64::try_from(last - first).unwrap() < most);
                }
            }
        }
    }

    #[test]
    fn one_busy_function_gets_all_of_the_limit() {
        let bucket = Bucket { limit: 100 };
        let (mut leased, mut full_at, mut calls, mut passed) = (Leased::new(bucket), 0, 0, 0);
        for millis in 0..10_000 {
            let now = Timestamp::from_millis(NOON.millis() + millis);
            passed += i32::from(request(&mut leased, &mut full_at, now, &mut calls));
        }
        assert!((1000..=1100).contains(&passed), "{passed}");
        assert!(calls <= 1150, "{calls}");
    }

    #[test]
    fn below_the_limit_most_requests_cost_nothing() {
        let bucket = Bucket { limit: 100 };
        let (mut leased, mut full_at, mut calls) = (Leased::new(bucket), 0, 0);
        for millis in (0..10_000).step_by(20) {
            let now = Timestamp::from_millis(NOON.millis() + millis);
            assert!(request(&mut leased, &mut full_at, now, &mut calls));
        }
        assert!(calls < 60, "{calls}");
    }

    #[test]
    fn a_limit_of_one_passes_one_a_second() {
        let bucket = Bucket { limit: 1 };
        let (mut leased, mut full_at, mut passed) = (Leased::new(bucket), 0, 0);
        for millis in (0..5000).step_by(10) {
            let now = Timestamp::from_millis(NOON.millis() + millis);
            passed += i32::from(request(&mut leased, &mut full_at, now, &mut 0));
        }
        assert_eq!(passed, 5);
    }

    #[test]
    fn a_clock_that_is_far_ahead_elsewhere_closes_nothing_for_long() {
        let mut leased = Leased::new(Bucket { limit: 5 });
        assert_eq!(leased.take(NOON), Admission::Lease(1, 0));
        let far = Bucket::instant(NOON.plus_seconds(1_000_000));
        assert_eq!(leased.leased(0, far, NOON), Admission::Refused);
        assert_eq!(leased.take(NOON.plus_seconds(1)), Admission::Lease(1, far));
    }

    #[test]
    fn the_largest_limit_overflows_nothing() {
        let bucket = Bucket { limit: u32::MAX };
        assert_eq!(bucket.tokens(0, NOON), u32::MAX);
        assert!(bucket.latest(u32::MAX, NOON) >= Bucket::instant(NOON));
        assert_eq!(bucket.tokens(i64::MAX, NOON), 0);
    }
}
