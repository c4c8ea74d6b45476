//! Sign-ins.

use aws_sdk_dynamodb::types::AttributeValue;

use super::grants::redeem;
use super::keys::{Entity, GuardKind};
use super::tracked_sessions::{Room, take_place};
use super::transaction::{Condition, Ended, Transaction};
use super::users::clear_guard;
use super::{Item, Store, expiring, item, number, record, text};
use crate::auth::SignIn;
use crate::auth::journey::Progress;
use crate::crypto::base64;
use crate::domain::guard::Guard;
use crate::domain::ids::{DeviceKey, GrantHash, PoolId, SessionId, UserKey};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::{Fault, Timestamp};

/// A sign-in to write, decided from what was read of its user.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// The user's pool.
    pub pool: &'a PoolId,
    /// The user as read.
    pub user: &'a User,
    /// The session.
    pub session: &'a Session,
    /// The guards that let the user through, as read; they are cleared.
    pub guards: &'a [(GuardKind, Guard)],
    /// How many sessions the user has at most, where the pool tracks them.
    pub limit: Option<usize>,
    /// The grant that is redeemed for the session.
    pub grant: Option<&'a GrantHash>,
    /// Credentials to put in the place of those read, which lacked an SRP verifier.
    pub credentials: Option<&'a [u8]>,
    /// The step of the authenticator app's code, which must be later than the latest.
    pub software_token_step: Option<u64>,
    /// The recovery code that is used up, as stored.
    pub recovery_code: Option<&'a str>,
    /// The remembered device that proved itself.
    pub device: Option<&'a DeviceKey>,
}

impl<'a> NewSession<'a> {
    /// A session of a user, by a grant or without any proof.
    pub fn of(sign_in: &'a SignIn<'_>, user: &'a User, session: &'a Session) -> Self {
        Self {
            pool: sign_in.pool().id(),
            user,
            session,
            guards: &[],
            limit: sign_in.pool().session_limit(),
            grant: None,
            credentials: None,
            software_token_step: None,
            recovery_code: None,
            device: None,
        }
    }

    /// A session of a user who has proved who it is.
    pub fn proved(sign_in: &'a SignIn<'_>, progress: &'a Progress, session: &'a Session) -> Self {
        Self {
            guards: &progress.guards,
            credentials: progress.credentials.as_deref(),
            software_token_step: progress.journey.software_token_step,
            recovery_code: progress.journey.recovery_code.as_deref(),
            device: progress
                .device
                .as_ref()
                .filter(|_| progress.journey.device_proved),
            ..Self::of(sign_in, &progress.user, session)
        }
    }
}

/// How beginning a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The user is signed in.
    Done,
    /// The session exists, or the recovery code is used up: the same answer to a challenge was given before.
    Replayed,
    /// The user changed, or another attempt came first, since the user was read.
    Changed,
}

fn session_item(pool: &PoolId, user: &UserKey, session: &Session) -> Result<Item, Fault> {
    let entity = Entity::Session(pool.clone(), user.clone(), session.id.clone());
    Ok(expiring(item(&entity, session)?, session.refresh_expires_at))
}

/// It must be the same user, with password, status and `enabled` as they were read.
fn unchanged(user: &User) -> Condition {
    let mut condition = Condition::same_user(&user.sub);
    condition.expression.push_str(" AND auth_version = :seen_auth");
    condition.values.push((":seen_auth", number(user.auth_version)));
    condition
}

impl Store {
    /// Signs a user in: writes the session if it is new, the user is unchanged and no other attempt came between.
    pub async fn begin_session(&self, new: NewSession<'_>) -> Result<Begun, Fault> {
        // It may have been given some steps ago.
        let is_left = |code: &str| new.user.recovery_codes.iter().any(|left| left == code);
        if new.recovery_code.is_some_and(|code| !is_left(code)) {
            return Ok(Begun::Replayed);
        }
        match new.limit {
            None => Ok(self.write_session(&new, None).await?.unwrap_or(Begun::Changed)),
            Some(limit) => self.begin_tracked(&new, limit).await,
        }
    }

