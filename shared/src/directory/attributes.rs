//! Changing a user's attributes: the pool's rules for values, addresses and sign-in names.

use std::collections::BTreeMap;

use gatehouse_model::user_pool::CodeDeliveryDetailsType;

use crate::app::OpenPool;
use crate::domain::guard::{ATTRIBUTE_CODE_PER_HOUR, Guard};
use crate::domain::names::{AliasKind, SignInNames};
use crate::domain::pool::Pool;
use crate::domain::user::{Attributes, User};
use crate::messages::Destination;
use crate::messages::deliver::{Notice, Occasion};
use crate::store::keys::{CodePurpose, GuardKind};
use crate::store::users::With;
use crate::triggers::Cause;
use crate::{App, Fault, Timestamp};

use super::codes::{self, verifies};

/// The addresses that codes verify.
const ADDRESSES: [AliasKind; 2] = [AliasKind::Email, AliasKind::PhoneNumber];

/// Who changes attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editor {
    /// The user, who can not say that an address is verified.
    User,
    /// An administrator, who can.
    Administrator,
}

/// What a change of attributes comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The user afterwards.
    pub after: User,
    /// Addresses to send codes to.
    pub to_verify: Vec<(CodePurpose, Destination)>,
    /// Codes that are void: the addresses they were sent to are the user's no more.
    pub void: Vec<CodePurpose>,
}

fn verified_name(kind: AliasKind) -> String {
    format!("{}_verified", kind.attribute())
}

fn refused(name: &str, why: &str) -> Fault {
    Fault::invalid_parameter(format!("user.{name}: {why}"))
}

/// Sets attributes. An empty value removes one.
///
/// # Errors
/// `InvalidParameterException` for values that the schema does not allow, immutable attributes, and changes that would
/// leave the user without a name to sign in with.
pub fn set(
    pool: &Pool,
    user: &User,
    changes: &Attributes,
    editor: Editor,
    now: Timestamp,
) -> Result<Change, Fault> {
    let mut after = user.clone();
    let (mut to_verify, mut void) = (Vec::new(), Vec::new());
    for (name, value) in changes {
        pool.schema.check_value(name, value)?;
        check_mutable(pool, user, name, value)?;
        if ADDRESSES.iter().all(|kind| kind.attribute() != name) {
            store(&mut after.attributes, name, value);
        }
    }
    for kind in ADDRESSES {
        let Some(value) = changes.get(kind.attribute()) else {
            continue;
        };
        let present = user
            .attributes
            .get(kind.attribute())
            .map(String::as_str)
            .unwrap_or_default();
        if value == present {
            // Who repeats a change whose answer was lost keeps the code that it sent. A code for an address that
            // waits in the place of this one is void.
            if user.is_verified(kind) || pool.verified_first.contains(&kind) {
                void.push(verifies(kind));
            }
            continue;
        }
        let verified = editor == Editor::Administrator
            && changes
                .get(&verified_name(kind))
                .is_some_and(|verified| verified == "true");
        let destination = Destination {
            kind,
            address: value.clone(),
        };
        if !verified && !present.is_empty() && !value.is_empty() && pool.verified_first.contains(&kind) {
            to_verify.push((verifies(kind), destination));
            continue;
        }
        store(&mut after.attributes, kind.attribute(), value);
        if value.is_empty() {
            after.attributes.remove(&verified_name(kind));
        } else {
            after.attributes.insert(verified_name(kind), verified.to_string());
        }
        if value.is_empty() || verified || !pool.auto_verified.contains(&kind) {
            void.push(verifies(kind));
        } else {
            to_verify.push((verifies(kind), destination));
        }
    }
    check_complete(pool, user, &after)?;
    Ok(Change {
        after: after.touched(now),
        to_verify,
        void,
    })
}

/// Removes attributes.
///
/// # Errors
/// As [`set`].
pub fn remove(pool: &Pool, user: &User, names: &[String], now: Timestamp) -> Result<Change, Fault> {
    let (mut after, mut void) = (user.clone(), Vec::new());
    for name in names {
        let Some(rule) = pool.schema.rule(name) else {
            return Err(refused(name, "Attribute does not exist in the schema."));
        };
        if rule.required || name == "sub" {
            return Err(refused(name, "Required attribute cannot be deleted."));
        }
        check_mutable(pool, user, name, "")?;
        after.attributes.remove(name);
        if let Some(kind) = ADDRESSES.into_iter().find(|kind| kind.attribute() == name)
            && !void.contains(&verifies(kind))
        {
            after.attributes.remove(&verified_name(kind));
            void.push(verifies(kind));
        }
    }
    check_complete(pool, user, &after)?;
    Ok(Change {
        after: after.touched(now),
        to_verify: Vec::new(),
        void,
    })
}

