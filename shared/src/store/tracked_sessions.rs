//! Sessions of pools that track them: a user has at most so many, and sees and ends them one by one.
//!
//! Beside the sessions stands one item that lists them. A sign-in replaces it under the condition that it is as it was
//! read, so of two sign-ins that race for the last place one reads again. The list may name sessions that have ended
//! meanwhile; only when it is full are the sessions themselves read, to find out and to choose who goes.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::keys::Entity;
use super::sessions::{Begun, NewSession};
use super::transaction::{Condition, Ended, Transaction};
use super::{Item, Store, expiring, item, rate_exceeded, record};
use crate::domain::activity::Activity;
use crate::domain::ids::{PoolId, SessionId, Sub, UserKey};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::{Fault, Timestamp};

/// Tries of a sign-in that meets others of the same user.
const TRIES: usize = 5;
/// Sessions that are evicted together with a sign-in at most: a transaction has a hundred steps.
const MOST_EVICTED: usize = 90;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: SessionId,
    until: Timestamp,
}

/// The list of a user's tracked sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    sub: Sub,
    sessions: Vec<Entry>,
    version: u64,
}

/// What a sign-in makes of the list.
#[derive(Debug)]
pub(super) struct Room {
    seen: Option<u64>,
    after: List,
    evicted: Vec<SessionId>,
}

impl List {
    /// The list of `user` with what may still live of it; empty where a user of the same name left it.
    fn of(user: &User, stored: Option<Self>, now: Timestamp) -> Self {
        let mut list = stored.unwrap_or_else(|| Self {
            sub: user.sub.clone(),
            sessions: Vec::new(),
            version: 0,
        });
        if list.sub != user.sub {
            list.sub = user.sub.clone();
            list.sessions.clear();
        }
        list.sessions.retain(|entry| now < entry.until);
        list
    }
}

/// The sessions that are live, the least recently used first.
fn live(mut sessions: Vec<Session>, user: &User, now: Timestamp) -> Vec<Session> {
    sessions.retain(|session| session.activity.is_some() && !session.is_over(user, now));
    sessions.sort_by_key(|session| (session.last_active_at(), session.created_at));
    sessions
}

/// Adds the steps that a tracked sign-in has besides its session: the list, and those who make room.
pub(super) fn take_place(
    transaction: &mut Transaction<'_>,
    pool: &PoolId,
    user: &UserKey,
    room: &Room,
) -> Result<(), Fault> {
    let entity = Entity::TrackedSessions(pool.clone(), user.clone());
    let condition = room.seen.map_or_else(Condition::absent, Condition::version);
    transaction.put(list_item(&entity, &room.after)?, Some(condition))?;
    for session in &room.evicted {
        transaction.delete(
            &Entity::Session(pool.clone(), user.clone(), session.clone()),
            None,
        )?;
    }
    Ok(())
}

fn list_item(entity: &Entity, list: &List) -> Result<Item, Fault> {
    let until = list.sessions.iter().map(|entry| entry.until).max();
    let stored = item(entity, list)?;
    Ok(match until {
        Some(until) => expiring(stored, until),
        None => stored,
    })
}

impl Store {
    /// Signs a user in who has at most `limit` sessions: the least recently used ones make room in the same
    /// transaction. One read more than an untracked sign-in has, two where the list is full.
    pub(super) async fn begin_tracked(&self, new: &NewSession<'_>, limit: usize) -> Result<Begun, Fault> {
        for _ in 0..TRIES {
            let room = self.room(new, limit).await?;
            if room.evicted.len() > MOST_EVICTED {
                self.evict_some(new, room).await?;
                continue;
            }
            match self.write_session(new, Some(&room)).await? {
                // Somebody else took the place.
                None => {}
                Some(begun) => return Ok(begun),
            }
        }
        Err(rate_exceeded())
    }

    /// The list with a place for the new session.
    async fn room(&self, new: &NewSession<'_>, limit: usize) -> Result<Room, Fault> {
        let (user, now) = (new.user, new.session.created_at);
        let entity = Entity::TrackedSessions(new.pool.clone(), user.key.clone());
        let stored: Option<List> = self.get(&entity).await?;
        let seen = stored.as_ref().map(|list| list.version);
        let mut list = List::of(user, stored, now);
        let mut evicted = Vec::new();
        if list.sessions.len() >= limit {
            let sessions = self.load_sessions(new.pool, &user.key, &list.sessions).await?;
            let mut sessions = live(sessions, user, now);
            let over = (sessions.len() + 1).saturating_sub(limit);
            evicted = sessions.drain(..over).map(|session| session.id).collect();
            list.sessions
                .retain(|entry| sessions.iter().any(|session| session.id == entry.id));
        }
        list.sessions.push(Entry {
            id: new.session.id.clone(),
            until: new.session.refresh_expires_at,
        });
        list.version += 1;
        Ok(Room {
            seen,
            after: list,
            evicted,
        })
    }

