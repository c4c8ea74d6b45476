//! A browser on its way through the sign-in pages: its authorization request, its language, and the token that keeps
//! other sites from sending forms in its name.

use std::sync::Arc;

use gatehouse_model::user_pool::AuthFactorType;
use lambda_http::http::header::HeaderValue;
use lambda_http::http::{HeaderMap, Response};
use lambda_http::{Body, Request};
use url::Url;

use super::csrf::Csrf;
use super::form_page::{Alert, Button, Field, FormPage, Link, PasskeyForm, PasskeyWay};
use super::look::look_of;
use super::{Frame, Locale, Script, answer};
use crate::auth::SignIn;
use crate::crypto::secret_hash;
use crate::domain::branding::Look;
use crate::domain::pool::Pool;
use crate::fault::FaultKind;
use crate::http::{Form, Web, see_other};
use crate::oauth::authorization::{Authorization, Refused};
use crate::oauth::error::OauthError;
use crate::{Fault, observe};

/// A visit.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The function and the request's id and time.
    pub web: &'a Web,
    /// The request.
    pub request: &'a Request,
    /// What the client asked for, in the page's own address.
    pub asked: Authorization,
    /// The language.
    pub locale: Locale,
    /// What the client's pages show of its own.
    look: Arc<Look>,
    csrf: Csrf,
}

impl<'a> Visit<'a> {
    /// Reads who sent the browser here and for what.
    ///
    /// # Errors
    /// The answer to a request that no page can serve.
    pub async fn begin(web: &'a Web, request: &'a Request) -> Result<Self, Response<Body>> {
        let parameters = Form::of_query(request).map_err(|why| refusal(&why.into(), request.headers()))?;
        Self::of(web, request, parameters).await
    }

    /// The same, for an authorization request that is not quite what the address says.
    ///
    /// # Errors
    /// The answer to a request that no page can serve.
    pub async fn of(web: &'a Web, request: &'a Request, parameters: Form) -> Result<Self, Response<Body>> {
        let refused = |error: OauthError| refusal(&error, request.headers());
        let pool = web
            .app
            .pool_of_host(request.headers())
            .await
            .map_err(|fault| refused(fault.into()))?;
        let asked = Authorization::parse(&web.app, pool.as_deref(), &parameters)
            .await
            .map_err(|why| match why {
                Refused::User(error) => refused(error),
                Refused::Client(told) => see_other(&told.0.with_error(&told.1)),
            })?;
        let look = look_of(&web.app, asked.open.pool.id(), asked.client.id()).await;
        let wanted = parameters.get("lang").or_else(|| parameters.get("ui_locales"));
        Ok(Self {
            web,
            request,
            asked,
            locale: Locale::asked(wanted, request.headers()),
            look,
            csrf: Csrf::of(&web.app, request.headers()),
        })
    }

    /// The form that the browser sent, if it was sent from one of our pages; `None` for any other.
    pub fn form(&self) -> Option<Form> {
        self.csrf.form(self.request)
    }

    /// The pool.
    pub fn pool(&self) -> &Pool {
        &self.asked.open.pool
    }

