//! Delivering a message: by the pool's own sender function where it has one, else by SES and SNS, in the words of the
//! pool's function for messages where it has one.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;

use super::{Destination, Message, templates};
use crate::crypto::{base64, encryption_sdk};
use crate::domain::lambda_config::Trigger;
use crate::domain::names::AliasKind;
use crate::domain::pool::Pool;
use crate::domain::user::{Attributes, User};
use crate::triggers::event::{CustomMessage, CustomMessageAnswer, CustomSender, SenderType, Source};
use crate::triggers::{Call, Cause, attributes_of};
use crate::{App, Fault, fault::FaultKind};

/// What stands for the text of a link in the template of a mail, as Cognito tells functions.
const LINK: &str = "{##Click Here##}";
/// The most characters that a function may give a text message, and a mail and its subject.
const LONGEST_SMS: usize = 140;
const LONGEST_MAIL: usize = 20_000;
const LONGEST_SUBJECT: usize = 140;

macro_rules! occasions {
    ($($(#[$doc:meta])* $occasion:ident = $message:ident, $email:ident, $sms:ident;)*) => {
        /// Why a message is sent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Occasion { $($(#[$doc])* $occasion,)* }

        impl Occasion {
            /// The sources of the three triggers: text, sending by mail, sending by text message.
            const fn sources(self) -> (Source, Source, Source) {
                match self { $(Self::$occasion => (Source::$message, Source::$email, Source::$sms),)* }
            }
        }
    };
}

occasions! {
    /// A code after `SignUp`.
    SignUp = CustomMessageSignUp, CustomEmailSenderSignUp, CustomSmsSenderSignUp;
    /// The invitation of a user whom an administrator created.
    AdminCreateUser =
        CustomMessageAdminCreateUser, CustomEmailSenderAdminCreateUser, CustomSmsSenderAdminCreateUser;
    /// Another code to confirm an account.
    ResendCode = CustomMessageResendCode, CustomEmailSenderResendCode, CustomSmsSenderResendCode;
    /// A code to set a new password.
    ForgotPassword =
        CustomMessageForgotPassword, CustomEmailSenderForgotPassword, CustomSmsSenderForgotPassword;
    /// A code to a changed address.
    UpdateUserAttribute =
        CustomMessageUpdateUserAttribute, CustomEmailSenderUpdateUserAttribute, CustomSmsSenderUpdateUserAttribute;
    /// A code to an address that the user wants to verify.
    VerifyUserAttribute =
        CustomMessageVerifyUserAttribute, CustomEmailSenderVerifyUserAttribute, CustomSmsSenderVerifyUserAttribute;
    /// A code to sign in with.
    Authentication =
        CustomMessageAuthentication, CustomEmailSenderAuthentication, CustomSmsSenderAuthentication;
}

/// To whom a message goes, and why.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The request that leads to it.
    pub cause: Cause<'a>,
    /// Why.
    pub occasion: Occasion,
    /// The user.
    pub user: &'a User,
}

impl Notice<'_> {
    fn call(&self, source: Source, to: AliasKind) -> Call<'_> {
        Call {
            cause: self.cause,
            source,
            user_name: Some(self.user.username.as_str()),
            part: to.attribute(),
        }
    }
}

/// What a message conveys, for functions that write or send it themselves.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The code, or the temporary password; empty in an invitation without one.
    pub code: &'a Sensitive,
    /// The name to sign in with, in an invitation.
    pub username: Option<&'a str>,
    /// The link that confirms, in a mail of a pool that confirms by links.
    pub link: Option<&'a Sensitive>,
}

/// Delivers `message`, which conveys `content`.
///
/// # Errors
/// `CodeDeliveryFailureException`; those of [`App::trigger`].
pub async fn deliver(
    app: &App,
    pool: &Pool,
    notice: Notice<'_>,
    content: Content<'_>,
    message: Message,
) -> Result<(), Fault> {
    let (text, by_mail, by_sms) = notice.occasion.sources();
    let (sender, kind) = match message.to.kind {
        AliasKind::PhoneNumber => (by_sms, SenderType::Sms),
        _ => (by_mail, SenderType::Email),
    };
    if pool.triggers.function(sender.trigger()).is_some() {
        let code = if content.code.expose().is_empty() {
            None
        } else {
            Some(sealed(app, pool, content.code).await?)
        };
        let request = || CustomSender {
            kind,
            code,
            client_metadata: notice.cause.metadata(),
            user_attributes: addressed(attributes_of(pool, notice.user), &message.to),
        };
        app.trigger(pool, notice.call(sender, message.to.kind), request)
            .await?;
        return Ok(());
    }
    let request = || CustomMessage {
        user_attributes: attributes_of(pool, notice.user),
        code_parameter: templates::CODE.to_owned(),
        link_parameter: Some(LINK.to_owned()),
        username_parameter: content.username.map(|_| templates::USERNAME.to_owned()),
        client_metadata: notice.cause.metadata(),
    };
    let message = match app
        .trigger(pool, notice.call(text, message.to.kind), request)
        .await?
    {
        Some(answer) => customized(message, answer, content)?,
        None => message,
    };
    app.messages.send(pool, &message).await
}

