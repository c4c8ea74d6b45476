//! The texts of messages: the pool's own templates, or Cognito's.

use gatehouse_model::Sensitive;

use super::deliver::Content;
use super::{Destination, Message};
use crate::domain::ids::Username;
use crate::domain::names::{AliasKind, SignInNames};
use crate::domain::pool::Pool;

/// Where a template wants the code or the password.
pub(super) const CODE: &str = "{####}";
/// Where a template wants the user name.
pub(super) const USERNAME: &str = "{username}";
/// What stands before and after the text of a link.
const LINK: (&str, &str) = ("{##", "##}");

/// The template with every `{username}` and `{####}` filled; what is filled in is not looked at again.
fn fill(template: &str, code: &Sensitive, username: &str) -> Sensitive {
    let parts = template
        .split(USERNAME)
        .map(|part| part.replace(CODE, code.expose()));
    Sensitive::from(parts.collect::<Vec<_>>().join(username))
}

/// A function's words with what they have to convey; `None` where they leave it out. What is not theirs to convey
/// stays as it is.
pub(super) fn filled(text: &str, content: Content<'_>, html: bool) -> Option<Sensitive> {
    let missing = |wanted: bool, place: &str| wanted && !text.contains(place);
    let shown = |text: &str| if html { escape(text) } else { text.to_owned() };
    let username = content.username.map_or_else(|| USERNAME.to_owned(), shown);
    if missing(content.username.is_some(), USERNAME) {
        return None;
    }
    if let Some(link) = content.link {
        let (_, after) = text.split_once(LINK.0)?;
        return after
            .contains(LINK.1)
            .then(|| fill_links(text, &shown(link.expose()), &username));
    }
    if missing(!content.code.expose().is_empty(), CODE) {
        return None;
    }
    let code = Sensitive::from(shown(content.code.expose()));
    Some(fill(text, &code, &username))
}

/// The template with every `{##text##}` made a link of that text (of the address itself where there is none), and
/// every `{username}` filled. `username` and `link` are HTML.
fn fill_links(template: &str, link: &str, username: &str) -> Sensitive {
    let mut out = String::with_capacity(template.len() + 2 * link.len());
    let mut rest = template;
    while let Some((before, (text, after))) = rest
        .split_once(LINK.0)
        .and_then(|(before, after)| Some((before, after.split_once(LINK.1)?)))
    {
        out.push_str(&before.replace(USERNAME, username));
        let text = if text.is_empty() { link } else { text };
        let text = text.replace(USERNAME, username);
        for part in [r#"<a href=""#, link, r#"">"#, &text, "</a>"] {
            out.push_str(part);
        }
        rest = after;
    }
    out.push_str(&rest.replace(USERNAME, username));
    Sensitive::from(out)
}

/// The characters that mean something in HTML, written so that they mean themselves.
pub(crate) fn escape(text: &str) -> String {
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

/// The name by which a user knows the account: the address where names are addresses, since the user name is a
/// generated one there.
fn known_as(pool: &Pool, to: &Destination, username: &Username) -> String {
    match pool.names {
        SignInNames::Attributes(_) => to.address.clone(),
        SignInNames::Username(_) => username.to_string(),
    }
}

/// A code that verifies an address, by the pool's `VerificationMessageTemplate`; in a mail the link takes its place where
/// there is one.
pub fn verification(pool: &Pool, to: Destination, username: &Username, content: Content<'_>) -> Message {
    let code = content.code;
    let template = pool
        .document
        .verification_message_template
        .clone()
        .unwrap_or_default();
    let name = known_as(pool, &to, username);
    let usual = "Your confirmation code is {####}";
    let (subject, body) = match (to.kind, content.link) {
        (AliasKind::PhoneNumber, _) => (
            None,
            fill(template.sms_message.as_deref().unwrap_or(usual), code, &name),
        ),
        (_, None) => (
            template.email_subject,
            fill(
                template.email_message.as_deref().unwrap_or(usual),
                code,
                &escape(&name),
            ),
        ),
        (_, Some(link)) => (
            Some(
                template
                    .email_subject_by_link
                    .unwrap_or_else(|| "Your verification link".to_owned()),
            ),
            fill_links(
                template.email_message_by_link.as_deref().unwrap_or(
                    "Please click the link below to verify your email address. {##Verify Email##}",
                ),
                &escape(link.expose()),
                &escape(&name),
            ),
        ),
    };
    let subject = subject.unwrap_or_else(|| "Your verification code".to_owned());
    Message {
        subject: subject.replace(USERNAME, &name),
        body,
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
            USERNAME,
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
            username,
        )
    } else {
        let password = Sensitive::from(escape(password.expose()));
        fill(
            template.email_message.as_deref().unwrap_or(usual),
            &password,
            &escape(username),
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
    Message {
        to,
        subject: subject.replace(USERNAME, username),
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_fill_their_places() {
        let code = Sensitive::from("123456");
        let text = fill("Hi {username}: {####} ({####})", &code, "ann");
        assert_eq!(text.expose(), "Hi ann: 123456 (123456)");
        let text = fill("{username}: {####}", &code, "{####}");
        assert_eq!(text.expose(), "{####}: 123456");
    }

    #[test]
    fn a_name_cannot_write_html_into_a_mail() {
        assert_eq!(escape("<b>&'\""), "&lt;b&gt;&amp;&#39;&quot;");
    }

    #[test]
    fn a_function_s_words_have_the_link_where_there_is_one() {
        let (code, link) = (Sensitive::from("123456"), Sensitive::from("https://x/?a&b"));
        let mut content = Content {
            code: &code,
            username: None,
            link: Some(&link),
        };
        let shown = |text, content| filled(text, content, true).map(|text| text.expose().to_owned());
        let linked = Some("<a href=\"https://x/?a&amp;b\">Click Here</a>".to_owned());
        assert_eq!(shown("{##Click Here##}", content), linked);
        assert_eq!(shown("no place", content), None);
        content.link = None;
        assert_eq!(shown("{##Click Here##}", content), None);
        assert_eq!(shown("{####}", content), Some("123456".to_owned()));
    }

    #[test]
    fn links_have_the_text_of_the_template() {
        let filled = |template| {
            fill_links(template, "https://x/?a=1&amp;b=2", "ann")
                .expose()
                .to_owned()
        };
        assert_eq!(
            filled("Hi {username}, {##click <b>here</b>##} or {##there##}."),
            "Hi ann, <a href=\"https://x/?a=1&amp;b=2\">click <b>here</b></a> or \
             <a href=\"https://x/?a=1&amp;b=2\">there</a>."
        );
        assert_eq!(
            filled("{####}"),
            "<a href=\"https://x/?a=1&amp;b=2\">https://x/?a=1&amp;b=2</a>"
        );
        assert_eq!(filled("{## never closed {username}"), "{## never closed ann");
    }
}
