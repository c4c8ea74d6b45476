//! User migration: users come from an Amazon Cognito user pool, or from a server of the operator's, when they first sign
//! in or ask for a new password, and nobody is asked for them again.
//!
//! From a pool:
//! - `MIGRATION_POOL`: its id; the function's role may call `AdminInitiateAuth`, `AdminGetUser` and
//!   `AdminListGroupsForUser` there.
//! - `MIGRATION_CLIENT`: a client of it that allows `ADMIN_USER_PASSWORD_AUTH`, and `MIGRATION_CLIENT_SECRET` where it has
//!   a secret.
//! - `MIGRATION_ENDPOINT`: where its API is, if that is not AWS.
//! - `MIGRATION_SECOND_FACTORS`: what becomes of users with a second factor that cannot come along, which is any but text
//!   messages: `reset` (the default) lets them set a new password with a code first, so that a password alone opens
//!   nothing; `drop` lets them in.
//!
//! From a server: `WEBHOOK_URL` and `WEBHOOK_SECRET`, see `migrate_server.rs`.
//!
//! From both:
//! - `MIGRATION_ATTRIBUTES`: the only attributes to take; all unless it is set.
//! - `MIGRATION_GROUPS`: the only groups to take; all unless it is set. Those that the pool has are joined.

mod migrate_cognito;
mod migrate_server;

use gatehouse::app::Settings;
use gatehouse::domain::user::Attributes;
use gatehouse::triggers::event::{
    Event, MessageAction, MigratedStatus, Source, UserMigration, UserMigrationAnswer,
};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, occasion, serve};
use gatehouse::triggers::webhook::Webhook;
use lambda_runtime::{Context, Error};

use migrate_cognito::OldPool;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let variables = Variables::from_env();
    let rules = Rules::read(&variables);
    let local = Settings::from_env().local_aws;
    let origin = Origin::read(&variables, local).await?;
    serve(async |event: &Event<UserMigration>, context| {
        let known = Box::pin(origin.look_up(event, context)).await?;
        Ok(known.map_or_else(UserMigrationAnswer::default, |known| rules.answer(known)))
    })
    .await
}

/// Who knows users.
enum Origin {
    Cognito(Box<OldPool>),
    Server(Box<Webhook>),
    Nobody,
}

/// A user who is known elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    /// The name, where it is another than the one that was given.
    username: Option<String>,
    attributes: Attributes,
    groups: Vec<String>,
    /// The password that was given is the user's, and nothing else has to be shown.
    proved: bool,
    /// The user's second factor is a text message.
    sms_mfa: bool,
}

/// What is told of a wrong password, in the words of the pool.
fn wrong_password() -> Refusal {
    Refusal::new("Incorrect username or password.")
}

impl Origin {
    async fn read(variables: &Variables, local: bool) -> Result<Self, Misconfigured> {
        let cognito = OldPool::read(variables, local).await?;
        let server = Webhook::read(variables, local)?;
        match (cognito, server) {
            (Some(_), Some(_)) => Err(Misconfigured::new(
                "WEBHOOK_URL",
                "users come from a pool or from a server, not from both",
            )),
            (Some(cognito), None) => Ok(Self::Cognito(Box::new(cognito))),
            (None, Some(server)) => Ok(Self::Server(Box::new(server))),
            (None, None) => Ok(Self::Nobody),
        }
    }

    async fn look_up(
        &self,
        event: &Event<UserMigration>,
        context: &Context,
    ) -> Result<Option<Known>, Refusal> {
        let name = event.user_name.as_deref().unwrap_or_default();
        let password = event
            .request
            .password
            .as_ref()
            .filter(|_| event.trigger_source == Source::UserMigrationAuthentication.as_str());
        match self {
            Self::Cognito(cognito) => cognito.look_up(name, password).await,
            Self::Server(server) => migrate_server::look_up(server, event, occasion(context)).await,
            Self::Nobody => Ok(None),
        }
    }
}

/// What of a user comes along.
struct Rules {
    attributes: Vec<String>,
    groups: Vec<String>,
}

impl Rules {
    fn read(variables: &Variables) -> Self {
        Self {
            attributes: variables.list("MIGRATION_ATTRIBUTES"),
            groups: variables.list("MIGRATION_GROUPS"),
        }
    }