    /// Where a limit was lowered by much: evicts as many as one transaction can, before the sign-in.
    async fn evict_some(&self, new: &NewSession<'_>, mut room: Room) -> Result<(), Fault> {
        let later = room.evicted.split_off(MOST_EVICTED);
        let until = new.session.refresh_expires_at;
        room.after.sessions.retain(|entry| entry.id != new.session.id);
        room.after
            .sessions
            .extend(later.into_iter().map(|id| Entry { id, until }));
        let mut transaction = Transaction::new(self);
        take_place(&mut transaction, new.pool, &new.user.key, &room)?;
        transaction.commit().await.map(|_| ())
    }

    async fn load_sessions(
        &self,
        pool: &PoolId,
        user: &UserKey,
        entries: &[Entry],
    ) -> Result<Vec<Session>, Fault> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let entities: Vec<_> = entries
            .iter()
            .map(|entry| Entity::Session(pool.clone(), user.clone(), entry.id.clone()))
            .collect();
        let items = self.batch_get(&entities).await?;
        items.into_iter().map(record).collect()
    }

    /// The user's live sessions, the most recently used first: one read of the list, one of the sessions.
    pub async fn list_sessions(
        &self,
        pool: &PoolId,
        user: &User,
        now: Timestamp,
    ) -> Result<Vec<Session>, Fault> {
        let stored = self
            .get(&Entity::TrackedSessions(pool.clone(), user.key.clone()))
            .await?;
        let list = List::of(user, stored, now);
        let sessions = self.load_sessions(pool, &user.key, &list.sessions).await?;
        let mut sessions = live(sessions, user, now);
        sessions.reverse();
        Ok(sessions)
    }

    /// Removes one of the user's tracked sessions, and all its tokens with it. Returns whether it was there; the list
    /// forgets it when it is full.
    pub async fn end_session(&self, pool: &PoolId, user: &User, session: &SessionId) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        let mut condition = Condition::same_user(&user.sub);
        condition
            .expression
            .push_str(" AND attribute_exists(activity) AND revoked = :no");
        condition.values.push((":no", AttributeValue::Bool(false)));
        let entity = Entity::Session(pool.clone(), user.key.clone(), session.clone());
        transaction.delete(&entity, Some(condition))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Notes that a session's tokens were renewed. Returns whether the session still lives.
    pub async fn touch_session(
        &self,
        pool: &PoolId,
        user: &UserKey,
        session: &SessionId,
        activity: &Activity,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        let activity = serde_dynamo::to_attribute_value(activity).map_err(Fault::internal)?;
        transaction.update(
            &Entity::Session(pool.clone(), user.clone(), session.clone()),
            "SET activity = :activity",
            vec![(":activity", activity)],
            Condition {
                expression: "revoked = :no".to_owned(),
                values: vec![(":no", AttributeValue::Bool(false))],
                ..Condition::default()
            },
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::domain::activity::Origin;
    use crate::domain::ids::{ClientId, Username};

    fn ann() -> User {
        let name: Username = "ann".parse().unwrap();
        let sub = Sub::generate(&Counting::default());
        User::new(name.clone(), name.to_key(true), sub, [].into(), NOON)
    }

    fn session(user: &User, entropy: &Counting, last_use: i64) -> Session {
        let client = ClientId::generate(entropy);
        Session {
            activity: Some(Activity::new(&Origin::default(), NOON.plus_seconds(last_use))),
            ..Session::begin(SessionId::generate(entropy), user, client, NOON, 3600)
        }
    }

    #[test]
    fn the_least_recently_used_goes_first_and_what_has_ended_counts_for_nothing() {
        let (user, entropy) = (ann(), Counting::default());
        let (old, new) = (session(&user, &entropy, 60), session(&user, &entropy, 5));
        let revoked = Session {
            revoked: true,
            ..session(&user, &entropy, 1)
        };
        let untracked = Session {
            activity: None,
            ..session(&user, &entropy, 1)
        };
        let found = live(vec![old.clone(), revoked, untracked, new.clone()], &user, NOON);
        assert_eq!(found, [new, old.clone()]);
        assert!(live(vec![old], &user, NOON.plus_seconds(3600)).is_empty());
    }

    #[test]
    fn a_list_is_not_inherited_with_a_name() {
        let user = ann();
        let entry = Entry {
            id: SessionId::generate(&Counting::default()),
            until: NOON.plus_seconds(9),
        };
        let list = |sub| List {
            sub,
            sessions: vec![entry.clone()],
            version: 7,
        };
        assert_eq!(
            List::of(&user, Some(list(user.sub.clone())), NOON).sessions.len(),
            1
        );
        let other = List::of(
            &user,
            Some(list(Sub::generate(&crate::ambient::SystemEntropy))),
            NOON,
        );
        assert!(other.sessions.is_empty());
        assert_eq!((other.sub, other.version), (user.sub.clone(), 7));
        let late = List::of(&user, Some(list(user.sub.clone())), NOON.plus_seconds(9));
        assert!(late.sessions.is_empty());
    }
}
