//! The pages that set up a second factor during a sign-in: which one, then an authenticator app, or an address for codes.

use gatehouse::Fault;
use gatehouse::auth::{self, Outcome, Parameters, mfa_setup};
use gatehouse::domain::factors::Factor;
use gatehouse::domain::ids::Username;
use gatehouse::domain::names::AliasKind;
use gatehouse::fault::FaultKind;
use gatehouse::http::Form;
use gatehouse::http::form::query;
use gatehouse::ui::{Alert, Button, FormPage, Picture, Visit};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::challenge::{OFFERED, names, options};

/// The button that leads back to the choice.
const CHOOSE: &str = "choose";

/// A set-up on its way: its sealed state, the user's name, and the factors to choose from.
#[derive(Debug)]
pub(crate) struct Begun<'a> {
    session: &'a Sensitive,
    name: &'a str,
    offered: &'a str,
}

impl<'a> Begun<'a> {
    /// A set-up that the sign-in asks for.
    ///
    /// # Errors
    /// `NotAuthorizedException` without a session.
    pub(crate) fn of(
        session: Option<&'a Sensitive>,
        name: &'a str,
        parameters: &'a Parameters,
    ) -> Result<Self, Fault> {
        Ok(Self {
            session: session.ok_or_else(auth::invalid_session)?,
            name,
            offered: parameters
                .get("MFAS_CAN_SETUP")
                .map(String::as_str)
                .unwrap_or_default(),
        })
    }

    /// A set-up as a form carries it along.
    pub(crate) fn of_form(form: &'a Form, session: &'a Sensitive) -> Self {
        Self {
            session,
            // It is only shown; what no user can be called does not fit into the picture.
            name: form
                .get("username")
                .filter(|name| name.parse::<Username>().is_ok())
                .unwrap_or_default(),
            offered: form.get(OFFERED).unwrap_or_default(),
        }
    }

    fn factors(&self) -> Vec<Factor> {
        names(self.offered).filter_map(Factor::named).collect()
    }

    fn form(&self, visit: &Visit<'_>, session: &Sensitive) -> FormPage {
        FormPage {
            action: visit.path("/login"),
            hidden: vec![
                ("challenge".to_owned(), ChallengeNameType::MfaSetup.to_string()),
                ("username".to_owned(), self.name.to_owned()),
                ("session".to_owned(), session.expose().to_owned()),
                (OFFERED.to_owned(), self.offered.to_owned()),
            ],
            links: vec![visit.link("/login", None, "back")],
            ..FormPage::default()
        }
    }

    /// The first page: which factor, where there is a choice.
    ///
    /// # Errors
    /// `NotAuthorizedException` for a session that is not for this.
    pub(crate) async fn page(&self, visit: &Visit<'_>) -> Result<FormPage, Fault> {
        match self.factors().as_slice() {
            [] => Ok(FormPage {
                heading: visit.text("mfa-title"),
                alert: Some(visit.wrong("setup-none")),
                links: vec![visit.link("/login", None, "back")],
                ..FormPage::default()
            }),
            [factor] => self.page_of(visit, *factor).await,
            _ => Ok(FormPage {
                heading: visit.text("setup-choose-title"),
                text: Some(visit.text("setup-choose-text")),
                buttons: options(visit, self.offered),
                ..self.form(visit, self.session)
            }),
        }
    }

    /// The page that sets up a factor.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub(crate) async fn page_of(&self, visit: &Visit<'_>, factor: Factor) -> Result<FormPage, Fault> {
        match factor.address() {
            Some(kind) => Ok(self.address_page(visit, kind, None, None)),
            None => {
                let (secret, session) = mfa_setup::associate(&visit.sign_in(), self.session).await?;
                self.app_page(visit, &secret, &session, None)
            }
        }
    }

    fn address_page(
        &self,
        visit: &Visit<'_>,
        kind: AliasKind,
        value: Option<&str>,
        alert: Option<Alert>,
    ) -> FormPage {
        let attribute = kind.attribute();
        let (title, text) = match kind {
            AliasKind::PhoneNumber => ("setup-phone-title", "setup-phone-text"),
            _ => ("setup-email-title", "setup-email-text"),
        };
        let mut buttons = vec![Button::usual(visit.text("send-code"))];
        buttons.extend(self.other_way(visit));
        FormPage {
            heading: visit.text(title),
            text: Some(visit.text(text)),
            alert,
            fields: vec![visit.attribute_field(attribute, value)],
            buttons,
            ..self.form(visit, self.session)
        }
    }

    /// The button that leads back to the choice, where there is one.
    fn other_way(&self, visit: &Visit<'_>) -> Option<Button> {
        (self.factors().len() > 1).then(|| Button::other(CHOOSE, visit.text("setup-other")))
    }

    fn app_page(
        &self,
        visit: &Visit<'_>,
        secret: &Sensitive,
        session: &Sensitive,
        alert: Option<Alert>,
    ) -> Result<FormPage, Fault> {
        let site = visit.pool().document.name.as_deref().unwrap_or_default();
        let mut buttons = vec![Button::usual(visit.text("confirm"))];
        buttons.extend(self.other_way(visit));
        Ok(FormPage {
            heading: visit.text("setup-title"),
            text: Some(visit.text("setup-text")),
            alert,
            picture: Some(Picture {
                address: picture(&address(site, self.name, secret))?,
                caption: visit.text("setup-key"),
                key: in_groups(secret.expose()),
            }),
            fields: vec![visit.code_field()],
            buttons,
            ..self.form(visit, session)
        })
    }

    /// The same page once more, after a try that failed; `None` where the sign-in is over.
    pub(crate) async fn again(&self, visit: &Visit<'_>, form: &Form, fault: &Fault) -> Option<FormPage> {
        if let Some((kind, value)) = given_address(form) {
            let over =
                fault.kind() == FaultKind::NotAuthorized && fault.message().starts_with("Invalid session");
            let alert = match (fault.kind(), kind) {
                (FaultKind::InvalidParameter, AliasKind::PhoneNumber) => visit.wrong("error-phone"),
                (FaultKind::InvalidParameter, _) => visit.wrong("error-email"),
                _ => visit.problem(fault),
            };
            return (!over).then(|| self.address_page(visit, kind, Some(value), Some(alert)));
        }
        // After a wrong code the app has the secret already.
        let secret = mfa_setup::associated(&visit.sign_in(), self.session).await.ok()?;
        self.app_page(visit, &secret, self.session, Some(visit.problem(fault)))
            .ok()
    }
}

