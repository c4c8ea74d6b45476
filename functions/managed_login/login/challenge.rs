use gatehouse::auth::{self, Outcome, Parameters};
use gatehouse::http::Form;
use gatehouse::ui::{Button, FormPage, Visit};
use gatehouse::{Fault, fault::FaultKind};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

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
        ChallengeNameType::SelectMfaType | ChallengeNameType::SelectChallenge => add("ANSWER", "action"),
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
            buttons: list("MFAS_CAN_CHOOSE")
                .iter()
                .filter_map(|method| Some(Button::other(method, visit.text(option(method)?))))
                .collect(),
            ..base
        },
        // What no page asks for yet leads back to the beginning.
        other => FormPage {
            heading: visit.text("sign-in-title"),
            alert: Some(visit.problem(&Fault::unsupported(&other.to_string()))),
            hidden: Vec::new(),
            ..base
        },
    }
}

/// The message that names a way to sign in.
fn option(method: &str) -> Option<&'static str> {
    match method {
        "SMS_MFA" | "SMS_OTP" => Some("option-sms"),
        "EMAIL_OTP" => Some("option-email"),
        "SOFTWARE_TOKEN_MFA" => Some("option-app"),
        "PASSWORD" => Some("option-password"),
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
    );
    let challenge: ChallengeNameType =
        serde_json::from_value(serde_json::Value::from(form.get("challenge")?)).ok()?;
    let session = form.get("session").map(Sensitive::from);
    let name = form.get("username").unwrap_or_default();
    let destination = form.get("destination").unwrap_or_default().to_owned();
    let told = Parameters::from([("CODE_DELIVERY_DESTINATION".to_owned(), destination)]);
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
