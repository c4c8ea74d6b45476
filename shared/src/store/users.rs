//! Users, their names and their pending codes.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde::{Deserialize, Serialize};

use super::groups::Joins;
use super::identities::identity_entities;
use super::keys::{
    CodePurpose, Entity, GuardKind, PROFILE, SearchTerm, user_list_partition, user_partition, user_shard,
};
use super::transaction::{Condition, Ended, Transaction};
use super::{Item, Store, expiring, fault, item, key_item, listed, number, record, text};
use crate::crypto::codes::PendingCode;
use crate::domain::group::{Group, Membership};
use crate::domain::guard::Guard;
use crate::domain::ids::{PoolId, UserKey, Username};
use crate::domain::names::AliasKind;
use crate::domain::passkey::{Passkey, Registration};
use crate::domain::pool::Pool;
use crate::domain::user::{User, alias_exists};
use crate::{Fault, Timestamp};

/// All that a sign-in or a confirmation needs to know of a user name, whether or not it has a user.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The user, if there is one.
    pub user: Option<User>,
    /// The memberships that were made for this very user.
    pub memberships: Vec<Membership>,
    /// The user's passkeys.
    pub passkeys: Vec<Passkey>,
    /// The registration of a passkey that this user began last.
    pub registration: Option<Registration>,
    /// How often the name was put into a group.
    pub joins: Joins,
    guards: BTreeMap<GuardKind, Guard>,
    codes: BTreeMap<CodePurpose, PendingCode>,
}

impl Found {
    /// The same with a user who was written since.
    #[must_use]
    pub fn of(self, user: User) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// The attempts of a kind.
    pub fn guard(&self, kind: GuardKind) -> Guard {
        self.guards.get(&kind).copied().unwrap_or_default()
    }

    /// The pending code for a purpose.
    pub fn code(&self, purpose: CodePurpose) -> Option<&PendingCode> {
        self.codes.get(&purpose)
    }
}

/// A name that was looked up, with what was found under it.
#[derive(Debug, Clone)]
pub struct Named {
    /// The key under which guards are kept: the user's, or the given name's where there is no user.
    pub key: UserKey,
    /// What was found.
    pub found: Found,
}

/// An alias item: it leads to a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Alias {
    user: UserKey,
}

/// How writing a user ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    Done,
    /// A user of this name exists already.
    NameTaken,
    /// Another user owns this alias.
    AliasTaken(AliasKind),
    /// Another write came first; read again.
    Changed,
}

impl Written {
    /// Whether a change of an existing user was written.
    ///
    /// # Errors
    /// `AliasExistsException`; `TooManyRequestsException` where another write came first.
    pub fn into_result(self) -> Result<(), Fault> {
        match self {
            Self::Done => Ok(()),
            Self::Changed | Self::NameTaken => Err(super::rate_exceeded()),
            Self::AliasTaken(kind) => Err(alias_exists(kind)),
        }
    }
}

/// An alias that another user must give up: its kind, its value and its present owner.
#[derive(Debug, Clone)]
pub struct Takeover {
    /// The alias's kind.
    pub kind: AliasKind,
    /// The owner as read.
    pub owner: User,
}

/// What a write does to a pending code: it puts a new one, or uses it up.
pub type CodeWrite = (CodePurpose, Option<PendingCode>);

/// One write of a user, with everything that must happen with it.
#[derive(Debug, Default)]
pub struct With<'a> {
    /// Aliases to take over.
    pub takeovers: &'a [Takeover],
    /// Groups that a new user joins, as read.
    pub groups: &'a [Group],
    /// Codes to put or use up.
    pub codes: Vec<CodeWrite>,
    /// A guard that must be as seen, and is cleared.
    pub cleared: Option<(GuardKind, Guard)>,
    /// A guard that must be as seen, and what it becomes.
    pub counted: Option<(GuardKind, Guard, Guard)>,
}

