//! The texts of messages: the pool's own templates, or Cognito's.

use gatehouse_model::Sensitive;

use super::deliver::Content;
use super::{Destination, Message};
use crate::domain::names::AliasKind;
use crate::domain::pool::Pool;

/// Where a template wants the code or the password.
pub(super) const CODE: &str = "{####}";
/// Where a template wants the user name.
pub(super) const USERNAME: &str = "{username}";

fn fill(template: &str, code: &Sensitive, username: Option<&str>) -> Sensitive {
    let text = username.map_or_else(|| template.to_owned(), |name| template.replace(USERNAME, name));
    Sensitive::from(text.replace(CODE, code.expose()))
}

/// A function's words with what they have to convey; `None` where they leave it out.
pub(super) fn filled(text: &str, content: Content<'_>, html: bool) -> Option<Sensitive> {
    let missing = |wanted: bool, place: &str| wanted && !text.contains(place);
    if missing(!content.code.expose().is_empty(), CODE) || missing(content.username.is_some(), USERNAME) {
        return None;
    }
    let shown = |text: &str| if html { escape(text) } else { text.to_owned() };
    let code = Sensitive::from(shown(content.code.expose()));
    Some(fill(text, &code, content.username.map(shown).as_deref()))
}

/// The characters that mean something in HTML, written so that they mean themselves.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A code that verifies an address, by the pool's `VerificationMessageTemplate`.
pub fn verification(pool: &Pool, to: Destination, code: &Sensitive) -> Message {
    let template = pool
        .document
        .verification_message_template
        .clone()
        .unwrap_or_default();
    let body = match to.kind {
        AliasKind::PhoneNumber => template.sms_message,
        _ => template.email_message,
    };
    Message {
        body: fill(
            body.as_deref().unwrap_or("Your confirmation code is {####}"),
            code,
            None,
        ),
        subject: template
            .email_subject
            .unwrap_or_else(|| "Your verification code".to_owned()),
        to,
    }
}

/// A code to sign in with, by the pool's `EmailMfaConfiguration` or `SmsAuthenticationMessage`.
pub fn authentication(pool: &Pool, to: Destination, code: &Sensitive) -> Message {
    let email = pool.mfa.document.email.clone().unwrap_or_default();
    let body = match to.kind {
        AliasKind::PhoneNumber => pool.document.sms_authentication_message.clone(),
        _ => email.message,
    };
    Message {
        body: fill(
            body.as_deref().unwrap_or("Your authentication code is {####}."),
            code,
            None,
        ),
        subject: email
            .subject
            .unwrap_or_else(|| "Your authentication code".to_owned()),
        to,
    }
}

/// The invitation of a user whom an administrator created, by the pool's `InviteMessageTemplate`.
/// Who has no password is told none.
pub fn invitation(pool: &Pool, to: Destination, username: &str, password: Option<&Sensitive>) -> Message {
    let template = pool
        .document
        .admin_create_user_config
        .as_ref()
        .and_then(|config| config.invite_message_template.clone())
        .unwrap_or_default();
    let usual = match password {
        Some(_) => "Your username is {username} and temporary password is {####}.",
        None => "Your username is {username}.",
    };
    let with_password = password.is_some();
    let password = password.cloned().unwrap_or_default();
    let body = if to.kind == AliasKind::PhoneNumber {
        fill(
            template.sms_message.as_deref().unwrap_or(usual),
            &password,
            Some(username),
        )
    } else {
        let password = Sensitive::from(escape(password.expose()));
        fill(
            template.email_message.as_deref().unwrap_or(usual),
            &password,
            Some(&escape(username)),
        )
    };
    let subject = template.email_subject.unwrap_or_else(|| {
        if with_password {
            "Your temporary password"
        } else {
            "Your new account"
        }
        .to_owned()
    });
    Message { to, subject, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_fill_their_places() {
        let text = fill("Hi {username}: {####}", &Sensitive::from("123456"), Some("ann"));
        assert_eq!(text.expose(), "Hi ann: 123456");
    }

    #[test]
    fn a_name_cannot_write_html_into_a_mail() {
        assert_eq!(escape("<b>&'\""), "&lt;b&gt;&amp;&#39;&quot;");
    }
}