    /// One try to write a session; `None` when the list of tracked sessions, and nothing else, is not as it was read.
    pub(super) async fn write_session(
        &self,
        new: &NewSession<'_>,
        room: Option<&Room>,
    ) -> Result<Option<Begun>, Fault> {
        let (pool, user) = (new.pool, new.user);
        let mut transaction = Transaction::new(self);
        transaction.put(
            session_item(pool, &user.key, new.session)?,
            Some(Condition::absent()),
        )?;
        if let Some(hash) = new.grant {
            redeem(&mut transaction, hash)?;
        }
        for (kind, guard) in new.guards {
            clear_guard(&mut transaction, pool, &user.key, *kind, *guard)?;
        }
        if let Some(device) = new.device {
            let mut remembered = Condition::same_user(&user.sub);
            remembered.expression.push_str(" AND remembered = :yes");
            remembered.values.push((":yes", AttributeValue::Bool(true)));
            transaction.update(
                &Entity::Device(pool.clone(), user.key.clone(), device.clone()),
                "SET authenticated_at = :now",
                vec![(":now", number(new.session.created_at))],
                remembered,
            )?;
        }
        let profile = Entity::Profile(pool.clone(), user.key.clone());
        let mut condition = unchanged(user);
        let (mut sets, mut values) = (Vec::new(), Vec::new());
        if let Some(sealed) = new.credentials {
            sets.push("credentials = :credentials");
            values.push((":credentials", AttributeValue::S(base64(sealed))));
        }
        if let Some(step) = new.software_token_step {
            sets.push("software_token_step = :step");
            values.push((":step", number(step)));
            condition
                .expression
                .push_str(" AND (attribute_not_exists(software_token_step) OR software_token_step < :step)");
        }
        if let Some(used) = new.recovery_code {
            // The list is replaced as a whole, so nothing may have been written since it was read.
            let left = user.recovery_codes.iter().filter(|code| *code != used);
            sets.push("recovery_codes = :left");
            values.push((
                ":left",
                AttributeValue::L(left.cloned().map(AttributeValue::S).collect()),
            ));
            condition.expression.push_str(" AND version = :seen_version");
            condition.values.push((":seen_version", number(user.version)));
        }
        if sets.is_empty() {
            transaction.check(&profile, condition)?;
        } else {
            values.push((":one", number(1)));
            let update = format!("SET {} ADD version :one", sets.join(", "));
            transaction.update(&profile, &update, values, condition)?;
        }
        let listed = transaction.len();
        if let Some(room) = room {
            take_place(&mut transaction, pool, &user.key, room)?;
        }
        Ok(match transaction.commit().await? {
            Ended::Done => Some(Begun::Done),
            Ended::Refused(steps) if steps.contains(&0) => Some(Begun::Replayed),
            Ended::Refused(steps) if new.grant.is_some() && steps.contains(&1) => Some(Begun::Replayed),
            Ended::Refused(steps) if steps == [listed] => None,
            Ended::Refused(_) => Some(Begun::Changed),
        })
    }

    /// Reads a user and one of the user's sessions at once.
    pub async fn load_session(
        &self,
        pool: &PoolId,
        user: &UserKey,
        session: &SessionId,
    ) -> Result<(Option<User>, Option<Session>), Fault> {
        let entities = [
            Entity::Profile(pool.clone(), user.clone()),
            Entity::Session(pool.clone(), user.clone(), session.clone()),
        ];
        let mut loaded = (None, None);
        for item in self.batch_get(&entities).await? {
            if text(&item, super::SK) == Some(super::keys::PROFILE) {
                loaded.0 = Some(record(item)?);
            } else {
                loaded.1 = Some(record(item)?);
            }
        }
        Ok(loaded)
    }

    /// Reads one session.
    pub async fn load_one_session(
        &self,
        pool: &PoolId,
        user: &UserKey,
        session: &SessionId,
    ) -> Result<Option<Session>, Fault> {
        self.get(&Entity::Session(pool.clone(), user.clone(), session.clone()))
            .await
    }

    /// Rotates a session's refresh token. Returns whether this request was the one to do it.
    pub async fn rotate_session(
        &self,
        pool: &PoolId,
        user: &UserKey,
        before: &Session,
        after: &Session,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            session_item(pool, user, after)?,
            Some(Condition {
                expression: "generation = :seen AND revoked = :no".to_owned(),
                values: vec![
                    (":seen", number(before.generation)),
                    (":no", AttributeValue::Bool(false)),
                ],
                ..Condition::default()
            }),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Ends one session; ending it twice, or one that is gone, is no error.
    pub async fn revoke_session(
        &self,
        pool: &PoolId,
        user: &UserKey,
        session: &SessionId,
    ) -> Result<(), Fault> {
        let mut transaction = Transaction::new(self);
        transaction.update(
            &Entity::Session(pool.clone(), user.clone(), session.clone()),
            "SET revoked = :yes",
            vec![(":yes", AttributeValue::Bool(true))],
            Condition::present(),
        )?;
        transaction.commit().await.map(|_| ())
    }

    /// Ends every session that the user began until `now`. Returns whether there is such a user.
    pub async fn sign_out_everywhere(
        &self,
        pool: &PoolId,
        user: &UserKey,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.update(
            &Entity::Profile(pool.clone(), user.clone()),
            "SET signed_out_at = :now ADD version :one, sign_outs :one",
            vec![(":now", number(now)), (":one", number(1))],
            Condition::present(),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}
