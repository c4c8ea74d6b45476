//! Post confirmation: the new user joins groups, and an event bus is told.
//!
//! - `DEFAULT_GROUPS`: groups of the pool that each user joins who confirmed an account, with commas between them.
//! - `EVENT_BUS`: the bus that is told `UserConfirmed`, or `PasswordReset` where the source is a forgotten password.

mod notify;

use gatehouse::directory::migration::groups_to_join;
use gatehouse::domain::group::MOST_MEMBERSHIPS;
use gatehouse::domain::ids::GroupName;
use gatehouse::store::groups::Joining;
use gatehouse::triggers::event::{Event, Nothing, PostConfirmation, Source};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve, user_of};
use gatehouse::{App, Fault};
use lambda_runtime::Error;

use notify::Notifier;

/// How many memberships more than groups are tried, where others get in the way.
const SPARE_TRIES: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let variables = Variables::from_env();
    let groups = default_groups(&variables)?;
    let notifier = Notifier::read(&variables).await;
    let app = App::from_env().await;
    serve(async |event: &Event<PostConfirmation>, context| {
        let confirmed = event.trigger_source == Source::PostConfirmationConfirmSignUp.as_str();
        if confirmed && !groups.is_empty() {
            Box::pin(join(&app, event, &groups)).await?;
        }
        let kind = if confirmed {
            "UserConfirmed"
        } else {
            "PasswordReset"
        };
        let sub = event.request.user_attributes.get("sub").map(String::as_str);
        Box::pin(notifier.tell(kind, event, sub, context)).await;
        Ok(Nothing {})
    })
    .await
}

fn default_groups(variables: &Variables) -> Result<Vec<GroupName>, Misconfigured> {
    let groups: Vec<GroupName> = variables.parsed_list("DEFAULT_GROUPS")?;
    if groups.len() > MOST_MEMBERSHIPS {
        return Err(Misconfigured::new(
            "DEFAULT_GROUPS",
            "are more than a user can join",
        ));
    }
    Ok(groups)
}

/// Puts the user into each group that exists. Whoever is a member stays one, so doing it twice is once.
async fn join(app: &App, event: &Event<PostConfirmation>, names: &[GroupName]) -> Result<(), Refusal> {
    let (pool, name) = user_of(event)?;
    let (open, groups) = tokio::join!(app.pool(&pool), groups_to_join(app, &pool, names));
    let (open, groups) = (open?, groups?);
    for _ in 0..=groups.len() + SPARE_TRIES {
        let mut found = app.store.find_user(&open.pool, &name).await?.found;
        let user = found.user.take().ok_or_else(Fault::user_not_found)?;
        let missing = groups
            .iter()
            .find(|group| !found.memberships.iter().any(|membership| group.has(membership)));
        let Some(group) = missing else { return Ok(()) };
        let joining = Joining {
            user: &user,
            seen: found.joins,
        };
        app.store.add_member(&pool, group, joining).await?;
    }
    Err(Refusal::failed("others kept changing the user's groups"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_names_and_no_more_than_fit() {
        let read = |text: &str| default_groups(&Variables::given(&[("DEFAULT_GROUPS", text)]));
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("staff, readers").unwrap().len(), 2);
        let many: Vec<_> = (0..=MOST_MEMBERSHIPS).map(|n| format!("g{n}")).collect();
        assert!(read(&many.join(",")).is_err());
    }
}
