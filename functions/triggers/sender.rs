//! What both custom senders do: open the code, find the words, and hand the message to a webhook where there is one.

use gatehouse::App;
use gatehouse::crypto::encryption_sdk::open::{LARGEST, Message, NotOpened};
use gatehouse::crypto::from_base64;
use gatehouse::domain::names::AliasKind;
use gatehouse::domain::user::Attributes;
use gatehouse::messages::Destination;
use gatehouse::triggers::event::{CustomSender, Event, Metadata};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables};
use gatehouse::triggers::webhook::Webhook;
use gatehouse::triggers::words::{Topic, Values, Worded, Words};
use gatehouse_model::Sensitive;
use serde::Serialize;

/// What KMS binds the key of a code to.
const POOL_CONTEXT: &str = "userpool-id";
/// Characters of base64 that the largest message has.
const LONGEST: usize = LARGEST.div_ceil(3) * 4;

/// The words, and the webhook that delivers them.
pub(crate) struct Sender {
    words: Words,
    pub(crate) webhook: Option<Webhook>,
}

/// A message to a user.
pub(crate) struct Outgoing {
    pub(crate) to: String,
    pub(crate) worded: Worded,
    pub(crate) code: Option<Sensitive>,
}

/// What the webhook is told.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    code: Option<&'a Sensitive>,
    trigger_source: &'a str,
    user_pool_id: &'a str,
    client_id: &'a str,
    user_name: Option<&'a str>,
    locale: Option<&'a str>,
    client_metadata: Option<&'a Metadata>,
}

impl Sender {
    /// Reads the variables of [`Webhook`] and [`Words`].
    pub(crate) fn read(variables: &Variables, local: bool) -> Result<Self, Misconfigured> {
        Ok(Self {
            words: Words::read(variables)?,
            webhook: Webhook::read(variables, local)?,
        })
    }

    /// The message that an event asks for.
    pub(crate) async fn compose(
        &self,
        app: &App,
        event: &Event<CustomSender>,
        kind: AliasKind,
    ) -> Result<Outgoing, Refusal> {
        let code = match &event.request.code {
            Some(sealed) => Some(opened(app, &event.user_pool_id, sealed).await?),
            None => None,
        };
        self.worded(event, kind, code)
    }

    fn worded(
        &self,
        event: &Event<CustomSender>,
        kind: AliasKind,
        code: Option<Sensitive>,
    ) -> Result<Outgoing, Refusal> {
        let request = &event.request;
        let to = Destination::of(kind, &request.user_attributes)
            .ok_or_else(|| Refusal::failed("the user has no address"))?
            .address;
        let topic = match (Topic::of(&event.trigger_source), &code) {
            (Some(Topic::Invite), None) => Topic::Welcome,
            (Some(Topic::Alert), _) => Topic::Alert,
            (Some(topic), Some(_)) => topic,
            (Some(_), None) => return Err(Refusal::failed("the message has no code")),
            (None, _) => return Err(Refusal::failed("the source is not known")),
        };
        let values = Values {
            code: code.as_ref().map(Sensitive::expose),
            username: known_as(event.user_name.as_deref(), &request.user_attributes, &to),
            link: None,
        };
        let worded = self.words.message(
            topic,
            &request.user_attributes,
            request.client_metadata.as_ref(),
            values,
        );
        Ok(Outgoing { to, worded, code })
    }
}

/// The name by which the user knows the account: the address, where the user name is a generated one.
fn known_as<'a>(name: Option<&'a str>, attributes: &Attributes, to: &'a str) -> Option<&'a str> {
    let generated = attributes.get("sub").map(String::as_str);
    if name.is_some() && name == generated {
        Some(to)
    } else {
        name
    }
}

/// The code, as it was before the pool encrypted it.
async fn opened(app: &App, pool: &str, sealed: &str) -> Result<Sensitive, Refusal> {
    let bytes = Some(sealed)
        .filter(|sealed| sealed.len() <= LONGEST)
        .and_then(from_base64)
        .ok_or_else(|| Refusal::failed(NotOpened::Form))?;
    let message = Message::read(&bytes).map_err(Refusal::failed)?;
    if message.context.get(POOL_CONTEXT).map(String::as_str) != Some(pool) {
        return Err(Refusal::failed("the code is another pool's"));
    }
    let mut refused = Refusal::failed("no key of KMS is named");
    for key in &message.keys {
        match app
            .kms
            .open_message_key(key.arn, key.wrapped, &message.context)
            .await
        {
            Ok(key) => {
                let plain = message.open(&key).map_err(Refusal::failed)?;
                let text = std::str::from_utf8(&plain).map_err(|_| Refusal::failed("the code is no text"))?;
                return Ok(Sensitive::from(text));
            }
            Err(fault) => refused = fault.into(),
        }
    }
    Err(refused)
}