/// The page that a button of these pages leads to without an answer.
pub(crate) async fn chosen(visit: &Visit<'_>, form: &Form) -> Option<Result<FormPage, Fault>> {
    let session = form.get("session").map(Sensitive::from)?;
    let begun = Begun::of_form(form, &session);
    let action = form
        .get("action")
        .filter(|_| form.get("challenge") == Some("MFA_SETUP"))?;
    if action == CHOOSE {
        return Some(begun.page(visit).await);
    }
    Some(begun.page_of(visit, Factor::named(action)?).await)
}

/// The address that a form brings.
fn given_address(form: &Form) -> Option<(AliasKind, &str)> {
    [AliasKind::Email, AliasKind::PhoneNumber]
        .into_iter()
        .find_map(|kind| Some((kind, form.get(&format!("attribute.{kind}"))?.trim())))
}

/// Takes the app's first code, or the address that a code is to go to, and goes on with the sign-in.
///
/// # Errors
/// `EnableSoftwareTokenMFAException` for a wrong code; those of `RespondToAuthChallenge`.
pub(crate) async fn finish(
    visit: &Visit<'_>,
    session: &Sensitive,
    form: &Form,
    responses: &Parameters,
) -> Result<Outcome, Fault> {
    let sign_in = visit.sign_in();
    let challenge = ChallengeNameType::MfaSetup;
    if let Some((kind, value)) = given_address(form) {
        let (parameter, value) = match kind {
            AliasKind::PhoneNumber => ("PHONE_NUMBER", without_separators(value)),
            _ => ("EMAIL", value.to_owned()),
        };
        let mut responses = responses.clone();
        responses.insert(parameter.to_owned(), value);
        return auth::respond(&sign_in, challenge, Some(session), &responses).await;
    }
    let code = form.get("code").unwrap_or_default().trim();
    let session = mfa_setup::verify(&sign_in, session, &Sensitive::from(code), None).await?;
    auth::respond(&sign_in, challenge, Some(&session), responses).await
}

/// A phone number without what people write between its digits.
fn without_separators(number: &str) -> String {
    number
        .chars()
        .filter(|c| !c.is_whitespace() && !"-().\u{2011}/".contains(*c))
        .collect()
}

/// What authenticator apps read (Key URI Format of Google Authenticator); the algorithm is their default.
fn address(site: &str, name: &str, secret: &Sensitive) -> String {
    let encode = |text: &str| query([("", text)]).trim_start_matches('=').replace('+', "%20");
    format!(
        "otpauth://totp/{}:{}?secret={}&issuer={}",
        encode(site),
        encode(name),
        secret.expose(),
        encode(site)
    )
}

/// The text as a picture in a `data:` address.
fn picture(text: &str) -> Result<String, Fault> {
    // The level at which the longest names have room.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(Fault::internal)?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(208, 208).build();
    Ok(format!(
        "data:image/svg+xml;base64,{}",
        gatehouse::crypto::base64(image.as_bytes())
    ))
}

/// Four characters at a time, as people copy them.
fn in_groups(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_have_room() {
        let secret = Sensitive::from("A".repeat(52));
        let text = address(&" ".repeat(128), &"\u{1f600}".repeat(128), &secret);
        assert!(picture(&text).is_ok());
    }

    #[test]
    fn apps_read_site_name_and_secret() {
        let secret = Sensitive::from("ABCDEFGH");
        assert_eq!(
            address("My pool", "ann@example.com", &secret),
            "otpauth://totp/My%20pool:ann%40example.com?secret=ABCDEFGH&issuer=My%20pool"
        );
        assert!(
            picture(&address("a", "b", &secret))
                .unwrap()
                .starts_with("data:image/svg+xml;base64,PD94")
        );
        assert_eq!(in_groups("ABCDEFGHI"), "ABCD EFGH I");
    }

    #[test]
    fn a_phone_number_may_be_written_as_people_do() {
        assert_eq!(without_separators("+49 (170) 123-45.67"), "+491701234567");
        assert_eq!(without_separators("+49170x"), "+49170x");
    }
}