/// A condition that a guard is as it was seen.
pub(super) fn as_seen(guard: Guard) -> Condition {
    if guard == Guard::default() {
        return Condition::absent();
    }
    Condition {
        expression: "#count = :seen_count AND #last = :seen_last".to_owned(),
        names: vec![("#count", "count"), ("#last", "last")],
        values: vec![
            (":seen_count", number(guard.count)),
            (":seen_last", number(guard.last)),
        ],
    }
}

impl Store {
    /// Reads a user name's profile, guards and codes: one query.
    pub async fn load_user(&self, pool: &PoolId, user: &UserKey) -> Result<Found, Fault> {
        let output = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("PK = :pk AND SK <= :profile")
            .expression_attribute_values(":pk", AttributeValue::S(user_partition(pool, user)))
            .expression_attribute_values(":profile", AttributeValue::S(PROFILE.to_owned()))
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let mut found = Found::default();
        for item in output.items.unwrap_or_default() {
            let key = text(&item, super::PK).zip(text(&item, super::SK));
            match key.and_then(|(pk, sk)| Entity::parse(pk, sk)) {
                Some(Entity::Profile(..)) => found.user = Some(record(item)?),
                Some(Entity::Joins(..)) => found.joins = record(item)?,
                Some(Entity::Membership(..)) => found.memberships.push(record(item)?),
                Some(Entity::Passkey(..)) => found.passkeys.push(record(item)?),
                Some(Entity::Registration(..)) => found.registration = Some(record(item)?),
                Some(Entity::Guard(_, _, kind)) => {
                    found.guards.insert(kind, record(item)?);
                }
                Some(Entity::Code(_, _, purpose)) => {
                    found.codes.insert(purpose, record(item)?);
                }
                _ => {}
            }
        }
        let sub = found.user.as_ref().map(|user| &user.sub);
        found
            .memberships
            .retain(|membership| Some(&membership.sub) == sub);
        found.passkeys.retain(|passkey| Some(&passkey.sub) == sub);
        found.registration = found
            .registration
            .filter(|registration| Some(&registration.sub) == sub);
        Ok(found)
    }

    /// Finds the user of a name as a person gives it: one read where names are user names, two where the name may
    /// be an alias. A name without a user costs the same reads.
    pub async fn find_user(&self, pool: &Pool, name: &Username) -> Result<Named, Fault> {
        let lookup = pool.names.lookup(name, pool.case_sensitive);
        if lookup.aliases.is_empty() {
            let found = self.load_user(pool.id(), &lookup.direct).await?;
            return Ok(Named {
                key: lookup.direct,
                found,
            });
        }
        let (owner, direct) = tokio::join!(
            self.alias_owner(pool.id(), &lookup.aliases),
            self.load_user(pool.id(), &lookup.direct)
        );
        let (owner, direct) = (owner?, direct?);
        // A user name wins over another user's alias of the same text. Whatever was found, the second read is made:
        // its absence would tell.
        let key = if direct.user.is_some() {
            lookup.direct
        } else {
            owner.unwrap_or(lookup.direct)
        };
        let found = self.load_user(pool.id(), &key).await?;
        Ok(Named { key, found })
    }

    /// The user that the first existing alias leads to: one batch read.
    async fn alias_owner(
        &self,
        pool: &PoolId,
        aliases: &[(AliasKind, String)],
    ) -> Result<Option<UserKey>, Fault> {
        let entities: Vec<_> = aliases
            .iter()
            .map(|(kind, value)| Entity::Alias(pool.clone(), *kind, value.clone()))
            .collect();
        let items = self.batch_get(&entities).await?;
        for entity in &entities {
            let key = entity.key();
            if let Some(item) = items.iter().find(|item| text(item, super::PK) == Some(&key.pk)) {
                return record::<Alias>(item.clone()).map(|alias| Some(alias.user));
            }
        }
        Ok(None)
    }