    /// A sign-in of this browser, which ends in its session.
    pub fn sign_in(&self) -> SignIn<'a> {
        let (open, client) = (self.asked.open.clone(), self.asked.client.clone());
        SignIn {
            browser: true,
            ..self.web.sign_in(self.request, open, client)
        }
    }

    /// `SECRET_HASH` for a name, where the client has a secret: the pages are the client's own.
    pub fn secret_hash(&self, name: &str) -> Option<String> {
        let client = &self.asked.client;
        let secret = client.secrets.last()?;
        Some(secret_hash::compute(secret, name, client.id()))
    }

    /// The address of one of the pages, with the request of this visit.
    pub fn path(&self, page: &str) -> String {
        format!("{page}?{}", self.asked.query)
    }

    /// The text of a message.
    pub fn text(&self, key: &str) -> String {
        self.locale.text(key)
    }

    /// A link to one of the pages.
    pub fn link(&self, page: &str, before: Option<&str>, key: &str) -> Link {
        Link {
            before: before.map(|before| self.text(before)),
            href: self.path(page),
            text: self.text(key),
        }
    }

    /// The field for the name that users of the pool sign in with.
    pub fn name_field(&self, value: Option<&str>) -> Field {
        let pool = self.pool();
        let by = pool.document.username_attributes.as_deref().unwrap_or_default();
        let by: Vec<_> = by.iter().map(ToString::to_string).collect();
        let (key, kind, autocomplete) = match by.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["email"] => ("email", "email", "username"),
            ["phone_number"] => ("phone_number", "tel", "username"),
            [] if pool.document.alias_attributes.as_ref().is_none_or(Vec::is_empty) => {
                ("username", "text", "username")
            }
            _ => ("sign-in-name", "text", "username"),
        };
        Field {
            value: value.map(str::to_owned),
            ..Field::new("username", self.text(key), kind, autocomplete)
        }
    }

    /// The field for a new password, with all that the pool wants of one.
    pub fn new_password_field(&self) -> Field {
        let policy = &self.pool().password_policy;
        let length = policy.minimum_length.to_string();
        let rules = [
            (policy.require_uppercase, "rule-upper"),
            (policy.require_lowercase, "rule-lower"),
            (policy.require_numbers, "rule-digit"),
            (policy.require_symbols, "rule-symbol"),
        ];
        let rules = rules.into_iter().filter(|(wanted, _)| *wanted);
        let hints: Vec<_> = [self.locale.with("length-hint", &[("length", &length)])]
            .into_iter()
            .chain(rules.map(|(_, key)| self.text(key)))
            .collect();
        Field {
            hint: Some(hints.join(" · ")),
            ..Field::new("password", self.text("new-password"), "password", "new-password")
        }
    }

    /// The field for a code that was sent.
    pub fn code_field(&self) -> Field {
        Field {
            digits: true,
            ..Field::new("code", self.text("code"), "text", "one-time-code")
        }
    }

    /// The field for an attribute.
    pub fn attribute_field(&self, name: &str, value: Option<&str>) -> Field {
        let known = self.locale.known(name, &[]);
        let label = known.unwrap_or_else(|| name.strip_prefix("custom:").unwrap_or(name).to_owned());
        let (kind, autocomplete) = match name {
            "email" => ("email", "email"),
            "phone_number" => ("tel", "tel"),
            "birthdate" => ("text", "bday"),
            "name" => ("text", "name"),
            "given_name" => ("text", "given-name"),
            "middle_name" => ("text", "additional-name"),
            "family_name" => ("text", "family-name"),
            "nickname" => ("text", "nickname"),
            "address" => ("text", "street-address"),
            "website" | "profile" | "picture" => ("url", "url"),
            _ => ("text", "off"),
        };
        Field {
            value: value.map(str::to_owned),
            hint: (name == "phone_number").then(|| self.text("phone-hint")),
            ..Field::new(&format!("attribute.{name}"), label, kind, autocomplete)
        }
    }

    /// An alert that tells why a try failed.
    pub fn problem(&self, fault: &Fault) -> Alert {
        observe::failed(fault);
        Alert {
            // As OAuth's endpoints say it.
            status: match fault.kind() {
                FaultKind::TooManyRequests => 503,
                kind => kind.status(),
            },
            text: words(self.locale, fault),
        }
    }

    /// An alert that something did not work.
    pub fn wrong(&self, key: &str) -> Alert {
        Alert::wrong(self.text(key))
    }

    /// An alert that something is done.
    pub fn done(&self, key: &str) -> Alert {
        Alert::done(self.text(key))
    }

    /// The page that asks for the code that confirms a new account.
    pub fn confirm_page(&self, name: &str, destination: Option<&str>, alert: Option<Alert>) -> FormPage {
        let text = match destination {
            Some(destination) => self.locale.with("code-sent", &[("destination", destination)]),
            None => self.text("code-sent-somewhere"),
        };
        let mut hidden = Vec::new();
        let mut fields = vec![self.code_field()];
        if name.is_empty() {
            fields.insert(0, self.name_field(None));
        } else {
            hidden.push(("username".to_owned(), name.to_owned()));
        }
        if let Some(destination) = destination {
            hidden.push(("destination".to_owned(), destination.to_owned()));
        }
        FormPage {
            heading: self.text("confirm-title"),
            text: Some(text),
            alert,
            action: self.path("/confirm"),
            hidden,
            fields,
            buttons: vec![
                Button::usual(self.text("confirm")),
                Button::other("resend", self.text("resend")),
            ],
            links: vec![self.link("/login", None, "back")],
            ..FormPage::default()
        }
    }

    /// Whether the name comes first and the ways to sign in after it: the pool has other ways than passwords.
    pub fn name_comes_first(&self) -> bool {
        self.pool()
            .mfa
            .first_factors
            .iter()
            .any(|factor| *factor != AuthFactorType::Password)
    }

    /// The first page, after a step that leads back to it.
    pub fn sign_in_page(&self, name: Option<&str>, alert: Option<Alert>) -> FormPage {
        let mut fields = vec![self.name_field(name.or(self.asked.login_hint.as_deref()))];
        let mut links = Vec::new();
        let button = if self.name_comes_first() {
            "next"
        } else {
            fields.push(self.password_field());
            links.push(self.link("/forgotPassword", None, "forgot-link"));
            "sign-in"
        };
        if !self.pool().admin_only() {
            links.push(self.link("/signup", Some("sign-up-prompt"), "sign-up-link"));
        }
        FormPage {
            heading: self.text("sign-in-title"),
            alert,
            action: self.path("/login"),
            fields,
            buttons: vec![Button::usual(self.text(button))],
            links,
            ..FormPage::default()
        }
    }

    /// The page with the documents that the user accepts by going on.
    pub fn with_terms(&self, page: FormPage) -> FormPage {
        FormPage {
            terms_text: self.text("terms-text"),
            terms: self.look.terms(self.locale),
            ..page
        }
    }

    /// The field for the password that the user has.
    pub fn password_field(&self) -> Field {
        Field::new("password", self.text("password"), "password", "current-password")
    }

    /// A form that a passkey fills in, with options of WebAuthn.
    pub fn passkey_form(
        &self,
        way: PasskeyWay,
        options: String,
        action: String,
        hidden: Vec<(String, String)>,
    ) -> PasskeyForm {
        PasskeyForm {
            way,
            options,
            action,
            hidden,
            label: self.text(match way {
                PasskeyWay::Create => "passkey-create",
                PasskeyWay::Get | PasskeyWay::Autofill => "passkey-sign-in",
            }),
            failed: self.text("passkey-failed"),
            scripts_needed: self.text("passkey-scripts"),
        }
    }

    /// The answer that shows a page.
    pub fn show(&self, page: FormPage) -> Response<Body> {
        let status = page.alert.as_ref().map_or(200, |alert| alert.status);
        let page = FormPage {
            frame: Frame {
                form_targets: origin(&self.asked.target.uri),
                script: page.passkey.is_some().then_some(Script::PASSKEY),
                ..self
                    .look
                    .dress(Frame::of(self.locale), self.pool().id(), self.asked.client.id())
            },
            csrf: self.csrf.token().to_owned(),
            ..page
        };
        let mut response = answer(status, &page)
            .unwrap_or_else(|fault| crate::api::response::failure(&fault, &self.web.request_id));
        // Applications that sign in in a window of its own wait for it to close.
        response.headers_mut().remove("cross-origin-opener-policy");
        self.csrf.keep(&mut response);
        response
    }
}

