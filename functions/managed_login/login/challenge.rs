use gatehouse::auth::{self, Outcome, Parameters};
use gatehouse::http::Form;
use gatehouse::ui::{Button, FormPage, PasskeyWay, Visit};
use gatehouse::{Fault, fault::FaultKind};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use crate::setup;

/// What a list of offered ways is called, among a challenge's parameters and in the form.
pub(crate) const OFFERED: &str = "offered";

/// Answers a challenge with what its page was filled in with.
pub(crate) async fn respond(visit: &Visit<'_>, challenge: &str, form: &Form) -> Result<Outcome, Fault> {
    let unknown = || Fault::invalid_parameter("The form is malformed.");
    let challenge: ChallengeNameType =
        serde_json::from_value(serde_json::Value::from(challenge)).map_err(|_| unknown())?;
    let session = form.get("session").map(Sensitive::from);
    let name = form.get("username").unwrap_or_default();
    let mut responses = Parameters::from([("USERNAME".to_owned(), name.to_owned())]);
    if let Some(hash) = visit.secret_hash(name) {
        responses.insert("SECRET_HASH".to_owned(), hash);
    }
    let mut add = |name: &str, field: &str| {
        if let Some(value) = form.get(field) {
            responses.insert(name.to_owned(), value.trim().to_owned());
        }
    };
    match challenge {
        ChallengeNameType::NewPasswordRequired => {
            for (field, value) in form.iter() {
                if let Some(attribute) = field.strip_prefix("attribute.") {
                    responses.insert(format!("userAttributes.{attribute}"), value.to_owned());
                }
            }
            let password = form.get("password").unwrap_or_default();
            responses.insert("NEW_PASSWORD".to_owned(), password.to_owned());
        }
        ChallengeNameType::SmsMfa => add("SMS_MFA_CODE", "code"),
        ChallengeNameType::SmsOtp => add("SMS_OTP_CODE", "code"),
        ChallengeNameType::EmailOtp => add("EMAIL_OTP_CODE", "code"),
        ChallengeNameType::SoftwareTokenMfa => add("SOFTWARE_TOKEN_MFA_CODE", "code"),
        ChallengeNameType::SelectMfaType => add("ANSWER", "action"),
        ChallengeNameType::SelectChallenge | ChallengeNameType::Password => {
            let password = form.get("password").unwrap_or_default();
            responses.insert("PASSWORD".to_owned(), password.to_owned());
            // The usual way to send the form is with the password.
            let chosen = form.get("action").unwrap_or("PASSWORD");
            responses.insert("ANSWER".to_owned(), chosen.to_owned());
        }
        ChallengeNameType::WebAuthn => add("CREDENTIAL", "credential"),
        ChallengeNameType::MfaSetup => {
            let session = session.ok_or_else(auth::invalid_session)?;
            return setup::finish(visit, &session, form, &responses).await;
        }
        _ => return Err(unknown()),
    }
    auth::respond(&visit.sign_in(), challenge, session.as_ref(), &responses).await
}

/// The page that asks for the answer to a challenge.
pub(crate) fn page(
    visit: &Visit<'_>,
    challenge: ChallengeNameType,
    session: Option<&Sensitive>,
    parameters: &Parameters,
    name: &str,
) -> FormPage {
    let told = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    let list = |name: &str| serde_json::from_str::<Vec<String>>(told(name)).unwrap_or_default();
    let mut hidden = vec![
        ("challenge".to_owned(), challenge.to_string()),
        ("username".to_owned(), name.to_owned()),
    ];
    if let Some(session) = session {
        hidden.push(("session".to_owned(), session.expose().to_owned()));
    }
    let destination = told("CODE_DELIVERY_DESTINATION");
    if !destination.is_empty() {
        hidden.push(("destination".to_owned(), destination.to_owned()));
    }
    let base = FormPage {
        heading: visit.text("mfa-title"),
        action: visit.path("/login"),
        hidden,
        links: vec![visit.link("/login", None, "back")],
        ..FormPage::default()
    };
    let code = |text: String| FormPage {
        text: Some(text),
        fields: vec![visit.code_field()],
        buttons: vec![Button::usual(visit.text("confirm"))],
        ..base.clone()
    };
    let sent = || visit.locale.with("code-sent", &[("destination", destination)]);
    match challenge {
        ChallengeNameType::NewPasswordRequired => {
            let wanted = list("requiredAttributes");
            let attributes = wanted
                .iter()
                .filter_map(|name| name.strip_prefix("userAttributes."))
                .map(|name| visit.attribute_field(name, None));
            FormPage {
                heading: visit.text("reset-title"),
                text: Some(visit.text("new-password-text")),
                fields: [visit.new_password_field()]
                    .into_iter()
                    .chain(attributes)
                    .collect(),
                buttons: vec![Button::usual(visit.text("reset"))],
                ..base
            }
        }
        ChallengeNameType::SoftwareTokenMfa => code(visit.text("mfa-app")),
        ChallengeNameType::SmsMfa | ChallengeNameType::SmsOtp | ChallengeNameType::EmailOtp => code(sent()),
        ChallengeNameType::SelectMfaType => FormPage {
            heading: visit.text("choose-title"),
            buttons: options(visit, told("MFAS_CAN_CHOOSE")),
            hidden: with_offered(base.hidden.clone(), told("MFAS_CAN_CHOOSE")),
            ..base
        },
        ChallengeNameType::SelectChallenge => choose(visit, base, told(OFFERED)),
        ChallengeNameType::Password => FormPage {
            heading: visit.text("sign-in-title"),
            fields: vec![visit.password_field()],
            buttons: vec![Button::usual(visit.text("sign-in"))],
            ..base
        },
        ChallengeNameType::WebAuthn => {
            let options = told("CREDENTIAL_REQUEST_OPTIONS").to_owned();
            let (action, hidden) = (base.action.clone(), base.hidden.clone());
            FormPage {
                heading: visit.text("passkey-title"),
                text: Some(visit.text("passkey-text")),
                passkey: Some(visit.passkey_form(PasskeyWay::Get, options, action, hidden)),
                ..base
            }
        }
        // What no page asks for yet leads back to the beginning.
        other => FormPage {
            heading: visit.text("sign-in-title"),
            alert: Some(visit.problem(&Fault::unsupported(&other.to_string()))),
            hidden: Vec::new(),
            ..base
        },
    }
}