    /// Reads up to 100 items at once, strongly consistent. A partial answer is asked for again.
    pub(super) async fn batch_get(&self, entities: &[Entity]) -> Result<Vec<Item>, Fault> {
        let mut wanted = KeysAndAttributes::builder().consistent_read(true);
        for entity in entities {
            wanted = wanted.keys(key_item(&entity.key()));
        }
        let mut wanted = wanted.build().map_err(Fault::internal)?;
        let mut items = Vec::new();
        for _ in 0..5 {
            let output = self
                .dynamo
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await
                .map_err(|error| fault(&error))?;
            items.extend(
                output
                    .responses
                    .unwrap_or_default()
                    .remove(&self.table)
                    .unwrap_or_default(),
            );
            match output.unprocessed_keys.unwrap_or_default().remove(&self.table) {
                Some(left) if !left.keys().is_empty() => wanted = left,
                _ => return Ok(items),
            }
        }
        Err(super::rate_exceeded())
    }

    /// Creates a user with all alias items it owns.
    pub async fn create_user(&self, pool: &Pool, user: &User, with: With<'_>) -> Result<Written, Fault> {
        self.write_user(pool, None, user, with).await
    }

    /// Replaces a user by what became of it: aliases follow, codes are put or used up, guards are cleared or counted,
    /// all or nothing.
    pub async fn replace_user(
        &self,
        pool: &Pool,
        before: &User,
        after: &User,
        with: With<'_>,
    ) -> Result<Written, Fault> {
        self.write_user(pool, Some(before), after, with).await
    }