    fn answer(&self, mut known: Known) -> UserMigrationAnswer {
        let wanted = |list: &[String], name: &str| list.is_empty() || list.iter().any(|kept| kept == name);
        known.attributes.retain(|name, _| {
            // The pool gives its own; nobody is linked to a provider that the pool may not have.
            let own = name == "sub" || name == "identities" || name.starts_with("cognito:");
            !own && wanted(&self.attributes, name)
        });
        known.groups.retain(|group| wanted(&self.groups, group));
        let sms_mfa = known.sms_mfa && known.attributes.contains_key("phone_number");
        if let Some(username) = known.username {
            known.attributes.insert("username".to_owned(), username);
        }
        UserMigrationAnswer {
            user_attributes: Some(known.attributes),
            final_user_status: Some(if known.proved {
                MigratedStatus::Confirmed
            } else {
                MigratedStatus::ResetRequired
            }),
            message_action: Some(MessageAction::Suppress),
            enable_sms_mfa: sms_mfa.then_some(true),
            groups: Some(known.groups).filter(|groups| !groups.is_empty()),
            ..UserMigrationAnswer::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let attributes = [
            ("sub", "1"),
            ("email", "ann@example.com"),
            ("email_verified", "true"),
            ("phone_number", "+15550100"),
            ("custom:plan", "gold"),
            ("identities", "[]"),
            ("cognito:user_status", "CONFIRMED"),
        ];
        Known {
            username: Some("ann".to_owned()),
            attributes: attributes
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            groups: vec!["staff".to_owned(), "eu-west-1_x_Google".to_owned()],
            proved: true,
            sms_mfa: true,
        }
    }

    fn answer(variables: &[(&str, &str)], known: Known) -> UserMigrationAnswer {
        Rules::read(&Variables::given(variables)).answer(known)
    }

    #[test]
    fn what_a_user_is_comes_along_and_what_a_pool_gives_does_not() {
        let answer = answer(&[], known());
        let attributes = answer.user_attributes.unwrap();
        let names: Vec<_> = attributes.keys().map(String::as_str).collect();
        let expected = [
            "custom:plan",
            "email",
            "email_verified",
            "phone_number",
            "username",
        ];
        assert_eq!(names, expected);
        assert_eq!(answer.final_user_status, Some(MigratedStatus::Confirmed));
        assert_eq!(answer.message_action, Some(MessageAction::Suppress));
        assert_eq!(answer.enable_sms_mfa, Some(true));
        assert_eq!(answer.groups.unwrap().len(), 2);
    }

    #[test]
    fn lists_keep_what_they_name_and_nothing_else() {
        let rules = [("MIGRATION_ATTRIBUTES", "email"), ("MIGRATION_GROUPS", "staff")];
        let answer = answer(
            &rules,
            Known {
                proved: false,
                ..known()
            },
        );
        let attributes = answer.user_attributes.unwrap();
        assert_eq!(attributes.len(), 2);
        assert_eq!(attributes["username"], "ann");
        assert_eq!(answer.groups, Some(vec!["staff".to_owned()]));
        // Without a number there is nothing to send a text message to.
        assert_eq!(answer.enable_sms_mfa, None);
        assert_eq!(answer.final_user_status, Some(MigratedStatus::ResetRequired));
    }

    #[tokio::test]
    async fn users_come_from_one_place() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let server = [
            ("WEBHOOK_URL", "https://users.example.com/"),
            ("WEBHOOK_SECRET", secret),
        ];
        let pool = [("MIGRATION_POOL", "eu-west-1_AbC"), ("MIGRATION_CLIENT", "abc")];
        let read = async |variables: &[(&str, &str)]| Origin::read(&Variables::given(variables), false).await;
        assert!(matches!(read(&[]).await, Ok(Origin::Nobody)));
        assert!(matches!(read(&server).await, Ok(Origin::Server(_))));
        assert!(matches!(read(&pool).await, Ok(Origin::Cognito(_))));
        for wrong in [
            [server, pool].concat(),
            server[..1].to_vec(),
            pool[..1].to_vec(),
            vec![("MIGRATION_POOL", "nonsense"), ("MIGRATION_CLIENT", "abc")],
            [&pool[..], &[("MIGRATION_ENDPOINT", "http://cognito.example.com")]].concat(),
            [&pool[..], &[("MIGRATION_SECOND_FACTORS", "perhaps")]].concat(),
        ] {
            assert!(read(&wrong).await.is_err(), "{wrong:?}");
        }
    }
}