/// Writes a change and sends the codes that it asks for; tells where they went. Codes that a user asks for count
/// towards the same hourly limit as those of `GetUserAttributeVerificationCode`.
///
/// # Errors
/// `AliasExistsException` when an address is another user's sign-in name, `LimitExceededException`,
/// `TooManyRequestsException` when another write came first, `CodeDeliveryFailureException`, those of triggers.
pub async fn apply(
    app: &App,
    open: &OpenPool,
    before: &User,
    change: Change,
    (editor, cause): (Editor, Cause<'_>),
    now: Timestamp,
) -> Result<Vec<CodeDeliveryDetailsType>, Fault> {
    let counted = if editor == Editor::User && !change.to_verify.is_empty() {
        let found = app.store.load_user(open.pool.id(), &before.key).await?;
        let seen = found.guard(GuardKind::AttributeCode);
        let counted = count_codes(seen, change.to_verify.len(), now)?;
        Some((GuardKind::AttributeCode, seen, counted))
    } else {
        None
    };
    let mut issued = Vec::new();
    for to in change.to_verify {
        issued.push(codes::issue(app, open, &before.key, to, now).await?);
    }
    let put = issued
        .iter()
        .map(|code| (code.purpose, Some(code.pending.clone())));
    let void = change.void.into_iter().map(|purpose| (purpose, None));
    let with = With {
        codes: put.chain(void).collect(),
        counted,
        ..With::default()
    };
    app.store
        .replace_user(&open.pool, before, &change.after, with)
        .await?
        .into_result()?;
    let mut details = Vec::new();
    let notice = Notice {
        cause,
        occasion: Occasion::UpdateUserAttribute,
        user: &change.after,
    };
    for code in issued {
        details.push(code.send(app, open, notice).await?);
    }
    Ok(details)
}

/// The guard of a user who is sent so many codes.
fn count_codes(seen: Guard, codes: usize, now: Timestamp) -> Result<Guard, Fault> {
    (0..codes).try_fold(seen, |guard, _| {
        guard.check_hourly(ATTRIBUTE_CODE_PER_HOUR, now)?;
        Ok(guard.after_attempt(now))
    })
}

/// The user whose address a code has verified. An address that waited for it takes the place of the old one.
pub fn verified(user: &User, attribute: &str, address: &str, now: Timestamp) -> User {
    let mut after = user.clone();
    after.attributes.insert(attribute.to_owned(), address.to_owned());
    after
        .attributes
        .insert(format!("{attribute}_verified"), "true".to_owned());
    after.touched(now)
}

fn store(attributes: &mut BTreeMap<String, String>, name: &str, value: &str) {
    if value.is_empty() {
        attributes.remove(name);
    } else {
        attributes.insert(name.to_owned(), value.to_owned());
    }
}

fn check_mutable(pool: &Pool, user: &User, name: &str, value: &str) -> Result<(), Fault> {
    let mutable = pool.schema.rule(name).is_some_and(|rule| rule.mutable);
    let present = user.attributes.get(name).map(String::as_str).unwrap_or_default();
    if mutable || present == value || (present.is_empty() && !name.starts_with("custom:")) {
        return Ok(());
    }
    Err(refused(name, "Attribute cannot be updated."))
}

/// Required attributes must stay where they are (an invited user may still lack some), and so must a name to sign in
/// with.
fn check_complete(pool: &Pool, before: &User, after: &User) -> Result<(), Fault> {
    let lost = pool.schema.missing(&after.attributes).find(|name| {
        before
            .attributes
            .get(*name)
            .is_some_and(|value| !value.is_empty())
    });
    if let Some(name) = lost {
        return Err(refused(name, "Required attribute cannot be deleted."));
    }
    if let SignInNames::Attributes(kinds) = &pool.names
        && !kinds
            .iter()
            .any(|kind| after.attributes.contains_key(kind.attribute()))
    {
        return Err(Fault::invalid_parameter(
            "The user would be left without a name to sign in with.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use gatehouse_model::user_pool::{SchemaAttributeType, VerifiedAttributeType};

    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::domain::ids::{Sub, Username};
    use crate::domain::pool::fixture::pool;

    fn ann(attributes: &[(&str, &str)]) -> User {
        let name: Username = "ann".parse().unwrap();
        User::new(
            name.clone(),
            name.to_key(true),
            Sub::generate(&Counting::default()),
            map(attributes),
            NOON,
        )
    }

    fn map(attributes: &[(&str, &str)]) -> Attributes {
        attributes
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn a_request_that_would_send_more_codes_than_are_left_sends_none() {
        let four = (0..4).fold(Guard::default(), |guard, _| guard.after_attempt(NOON));
        assert_eq!(count_codes(four, 1, NOON).unwrap().count, 5);
        assert!(count_codes(four, 2, NOON).is_err());
        assert_eq!(count_codes(four, 2, NOON.plus_seconds(3600)).unwrap().count, 2);
    }

    const OLD: [(&str, &str); 2] = [("email", "old@example.com"), ("email_verified", "true")];

    #[test]
    fn a_new_address_is_unverified_and_gets_a_code() {
        let pool =
            pool(|request| request.auto_verified_attributes = Some(vec![VerifiedAttributeType::Email]));
        let change = set(
            &pool,
            &ann(&OLD),
            &map(&[("email", "new@example.com")]),
            Editor::User,
            NOON,
        )
        .unwrap();
        assert_eq!(
            change.after.attributes,
            map(&[("email", "new@example.com"), ("email_verified", "false")])
        );
        assert_eq!(change.to_verify.len(), 1);
        assert_eq!(change.after.version, 2);
    }

    #[test]
    fn the_old_address_stays_until_the_new_one_is_verified_where_the_pool_says_so() {
        let pool = pool(|request| {
            request.auto_verified_attributes = Some(vec![VerifiedAttributeType::Email]);
            request.user_attribute_update_settings =
                Some(gatehouse_model::user_pool::UserAttributeUpdateSettingsType {
                    attributes_require_verification_before_update: Some(vec![VerifiedAttributeType::Email]),
                });
        });
        let changes = map(&[("email", "new@example.com")]);
        let change = set(&pool, &ann(&OLD), &changes, Editor::User, NOON).unwrap();
        assert_eq!(change.after.attributes, map(&OLD));
        assert_eq!(change.to_verify[0].1.address, "new@example.com");
        let after = verified(&change.after, "email", "new@example.com", NOON);
        assert_eq!(
            after.attributes,
            map(&[("email", "new@example.com"), ("email_verified", "true")])
        );
        let change = set(&pool, &ann(&OLD), &changes, Editor::Administrator, NOON).unwrap();
        assert_eq!(change.after.attributes, map(&OLD));
        let changes = map(&[("email", "new@example.com"), ("email_verified", "true")]);
        let change = set(&pool, &ann(&OLD), &changes, Editor::Administrator, NOON).unwrap();
        assert_eq!(change.after.attributes, changes);
        assert!(change.to_verify.is_empty());
    }

    #[test]
    fn a_change_of_an_address_leaves_no_code_of_the_old_one() {
        let pool = pool(|_| {});
        let user = ann(&OLD);
        for value in ["new@example.com", "old@example.com", ""] {
            let change = set(&pool, &user, &map(&[("email", value)]), Editor::User, NOON).unwrap();
            assert_eq!(change.void, [CodePurpose::VerifyEmail], "{value}");
        }
        let change = remove(&pool, &user, &["email".to_owned()], NOON).unwrap();
        assert_eq!(change.void, [CodePurpose::VerifyEmail]);
        let change = set(&pool, &user, &map(&[("name", "Ann")]), Editor::User, NOON).unwrap();
        assert!(change.void.is_empty());
    }

    #[test]
    fn a_change_that_is_repeated_keeps_its_code() {
        let user = ann(&[("email", "new@example.com"), ("email_verified", "false")]);
        let again = map(&[("email", "new@example.com")]);
        let change = set(&pool(|_| {}), &user, &again, Editor::User, NOON).unwrap();
        assert!(change.void.is_empty() && change.to_verify.is_empty());
    }

    #[test]
    fn immutable_and_required_attributes_stay() {
        let pool = pool(|request| {
            let custom = SchemaAttributeType {
                name: Some("team".to_owned()),
                ..SchemaAttributeType::default()
            };
            let required = SchemaAttributeType {
                name: Some("name".to_owned()),
                required: Some(true),
                ..SchemaAttributeType::default()
            };
            request.schema = Some(vec![custom, required]);
        });
        let user = ann(&[("name", "Ann"), ("custom:team", "blue")]);
        assert!(
            set(
                &pool,
                &user,
                &map(&[("custom:team", "red")]),
                Editor::Administrator,
                NOON
            )
            .is_err()
        );
        assert!(set(&pool, &user, &map(&[("name", "")]), Editor::User, NOON).is_err());
        assert!(remove(&pool, &user, &["name".to_owned()], NOON).is_err());
        assert!(remove(&pool, &user, &["nothing".to_owned()], NOON).is_err());
        assert!(set(&pool, &user, &map(&[("name", "Anna")]), Editor::User, NOON).is_ok());
    }
}