    /// Sets one attribute of a user, which nothing depends on: it is no alias, nobody is searched by it, and it may be
    /// lost where another write of the user comes at the same time. So the version stays, and no sign-in under way is
    /// disturbed. Whoever took the name since is left alone.
    pub async fn stamp_user(
        &self,
        pool: &PoolId,
        user: &User,
        attribute: &str,
        value: &str,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        let names = [("#attributes", "attributes"), ("#attribute", attribute)];
        transaction.update_named(
            &Entity::Profile(pool.clone(), user.key.clone()),
            ("SET #attributes.#attribute = :value", &names),
            vec![(":value", AttributeValue::S(value.to_owned()))],
            Condition::same_user(&user.sub),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Sends a user a new code in the place of an older one, and counts it.
    ///
    /// Returns whether it was written; not when another request counted first, or the user is gone.
    pub async fn replace_code(
        &self,
        pool: &PoolId,
        user: &User,
        (purpose, code): (CodePurpose, &PendingCode),
        (kind, seen, counted): (GuardKind, Guard, Guard),
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(code_item(pool, &user.key, purpose, code)?, None)?;
        transaction.put(guard_item(pool, &user.key, kind, counted)?, Some(as_seen(seen)))?;
        transaction.check(
            &Entity::Profile(pool.clone(), user.key.clone()),
            Condition::same_user(&user.sub),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes a user as read, with its aliases and codes: from then on it is gone, and the names are free. What else
    /// it left is removed by [`Store::sweep_user`].
    pub async fn remove_user(&self, pool: &Pool, user: &User) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        let profile = Entity::Profile(pool.id().clone(), user.key.clone());
        transaction.delete(&profile, Some(Condition::version(user.version)))?;
        for (kind, value) in user.aliases(&pool.names, pool.case_sensitive) {
            transaction.delete(&Entity::Alias(pool.id().clone(), kind, value), None)?;
        }
        for term in user.search_terms(&pool.searchable) {
            transaction.delete(&Entity::Search(pool.id().clone(), term, user.key.clone()), None)?;
        }
        for entity in identity_entities(pool.id(), &user.identities) {
            transaction.delete(&entity, None)?;
        }
        for purpose in CodePurpose::ALL {
            transaction.delete(&Entity::Code(pool.id().clone(), user.key.clone(), purpose), None)?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Counts an attempt on a user name.
    ///
    /// # Errors
    /// `TooManyRequestsException` where another attempt was counted since: this one tells nothing then.
    pub async fn count_attempt(
        &self,
        pool: &PoolId,
        user: &UserKey,
        kind: GuardKind,
        seen: Guard,
        counted: Guard,
    ) -> Result<(), Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(guard_item(pool, user, kind, counted)?, Some(as_seen(seen)))?;
        match transaction.commit().await? {
            Ended::Done => Ok(()),
            Ended::Refused(_) => Err(super::rate_exceeded()),
        }
    }

    /// Clears guards after a success. Returns whether all still were as seen.
    pub async fn clear_guards(
        &self,
        pool: &PoolId,
        user: &UserKey,
        guards: &[(GuardKind, Guard)],
    ) -> Result<bool, Fault> {
        if guards.is_empty() {
            return Ok(true);
        }
        let mut transaction = Transaction::new(self);
        for (kind, seen) in guards {
            clear_guard(&mut transaction, pool, user, *kind, *seen)?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// The users who now own the addresses that `user` is about to claim. A `preferred_username` is never taken from
    /// its owner.
    pub async fn present_owners(
        &self,
        pool: &Pool,
        before: Option<&User>,
        after: &User,
    ) -> Result<Vec<Takeover>, Fault> {
        let old = before.map_or_else(Vec::new, |user| user.aliases(&pool.names, pool.case_sensitive));
        let mut takeovers = Vec::new();
        for (kind, value) in after.aliases(&pool.names, pool.case_sensitive) {
            let address = matches!(kind, AliasKind::Email | AliasKind::PhoneNumber);
            if !address || old.contains(&(kind, value.clone())) {
                continue;
            }
            let Some(owner) = self.alias_owner(pool.id(), &[(kind, value)]).await? else {
                continue;
            };
            if owner == after.key {
                continue;
            }
            if let Some(owner) = self.load_user(pool.id(), &owner).await?.user {
                takeovers.push(Takeover { kind, owner });
            }
        }
        Ok(takeovers)
    }

    /// Writes a user together with its alias items, as one transaction.
    async fn write_user(
        &self,
        pool: &Pool,
        before: Option<&User>,
        after: &User,
        with: With<'_>,
    ) -> Result<Written, Fault> {
        let id = pool.id();
        let takeovers = with.takeovers;
        let mut transaction = Transaction::new(self);
        let condition = before.map_or_else(Condition::absent, |before| Condition::version(before.version));
        transaction.put(profile_item(id, after)?, Some(condition))?;

        if before.is_none()
            && after.username.as_str() != after.sub.as_str()
            && after.could_be_taken_for_a_sub()
        {
            // Whoever looks a user up by the `sub` of a token must not find somebody else of that name.
            let value = after.username.as_str().to_lowercase();
            transaction.check(
                &Entity::Alias(id.clone(), AliasKind::Sub, value),
                Condition::absent(),
            )?;
        }
        let about_the_name = transaction.len();

        let old = before.map_or_else(Vec::new, |user| user.aliases(&pool.names, pool.case_sensitive));
        let new = after.aliases(&pool.names, pool.case_sensitive);
        let mut claims = Vec::new();
        for (kind, value) in new.iter().filter(|alias| !old.contains(alias)) {
            let entity = Entity::Alias(id.clone(), *kind, value.clone());
            let taken_from = takeovers.iter().find(|takeover| takeover.kind == *kind);
            let condition = taken_from.map_or_else(Condition::absent, |takeover| Condition {
                expression: "#user = :owner".to_owned(),
                names: vec![("#user", "user")],
                values: vec![(":owner", AttributeValue::S(takeover.owner.key.to_string()))],
            });
            claims.push((transaction.len(), *kind));
            transaction.put(
                item(
                    &entity,
                    &Alias {
                        user: after.key.clone(),
                    },
                )?,
                Some(condition),
            )?;
        }
        for (kind, value) in old.iter().filter(|alias| !new.contains(alias)) {
            transaction.delete(&Entity::Alias(id.clone(), *kind, value.clone()), None)?;
        }
        // One owner may lose several aliases, but an item is written once in a transaction.
        let mut losers = BTreeMap::new();
        for Takeover { kind, owner } in takeovers {
            let loser = losers.entry(&owner.key).or_insert_with(|| owner.clone());
            let verified = format!("{}_verified", kind.attribute());
            loser.attributes.insert(verified, "false".to_owned());
        }
        for mut loser in losers.into_values() {
            let seen = Condition::version(loser.version);
            loser.version += 1;
            transaction.put(profile_item(id, &loser)?, Some(seen))?;
        }
        index(&mut transaction, pool, before, after)?;
        for (purpose, code) in with.codes {
            match code {
                Some(code) => transaction.put(code_item(id, &after.key, purpose, &code)?, None)?,
                None => {
                    transaction.delete(&Entity::Code(id.clone(), after.key.clone(), purpose), None)?;
                }
            }
        }
        transaction.join(id, with.groups, after)?;
        if let Some((kind, seen)) = with.cleared {
            clear_guard(&mut transaction, id, &after.key, kind, seen)?;
        }
        if let Some((kind, seen, counted)) = with.counted {
            transaction.put(guard_item(id, &after.key, kind, counted)?, Some(as_seen(seen)))?;
        }
        Ok(match transaction.commit().await? {
            Ended::Done => Written::Done,
            Ended::Refused(steps) => {
                let claim = claims.iter().find(|(position, _)| steps.contains(position));
                let about_the_user = steps.iter().any(|step| *step < about_the_name);
                match (claim, about_the_user) {
                    (_, true) if before.is_none() => Written::NameTaken,
                    // Another write came first; the alias may be this user's by now.
                    (_, true) => Written::Changed,
                    (Some((_, kind)), _) if takeovers.iter().all(|takeover| takeover.kind != *kind) => {
                        Written::AliasTaken(*kind)
                    }
                    _ => Written::Changed,
                }
            }
        })
    }
}

/// Adds the steps after which a search finds a user by what they are now, and no longer by what they were.
fn index(
    transaction: &mut Transaction<'_>,
    pool: &Pool,
    before: Option<&User>,
    after: &User,
) -> Result<(), Fault> {
    let entity = |term: &SearchTerm| Entity::Search(pool.id().clone(), term.clone(), after.key.clone());
    let found_by = before.map_or_else(BTreeSet::new, |user| user.search_terms(&pool.searchable));
    let finds = after.search_terms(&pool.searchable);
    for term in finds.difference(&found_by) {
        let alias = Alias {
            user: after.key.clone(),
        };
        transaction.put(item(&entity(term), &alias)?, None)?;
    }
    for term in found_by.difference(&finds) {
        transaction.delete(&entity(term), None)?;
    }
    Ok(())
}

/// Adds the step that clears a guard which is still as it was seen.
pub(super) fn clear_guard(
    transaction: &mut Transaction<'_>,
    pool: &PoolId,
    user: &UserKey,
    kind: GuardKind,
    seen: Guard,
) -> Result<(), Fault> {
    let entity = Entity::Guard(pool.clone(), user.clone(), kind);
    if seen == Guard::default() {
        transaction.check(&entity, as_seen(seen))
    } else {
        transaction.delete(&entity, Some(as_seen(seen)))
    }
}

pub(super) fn profile_item(pool: &PoolId, user: &User) -> Result<Item, Fault> {
    let entity = Entity::Profile(pool.clone(), user.key.clone());
    let partition = user_list_partition(pool, user_shard(&user.key));
    Ok(listed(item(&entity, user)?, partition, user.key.to_string()))
}

fn code_item(pool: &PoolId, user: &UserKey, purpose: CodePurpose, code: &PendingCode) -> Result<Item, Fault> {
    let entity = Entity::Code(pool.clone(), user.clone(), purpose);
    Ok(expiring(item(&entity, code)?, code.expires_at))
}

fn guard_item(pool: &PoolId, user: &UserKey, kind: GuardKind, guard: Guard) -> Result<Item, Fault> {
    let entity = Entity::Guard(pool.clone(), user.clone(), kind);
    Ok(expiring(item(&entity, &guard)?, guard.forgotten_at()))
}

impl User {
    /// The user after a change at `now`: version and date move on.
    #[must_use]
    pub fn touched(mut self, now: Timestamp) -> Self {
        self.version += 1;
        self.modified_at = now;
        self
    }
}