/// Hands a message to the webhook. `id` is the same whenever the same message is to be sent.
pub(crate) async fn hand_over(
    app: &App,
    webhook: &Webhook,
    event: &Event<CustomSender>,
    message: &Outgoing,
    (id, kind): (&str, AliasKind),
) -> Result<(), Refusal> {
    let told = told(event, message, kind);
    let body = serde_json::to_vec(&told).map_err(Refusal::failed)?;
    webhook
        .send(id, app.now(), body)
        .await
        .map(|_| ())
        .map_err(Refusal::failed)
}

fn told<'a>(event: &'a Event<CustomSender>, message: &'a Outgoing, kind: AliasKind) -> Told<'a> {
    let worded = &message.worded;
    let by_mail = kind != AliasKind::PhoneNumber;
    let request = &event.request;
    Told {
        kind: if by_mail { "email.send" } else { "sms.send" },
        data: Data {
            to: &message.to,
            subject: by_mail.then_some(worded.subject.as_str()),
            html: by_mail.then_some(worded.email.as_str()),
            text: (!by_mail).then_some(worded.sms.as_str()),
            code: message.code.as_ref(),
            trigger_source: &event.trigger_source,
            user_pool_id: &event.user_pool_id,
            client_id: &event.caller_context.client_id,
            user_name: event.user_name.as_deref(),
            locale: request.user_attributes.get("locale").map(String::as_str),
            client_metadata: request.client_metadata.as_ref(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(source: &str, attributes: &[(&str, &str)]) -> Event<CustomSender> {
        let text = include_str!("../../events/triggers-custom-email-sender/basic.json");
        let mut event: Event<CustomSender> = serde_json::from_str(text).unwrap();
        event.trigger_source = source.to_owned();
        for (name, value) in attributes {
            event
                .request
                .user_attributes
                .insert((*name).to_owned(), (*value).to_owned());
        }
        event
    }

    fn worded(event: &Event<CustomSender>, kind: AliasKind, code: Option<&str>) -> Result<Outgoing, Refusal> {
        Sender::read(&Variables::given(&[]), false)
            .unwrap()
            .worded(event, kind, code.map(Sensitive::from))
    }

    #[test]
    fn every_message_conveys_what_it_is_for() {
        for (source, code) in [
            ("SignUp", Some("123456")),
            ("ResendCode", Some("123456")),
            ("ForgotPassword", Some("123456")),
            ("VerifyUserAttribute", Some("123456")),
            ("UpdateUserAttribute", Some("123456")),
            ("Authentication", Some("123456")),
            ("AdminCreateUser", Some("Temporary-Pass-1")),
            ("AdminCreateUser", None),
            ("AccountTakeOverNotification", None),
        ] {
            let event = event(&format!("CustomEmailSender_{source}"), &[]);
            let message = worded(&event, AliasKind::Email, code).unwrap();
            for text in [&message.worded.email, &message.worded.sms] {
                assert!(code.is_none_or(|code| text.contains(code)), "{source}: {text}");
                let named = source == "AdminCreateUser";
                assert_eq!(text.contains("events-ann"), named, "{source}: {text}");
                assert!(!text.contains('{'), "{source}: {text}");
            }
        }
    }

    #[test]
    fn what_cannot_be_conveyed_is_not_sent() {
        let sign_up = event("CustomEmailSender_SignUp", &[("phone_number", "")]);
        assert!(worded(&sign_up, AliasKind::Email, None).is_err());
        assert!(worded(&sign_up, AliasKind::PhoneNumber, Some("123456")).is_err());
        let unknown = event("CustomEmailSender_Greeting", &[]);
        assert!(worded(&unknown, AliasKind::Email, Some("123456")).is_err());
    }

    #[test]
    fn who_signs_in_by_address_is_told_the_address() {
        let event = event("CustomEmailSender_AdminCreateUser", &[("sub", "events-ann")]);
        let message = worded(&event, AliasKind::Email, Some("Temporary-Pass-1")).unwrap();
        assert!(message.worded.email.contains(&message.to));
    }

    #[test]
    fn a_webhook_is_told_what_to_send_and_to_whom() {
        let event = event("CustomSMSSender_SignUp", &[("phone_number", "+15550100")]);
        let message = worded(&event, AliasKind::PhoneNumber, Some("123456")).unwrap();
        let value = serde_json::to_value(told(&event, &message, AliasKind::PhoneNumber)).unwrap();
        assert_eq!(value["type"], "sms.send");
        assert_eq!(value["data"]["to"], "+15550100");
        assert_eq!(value["data"]["code"], "123456");
        assert_eq!(
            value["data"]["text"],
            "Gatehouse: your confirmation code is 123456."
        );
        assert_eq!(value["data"].get("html"), None);
        assert_eq!(value["data"]["clientMetadata"], json!(null));
    }
}