/// The page on which the user chooses how to sign in; who has a password can enter it at once.
fn choose(visit: &Visit<'_>, base: FormPage, offered: &str) -> FormPage {
    let mut buttons = options(visit, offered);
    let mut fields = Vec::new();
    let mut links = base.links;
    // Where only the password is left there is nothing to choose.
    let heading = if buttons.is_empty() {
        "sign-in-title"
    } else {
        "choose-title"
    };
    if names(offered).any(|name| name == "PASSWORD") {
        if let Some(first) = buttons.first_mut() {
            first.comes_after_or = true;
        }
        buttons.insert(0, Button::usual(visit.text("sign-in")));
        fields.push(visit.password_field());
        links.insert(0, visit.link("/forgotPassword", None, "forgot-link"));
    }
    FormPage {
        heading: visit.text(heading),
        or: visit.text("or-choose"),
        hidden: with_offered(base.hidden, offered),
        fields,
        buttons,
        links,
        ..base
    }
}

/// The names of a list, which is JSON or separated by commas.
pub(crate) fn names(offered: &str) -> impl Iterator<Item = &str> {
    offered
        .split(',')
        .map(|name| name.trim_matches(['[', ']', '"', ' ']))
}

/// A button for each way but the password, which is a field.
pub(crate) fn options(visit: &Visit<'_>, offered: &str) -> Vec<Button> {
    names(offered)
        .filter_map(|method| Some(Button::other(method, visit.text(option(method)?))))
        .collect()
}

fn with_offered(mut hidden: Vec<(String, String)>, offered: &str) -> Vec<(String, String)> {
    hidden.push((OFFERED.to_owned(), offered.to_owned()));
    hidden
}

/// What the page of a challenge needs besides the challenge's own parameters: what may be chosen from.
pub(crate) fn with_available(mut parameters: Parameters, available: &[ChallengeNameType]) -> Parameters {
    let names: Vec<_> = available.iter().map(|name| name.as_str()).collect();
    parameters.insert(OFFERED.to_owned(), names.join(","));
    parameters
}

/// The message that names a way to sign in.
fn option(method: &str) -> Option<&'static str> {
    match method {
        "SMS_MFA" | "SMS_OTP" => Some("option-sms"),
        "EMAIL_OTP" => Some("option-email"),
        "SOFTWARE_TOKEN_MFA" => Some("option-app"),
        "WEB_AUTHN" => Some("option-passkey"),
        _ => None,
    }
}

/// The same page once more, where the same challenge may be answered again.
pub(crate) fn again(visit: &Visit<'_>, form: &Form, fault: &Fault) -> Option<FormPage> {
    let again = matches!(
        fault.kind(),
        FaultKind::CodeMismatch
            | FaultKind::InvalidPassword
            | FaultKind::PasswordHistoryPolicyViolation
            | FaultKind::InvalidParameter
            | FaultKind::TooManyRequests
    ) || asks_for_password(form) && fault.kind() == FaultKind::NotAuthorized;
    let challenge: ChallengeNameType =
        serde_json::from_value(serde_json::Value::from(form.get("challenge")?)).ok()?;
    let session = form.get("session").map(Sensitive::from);
    let name = form.get("username").unwrap_or_default();
    let destination = form.get("destination").unwrap_or_default().to_owned();
    let offered = form.get(OFFERED).unwrap_or_default();
    let told = Parameters::from([
        ("CODE_DELIVERY_DESTINATION".to_owned(), destination),
        ("MFAS_CAN_CHOOSE".to_owned(), offered.to_owned()),
        (OFFERED.to_owned(), offered.to_owned()),
    ]);
    let page = page(visit, challenge, session.as_ref(), &told, name);
    let mut fields = page.fields.clone();
    for (field, value) in form.iter() {
        if let Some(attribute) = field.strip_prefix("attribute.") {
            fields.push(visit.attribute_field(attribute, Some(value)));
        }
    }
    let usable = again && (!fields.is_empty() || !page.buttons.is_empty());
    usable.then(|| FormPage {
        alert: Some(visit.problem(fault)),
        fields,
        ..page
    })
}

/// Whether the page that the form came from asks for the password, which may be tried again.
fn asks_for_password(form: &Form) -> bool {
    let asked = form.get("challenge").unwrap_or_default();
    ["SELECT_CHALLENGE", "PASSWORD"].contains(&asked) && form.get("password").is_some()
}