/// Adds `Set-Cookie`.
pub fn set_cookie(response: &mut Response<Body>, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append("set-cookie", value);
    }
}

/// The page for a request whose client is not known for sure. It leads nowhere.
pub fn refusal(error: &OauthError, headers: &HeaderMap) -> Response<Body> {
    let locale = Locale::asked(None, headers);
    let page = FormPage {
        frame: Frame::of(locale),
        heading: locale.text("refusal-title"),
        text: Some(locale.text("refusal-text")),
        alert: Some(Alert {
            status: error.code.status(),
            text: format!("{}: {}", error.code.as_str(), error.description),
        }),
        ..FormPage::default()
    };
    answer(error.code.status(), &page).unwrap_or_else(|fault| crate::api::response::failure(&fault, ""))
}

/// The source expression (CSP level 3) of where a form's answer leads: browsers hold a form's redirects to the policy.
fn origin(uri: &str) -> Option<String> {
    let uri = Url::parse(uri).ok()?;
    let origin = uri.origin();
    Some(if origin.is_tuple() {
        origin.ascii_serialization()
    } else {
        format!("{}:", uri.scheme())
    })
}

/// What a fault means to somebody who is signing in. Whether there is an account, it does not tell.
fn words(locale: Locale, fault: &Fault) -> String {
    let rule = || locale_rule(fault.message());
    match fault.kind() {
        FaultKind::UserNotFound => locale.text("error-incorrect"),
        FaultKind::NotAuthorized => match fault.message() {
            "Incorrect username or password." => locale.text("error-incorrect"),
            "Password attempts exceeded" => locale.text("error-locked"),
            "The passkey could not be verified." => locale.text("error-passkey"),
            message if message.starts_with("Invalid session") => locale.text("error-session"),
            _ => locale.with("error-refused", &[("rule", &rule())]),
        },
        FaultKind::CodeMismatch | FaultKind::EnableSoftwareTokenMfa => locale.text("error-code"),
        FaultKind::ExpiredCode => locale.text("error-code-expired"),
        FaultKind::TooManyRequests => locale.text("error-busy"),
        FaultKind::LimitExceeded => locale.text("error-locked"),
        FaultKind::InvalidPassword => locale.text("error-password"),
        FaultKind::PasswordHistoryPolicyViolation => locale.text("error-password-used"),
        FaultKind::UsernameExists => locale.text("error-exists"),
        FaultKind::AliasExists => locale.text("error-address-taken"),
        FaultKind::CodeDeliveryFailure => locale.text("error-delivery"),
        FaultKind::PasswordResetRequired => locale.text("error-reset-needed"),
        FaultKind::Internal => locale.text("error-generic"),
        _ => locale.with("error-input", &[("rule", &rule())]),
    }
}

/// What the API says, without its own beginning.
fn locale_rule(message: &str) -> String {
    message
        .strip_prefix("Password did not conform with policy: ")
        .unwrap_or(message)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_redirect_uri_and_nowhere_else() {
        assert_eq!(
            origin("https://example.com/cb?x=1").as_deref(),
            Some("https://example.com")
        );
        assert_eq!(
            origin("http://localhost:3000/cb").as_deref(),
            Some("http://localhost:3000")
        );
        assert_eq!(origin("myapp://callback").as_deref(), Some("myapp:"));
        assert_eq!(origin("nonsense"), None);
    }

    #[test]
    fn an_unknown_user_and_a_wrong_password_read_the_same() {
        let locale = Locale::default();
        assert_eq!(
            words(locale, &Fault::user_not_found()),
            words(locale, &Fault::incorrect_username_or_password())
        );
    }
}
