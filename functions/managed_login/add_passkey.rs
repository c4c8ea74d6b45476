//! `/passkeys/add`: who is signed in in this browser adds a passkey, then goes back to the application.

use gatehouse::Fault;
use gatehouse::directory::passkeys;
use gatehouse::domain::passkey::not_enabled;
use gatehouse::http::{Form, Web, see_other, serve};
use gatehouse::oauth::browser::{self, Browser};
use gatehouse::ui::{Alert, FormPage, Link, PasskeyWay, Visit, refusal};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| respond(&web, &request).await.unwrap_or_else(|answer| answer)).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, Response<Body>> {
    let mut parameters = Form::of_query(request).map_err(|why| refusal(&why.into(), request.headers()))?;
    if parameters.get("response_type").is_none() {
        // The page answers no authorization request; one without it is enough to say who asks.
        parameters = parameters.and("response_type", "code");
    }
    let visit = Visit::of(web, request, parameters).await?;
    let signed_in = browser::signed_in(&web.app, &visit.asked.open, request.headers(), web.now).await;
    let Ok(Some(browser)) = signed_in else {
        return Err(see_other(&visit.path("/login")));
    };
    if request.method() != Method::POST {
        return Ok(offer(&visit, &browser, None).await);
    }
    let Some(form) = visit.form() else {
        let expired = visit.wrong("error-session");
        return Ok(offer(&visit, &browser, Some(expired)).await);
    };
    Ok(match add(&visit, &browser, &form).await {
        Ok(()) => visit.show(FormPage {
            heading: visit.text("passkey-add-title"),
            alert: Some(visit.done("passkey-added")),
            links: vec![onward(&visit, "go-on")],
            ..FormPage::default()
        }),
        Err(fault) => offer(&visit, &browser, Some(visit.problem(&fault))).await,
    })
}

async fn add(visit: &Visit<'_>, browser: &Browser, form: &Form) -> Result<(), Fault> {
    let asked = &visit.asked;
    let malformed = || Fault::invalid_parameter("The credential is malformed.");
    let credential =
        serde_json::from_str(form.get("credential").unwrap_or_default()).map_err(|_| malformed())?;
    let (app, user, client) = (&visit.web.app, &browser.user, asked.client.id());
    passkeys::complete(app, &asked.open, user, client, &credential, visit.web.now).await
}

/// The page that offers to add one.
async fn offer(visit: &Visit<'_>, browser: &Browser, alert: Option<Alert>) -> Response<Body> {
    let page = FormPage {
        heading: visit.text("passkey-add-title"),
        text: Some(visit.text("passkey-add-text")),
        links: vec![onward(visit, "not-now")],
        ..FormPage::default()
    };
    match begin(visit, browser).await {
        Ok(options) => visit.show(FormPage {
            alert,
            passkey: Some(visit.passkey_form(
                PasskeyWay::Create,
                options,
                visit.path("/passkeys/add"),
                Vec::new(),
            )),
            ..page
        }),
        Err(fault) => visit.show(FormPage {
            alert: Some(visit.problem(&fault)),
            ..page
        }),
    }
}

async fn begin(visit: &Visit<'_>, browser: &Browser) -> Result<String, Fault> {
    let asked = &visit.asked;
    if !visit.pool().mfa.takes_passkeys() {
        return Err(not_enabled());
    }
    let (app, user, client) = (&visit.web.app, &browser.user, asked.client.id());
    let options = passkeys::begin(app, &asked.open, user, client, visit.web.now).await?;
    Ok(options.to_string())
}

/// Back to the application, without an answer: it has not asked for one.
fn onward(visit: &Visit<'_>, key: &str) -> Link {
    Link {
        before: None,
        href: visit.asked.target.uri.clone(),
        text: visit.text(key),
    }
}
