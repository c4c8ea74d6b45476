//! Custom message: messages in the user's language. Texts and variables: `gatehouse::triggers::words`.

use gatehouse::triggers::event::{CustomMessage, CustomMessageAnswer, Event};
use gatehouse::triggers::serve::{Refusal, Variables, serve};
use gatehouse::triggers::words::{Topic, Values, Words};
use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let words = Words::read(&Variables::from_env())?;
    serve(async |event: &Event<CustomMessage>, _| Ok::<_, Refusal>(worded(&words, event))).await
}

/// The words; none for what we do not know, which leaves the pool's own.
fn worded(words: &Words, event: &Event<CustomMessage>) -> CustomMessageAnswer {
    let Some(topic) = Topic::of(&event.trigger_source) else {
        return CustomMessageAnswer::default();
    };
    let request = &event.request;
    let values = Values {
        code: Some(&request.code_parameter),
        username: request.username_parameter.as_deref(),
        link: None,
    };
    let message = words.message(
        topic,
        &request.user_attributes,
        request.client_metadata.as_ref(),
        values,
    );
    CustomMessageAnswer {
        sms_message: Some(message.sms),
        email_message: Some(message.email),
        email_subject: Some(message.subject),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(source: &str, locale: &str) -> CustomMessageAnswer {
        let mut event: Event<CustomMessage> =
            serde_json::from_str(include_str!("../../events/triggers-custom-message/basic.json")).unwrap();
        event.trigger_source = source.to_owned();
        event
            .request
            .user_attributes
            .insert("locale".to_owned(), locale.to_owned());
        if source.ends_with("AdminCreateUser") {
            event.request.username_parameter = Some("{username}".to_owned());
        }
        worded(&Words::read(&Variables::given(&[])).unwrap(), &event)
    }

    #[test]
    fn every_message_has_the_place_for_its_code() {
        for occasion in [
            "SignUp",
            "ResendCode",
            "ForgotPassword",
            "VerifyUserAttribute",
            "UpdateUserAttribute",
            "AdminCreateUser",
            "Authentication",
        ] {
            let answer = answer(&format!("CustomMessage_{occasion}"), "de-DE");
            for text in [answer.email_message.unwrap(), answer.sms_message.unwrap()] {
                assert!(text.contains("{####}"), "{text}");
                assert_eq!(text.contains("{username}"), occasion == "AdminCreateUser");
            }
        }
    }

    #[test]
    fn an_unknown_occasion_keeps_the_pools_words() {
        assert_eq!(
            answer("CustomMessage_Greeting", "de"),
            CustomMessageAnswer::default()
        );
    }
}
