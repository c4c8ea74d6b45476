//! Users of a server of the operator's.
//!
//! The server gets a POST, signed as [`gatehouse::triggers::webhook`] says, of
//! ```json
//! {"type": "user_migration.sign_in", "userPoolId": "…", "clientId": "…", "userName": "…", "password": "…"}
//! ```
//! or, where a password was forgotten, of `user_migration.forgot_password` without `password`; `validationData` or
//! `clientMetadata` come along where the application gave any. It answers
//! - 200 and `{"userName": …, "attributes": {…}, "groups": […], "status": …, "smsMfa": …}` for a user whose password this is, or
//!   who may set a new one. Only `attributes` is needed, texts by name. `status` is `CONFIRMED`, which needs a password that
//!   was given and is what a sign-in means unless it says otherwise, or `RESET_REQUIRED`;
//! - 404 for a name that it does not know;
//! - 401 for a wrong password.

use gatehouse::domain::user::Attributes;
use gatehouse::outbound::OutboundError;
use gatehouse::triggers::event::{Event, Metadata, MigratedStatus, UserMigration};
use gatehouse::triggers::serve::Refusal;
use gatehouse::triggers::webhook::Webhook;
use gatehouse::{
    Timestamp,
    ambient::{Clock as _, SystemClock},
};
use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use crate::{Known, wrong_password};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    user_pool_id: &'a str,
    client_id: &'a str,
    user_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_data: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    user_name: Option<String>,
    attributes: Attributes,
    #[serde(default)]
    groups: Vec<String>,
    status: Option<MigratedStatus>,
    #[serde(default)]
    sms_mfa: bool,
}

/// The user that the server knows.
pub(crate) async fn look_up(
    server: &Webhook,
    event: &Event<UserMigration>,
    id: &str,
) -> Result<Option<Known>, Refusal> {
    let now: Timestamp = SystemClock.now();
    match server.send(id, now, question(event)?).await {
        Ok(body) => known(event, &body).map(Some),
        Err(OutboundError::Status(401 | 403)) => Err(wrong_password()),
        Err(OutboundError::Status(404 | 410)) => Ok(None),
        Err(error) => Err(Refusal::failed(error)),
    }
}

fn question(event: &Event<UserMigration>) -> Result<Vec<u8>, Refusal> {
    let request = &event.request;
    let password = request.password.as_ref().map(Sensitive::expose);
    let question = Question {
        kind: match password {
            Some(_) => "user_migration.sign_in",
            None => "user_migration.forgot_password",
        },
        user_pool_id: &event.user_pool_id,
        client_id: &event.caller_context.client_id,
        user_name: event.user_name.as_deref().unwrap_or_default(),
        password,
        validation_data: request.validation_data.as_ref(),
        client_metadata: request.client_metadata.as_ref(),
    };
    serde_json::to_vec(&question).map_err(Refusal::failed)
}

/// A user without attributes would count as none, so an answer has to hold some.
fn known(event: &Event<UserMigration>, body: &[u8]) -> Result<Known, Refusal> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| Refusal::failed("the server's answer is none"))?;
    if answer.attributes.is_empty() {
        return Err(Refusal::failed("the server's answer has no attributes"));
    }
    Ok(Known {
        username: answer
            .user_name
            .filter(|name| Some(name) != event.user_name.as_ref()),
        attributes: answer.attributes,
        groups: answer.groups,
        proved: event.request.password.is_some() && answer.status != Some(MigratedStatus::ResetRequired),
        sms_mfa: answer.sms_mfa,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(forgot: bool) -> Event<UserMigration> {
        let text = if forgot {
            include_str!("../../events/triggers-user-migration/forgot-password.json")
        } else {
            include_str!("../../events/triggers-user-migration/basic.json")
        };
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_sign_in_asks_with_the_password_and_a_forgotten_one_without() {
        let asked: Value = serde_json::from_slice(&question(&event(false)).unwrap()).unwrap();
        let expected = json!({
            "type": "user_migration.sign_in", "userPoolId": "us-east-1_Gatehouse", "clientId": "gatehousedemo",
            "userName": "events-ann", "password": "Events-pass-1"
        });
        assert_eq!(asked, expected);
        let asked: Value = serde_json::from_slice(&question(&event(true)).unwrap()).unwrap();
        assert_eq!(asked["type"], "user_migration.forgot_password");
        assert!(asked.get("password").is_none());
    }

    #[test]
    fn only_a_password_that_was_given_is_proved() {
        let read = |forgot: bool, body: &str| known(&event(forgot), body.as_bytes());
        let body =
            r#"{"userName": "events-ann", "attributes": {"email": "a@example.com"}, "groups": ["staff"]}"#;
        let user = read(false, body).unwrap();
        assert!(user.proved && user.username.is_none() && user.groups == ["staff"]);
        assert!(!read(true, body).unwrap().proved);
        let reset = r#"{"attributes": {"email": "a@example.com"}, "status": "RESET_REQUIRED"}"#;
        assert!(!read(false, reset).unwrap().proved);
        let confirmed = r#"{"attributes": {"email": "a@example.com"}, "status": "CONFIRMED"}"#;
        assert!(!read(true, confirmed).unwrap().proved);
        for wrong in [
            "",
            "{}",
            r#"{"attributes": {}}"#,
            r#"{"attributes": {"a": 1}}"#,
            r#"{"attributes": {"a": "b"}, "admin": true}"#,
        ] {
            assert!(read(false, wrong).is_err(), "{wrong}");
        }
    }
}