/// The attributes with the address that a message goes to, which is not yet the user's where it is to become that.
fn addressed(mut attributes: Attributes, to: &Destination) -> Attributes {
    attributes.insert(to.kind.attribute().to_owned(), to.address.clone());
    attributes
}

/// A code as sender functions get it: a message of the AWS Encryption SDK under the pool's key, base64.
async fn sealed(app: &App, pool: &Pool, code: &Sensitive) -> Result<String, Fault> {
    let key = pool
        .triggers
        .code_key
        .as_deref()
        .ok_or_else(|| Fault::internal("a custom sender without a key"))?;
    let context = BTreeMap::from([("userpool-id".to_owned(), pool.id().to_string())]);
    let key = app.kms.message_key(key, &context).await?;
    let message = encryption_sdk::encrypt(&key, &context, code.expose().as_bytes(), &*app.entropy)?;
    Ok(base64(&message))
}

fn refused(why: &str) -> Fault {
    Fault::new(
        FaultKind::InvalidLambdaResponse,
        format!("{}: {why}", Trigger::CustomMessage),
    )
}

/// The message in a function's words, which have to convey what it is sent for.
fn customized(message: Message, answer: CustomMessageAnswer, content: Content<'_>) -> Result<Message, Fault> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let by_mail = message.to.kind != AliasKind::PhoneNumber;
    let (text, longest) = if by_mail {
        (given(answer.email_message), LONGEST_MAIL)
    } else {
        (given(answer.sms_message), LONGEST_SMS)
    };
    let subject = given(answer.email_subject);
    if subject
        .as_ref()
        .is_some_and(|subject| subject.chars().count() > LONGEST_SUBJECT)
    {
        return Err(refused(&format!(
            "emailSubject has more than {LONGEST_SUBJECT} characters"
        )));
    }
    let body = match text {
        None => message.body,
        Some(text) => {
            if text.chars().count() > longest {
                return Err(refused(&format!(
                    "the message has more than {longest} characters"
                )));
            }
            templates::filled(&text, content, by_mail)
                .ok_or_else(|| refused("the message has no place for what it has to convey"))?
        }
    };
    Ok(Message {
        to: message.to,
        subject: subject.unwrap_or(message.subject),
        body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: AliasKind) -> Message {
        Message {
            to: Destination {
                kind,
                address: "x".to_owned(),
            },
            subject: "Subject".to_owned(),
            body: Sensitive::from("Body"),
        }
    }

    fn content(code: &Sensitive) -> Content<'_> {
        Content {
            code,
            username: None,
            link: None,
        }
    }

    #[test]
    fn what_a_function_leaves_out_stays_as_the_pool_has_it() {
        let code = Sensitive::from("123456");
        let answer = CustomMessageAnswer {
            email_message: Some("Hi {####}".to_owned()),
            ..CustomMessageAnswer::default()
        };
        let mail = customized(message(AliasKind::Email), answer.clone(), content(&code)).unwrap();
        assert_eq!(
            (mail.subject.as_str(), mail.body.expose()),
            ("Subject", "Hi 123456")
        );
        let sms = customized(message(AliasKind::PhoneNumber), answer, content(&code)).unwrap();
        assert_eq!(sms.body.expose(), "Body");
    }

    #[test]
    fn words_without_the_code_or_too_many_of_them_are_no_answer() {
        let code = Sensitive::from("123456");
        let sms = |text: String| {
            let answer = CustomMessageAnswer {
                sms_message: Some(text),
                ..CustomMessageAnswer::default()
            };
            customized(message(AliasKind::PhoneNumber), answer, content(&code)).map(|_| ())
        };
        assert_eq!(sms("Your code: {####}".to_owned()), Ok(()));
        for bad in ["Your code".to_owned(), format!("{{####}}{}", "x".repeat(140))] {
            assert_eq!(sms(bad).unwrap_err().kind(), FaultKind::InvalidLambdaResponse);
        }
    }
}
