use gatehouse::Fault;
use gatehouse::auth::{self, Outcome, Parameters, mfa_setup};
use gatehouse::http::Form;
use gatehouse::http::form::query;
use gatehouse::ui::{Alert, Button, FormPage, Picture, Visit};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;
use lambda_http::Body;
use lambda_http::http::Response;
use qrcode::QrCode;
use qrcode::render::svg;

/// The page that sets up an authenticator app, where the pool has them: the other factors are addresses, which users
/// cannot give themselves during a sign-in.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this.
pub(crate) async fn begin(
    visit: &Visit<'_>,
    session: Option<&Sensitive>,
    name: &str,
) -> Result<Response<Body>, Fault> {
    let session = session.ok_or_else(auth::invalid_session)?;
    match mfa_setup::associate(&visit.sign_in(), session).await {
        Ok((secret, session)) => Ok(visit.show(page(visit, &secret, &session, name, None)?)),
        Err(fault) if fault.kind() == gatehouse::fault::FaultKind::SoftwareTokenMfaNotFound => Ok(visit
            .show(FormPage {
                heading: visit.text("mfa-title"),
                alert: Some(Alert {
                    problem: true,
                    text: visit.text("setup-none"),
                }),
                links: vec![visit.link("/login", None, "back")],
                ..FormPage::default()
            })),
        Err(fault) => Err(fault),
    }
}

/// Takes the app's first code, and goes on with the sign-in.
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
    let code = form.get("code").unwrap_or_default().trim();
    let session = mfa_setup::verify(&sign_in, session, &Sensitive::from(code), None).await?;
    auth::respond(&sign_in, ChallengeNameType::MfaSetup, Some(&session), responses).await
}

/// The same page once more, after a wrong code: the app has the secret already.
pub(crate) async fn again(visit: &Visit<'_>, form: &Form, fault: &Fault) -> Option<FormPage> {
    let session = form.get("session").map(Sensitive::from)?;
    let secret = mfa_setup::associated(&visit.sign_in(), &session).await.ok()?;
    let name = form.get("username").unwrap_or_default();
    page(visit, &secret, &session, name, Some(visit.problem(fault))).ok()
}

fn page(
    visit: &Visit<'_>,
    secret: &Sensitive,
    session: &Sensitive,
    name: &str,
    alert: Option<Alert>,
) -> Result<FormPage, Fault> {
    let site = visit.pool().document.name.as_deref().unwrap_or_default();
    Ok(FormPage {
        heading: visit.text("setup-title"),
        text: Some(visit.text("setup-text")),
        alert,
        picture: Some(Picture {
            address: picture(&address(site, name, secret))?,
            caption: visit.text("setup-key"),
            key: in_groups(secret.expose()),
        }),
        action: visit.path("/login"),
        hidden: vec![
            ("challenge".to_owned(), ChallengeNameType::MfaSetup.to_string()),
            ("username".to_owned(), name.to_owned()),
            ("session".to_owned(), session.expose().to_owned()),
        ],
        fields: vec![visit.code_field()],
        buttons: vec![Button::usual(visit.text("confirm"))],
        links: vec![visit.link("/login", None, "back")],
        ..FormPage::default()
    })
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
    let code = QrCode::new(text).map_err(Fault::internal)?;
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
}
