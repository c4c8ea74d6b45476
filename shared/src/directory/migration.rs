//! Users who are known elsewhere: the pool's function is asked for a name without a user, and what it knows becomes one.

use gatehouse_model::Sensitive;

use crate::app::OpenPool;
use crate::crypto::password::Credentials;
use crate::domain::factors::{Factor, MfaPreference};
use crate::domain::group::{Group, Membership};
use crate::domain::ids::{GroupName, PoolId, Username};
use crate::domain::names::SignInNames;
use crate::domain::new_user::new_user;
use crate::domain::user::{Status, User, alias_exists};
use crate::store::rate_exceeded;
use crate::store::users::{With, Written};
use crate::triggers::event::{MigratedStatus, Source, UserMigration, UserMigrationAnswer};
use crate::triggers::{Call, Cause};
use crate::{App, Fault, Timestamp, fault::FaultKind};

/// Groups that a user joins by migrating, at most: they are written with the user, and a transaction has 100 writes.
const MOST_GROUPS: usize = 20;

/// A user who has just come from elsewhere.
#[derive(Debug)]
pub struct Migrated {
    /// The user.
    pub user: User,
    /// The groups that the user joined.
    pub memberships: Vec<Membership>,
}

/// Asks the pool's function for a user of this name and creates the user it knows; `None` where the pool has no
/// function, or the function knows none.
///
/// A password that was given becomes the user's if the function says `CONFIRMED`, whatever the pool's policy: it is the
/// function that decides. No message is sent: an invitation would carry a password that the user has.
///
/// # Errors
/// Those of [`App::trigger`]; `InvalidLambdaResponseException` for attributes that the pool does not allow;
/// `AliasExistsException` for an address of another user that is not to be taken over; `TooManyRequestsException` when
/// another request created the user.
pub async fn migrate(
    app: &App,
    open: &OpenPool,
    name: &Username,
    (cause, source): (Cause<'_>, Source),
    password: Option<&Sensitive>,
    now: Timestamp,
) -> Result<Option<Migrated>, Fault> {
    let pool = &open.pool;
    let call = Call {
        cause,
        source,
        user_name: Some(name.as_str()),
        part: "",
    };
    // At sign-in what the application says comes as `validationData`, and otherwise as `clientMetadata`.
    let (validation_data, client_metadata) = match password {
        Some(_) => (cause.metadata(), None),
        None => (None, cause.metadata()),
    };
    let request = || UserMigration {
        password: password.cloned(),
        validation_data,
        client_metadata,
    };
    let Some(answer) = app.trigger(pool, call, request).await? else {
        return Ok(None);
    };
    let force = answer.force_alias_creation == Some(true);
    let names = group_names(&answer)?;
    let Some(mut user) = described(app, open, name, answer, now)? else {
        return Ok(None);
    };
    if let (Status::Confirmed, Some(password)) = (user.status, password) {
        let key = app.data_key(open).await?;
        let srp_name = pool.record.srp.then_some(&user.username);
        let credentials = Credentials::create(password, pool.id(), srp_name, &*app.entropy)?;
        user.credentials = Some(credentials.seal(&key, pool.id(), &user.key, &*app.entropy)?);
    }
    let owners = async {
        if force && matches!(pool.names, SignInNames::Username(_)) {
            return app.store.present_owners(pool, None, &user).await;
        }
        Ok(Vec::new())
    };
    let (takeovers, groups) = tokio::join!(owners, groups_to_join(app, pool.id(), &names));
    let (takeovers, groups) = (takeovers?, groups?);
    let with = With {
        takeovers: &takeovers,
        groups: &groups,
        ..With::default()
    };
    match app.store.create_user(pool, &user, with).await? {
        Written::Done => {
            let memberships = groups.iter().map(|group| group.membership(&user)).collect();
            Ok(Some(Migrated { user, memberships }))
        }
        Written::AliasTaken(kind) => Err(alias_exists(kind)),
        Written::NameTaken | Written::Changed => Err(rate_exceeded()),
    }
}

fn refused(why: &str) -> Fault {
    Fault::new(FaultKind::InvalidLambdaResponse, format!("UserMigration: {why}"))
}

/// The groups of an answer.
fn group_names(answer: &UserMigrationAnswer) -> Result<Vec<GroupName>, Fault> {
    let names = answer.groups.iter().flatten().map(|name| name.parse());
    let mut names: Vec<GroupName> = names
        .collect::<Result<_, _>>()
        .map_err(|_| refused("gatehouse:groups are not names of groups"))?;
    names.sort();
    names.dedup();
    if names.len() > MOST_GROUPS {
        return Err(refused("gatehouse:groups are too many"));
    }
    Ok(names)
}

/// The groups among these that the pool has; the log tells of the others.
///
/// # Errors
/// `TooManyRequestsException` when DynamoDB throttles.
pub async fn groups_to_join(app: &App, pool: &PoolId, names: &[GroupName]) -> Result<Vec<Group>, Fault> {
    let groups = app.store.load_groups(pool, names).await?;
    for missing in names
        .iter()
        .filter(|name| groups.iter().all(|group| group.name != **name))
    {
        tracing::warn!(%pool, group = %missing, "there is no such group to join");
    }
    Ok(groups)
}

/// The user of an answer.
fn described(
    app: &App,
    open: &OpenPool,
    name: &Username,
    answer: UserMigrationAnswer,
    now: Timestamp,
) -> Result<Option<User>, Fault> {
    let Some(mut attributes) = answer.user_attributes.filter(|attributes| !attributes.is_empty()) else {
        return Ok(None);
    };
    attributes.remove("sub");
    // Where an alias was given, the function may say which name it leads to.
    let named = attributes
        .remove("username")
        .filter(|_| matches!(open.pool.names, SignInNames::Username(_)))
        .map(|named| named.parse().map_err(|_| refused("username is not a user name")))
        .transpose()?;
    let name = named.as_ref().unwrap_or(name);
    let mut user = new_user(&open.pool, name, attributes, now, &*app.entropy)
        .map_err(|fault| refused(fault.message()))?;
    user.status = match answer.final_user_status {
        Some(MigratedStatus::Confirmed) => Status::Confirmed,
        Some(MigratedStatus::ResetRequired) | None => Status::ResetRequired,
    };
    if answer.enable_sms_mfa == Some(true) {
        if !user.can_use(Factor::Sms) {
            return Err(refused("enableSMSMFA needs a phone_number"));
        }
        user.mfa = MfaPreference {
            enabled: [Factor::Sms].into(),
            preferred: Some(Factor::Sms),
            passkey: false,
        };
    }
    Ok(Some(user))
}
