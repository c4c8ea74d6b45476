use gatehouse::Fault;
use gatehouse::http::{Form, Web, see_other};
use gatehouse::oauth::browser::{self, Browser};
use gatehouse::oauth::device;
use gatehouse::oauth::grant::Grant;
use gatehouse::oauth::scopes::{STANDARD, servers_of};
use gatehouse::ui::{Alert, Button, FormPage, Visit};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Request};

use crate::enter::Entrance;

/// The page that asks whether the device may have what it asks for.
pub(crate) async fn respond(
    web: &Web,
    request: &Request,
    query: &Form,
) -> Result<Response<Body>, Response<Body>> {
    let visit = Visit::begin(web, request).await?;
    let Some(asked) = visit
        .asked
        .device
        .as_ref()
        .filter(|asked| web.now < asked.expires_at)
    else {
        return late(web, request, query).await;
    };
    let signed_in = browser::signed_in(&web.app, &visit.asked.open, request.headers(), web.now).await;
    let signed_in = signed_in
        .ok()
        .flatten()
        .filter(|browser| browser.suits(&visit.asked, web.now));
    let Some(browser) = signed_in else {
        return Err(see_other(&visit.path("/login")));
    };
    if request.method() != Method::POST {
        return Ok(question(&visit, asked, &browser, None).await);
    }
    let form = visit.form();
    let said = form.as_ref().and_then(|form| form.get("action"));
    let allow = match said {
        Some("allow") => true,
        Some("deny") => false,
        _ => {
            let expired = visit.wrong("error-session");
            return Ok(question(&visit, asked, &browser, Some(expired)).await);
        }
    };
    match decide(&visit, asked, &browser, allow).await {
        Ok(true) => Ok(visit.show(decided(&visit, allow))),
        Ok(false) => late(web, request, query).await,
        Err(fault) => {
            let problem = visit.problem(&fault);
            Ok(question(&visit, asked, &browser, Some(problem)).await)
        }
    }
}

/// Writes what the user said. Returns whether the device still waited for it.
async fn decide(
    visit: &Visit<'_>,
    asked: &device::Request,
    browser: &Browser,
    allow: bool,
) -> Result<bool, Fault> {
    let (app, now) = (&visit.web.app, visit.web.now);
    let grant = allow.then(|| Grant::new(&visit.asked, &browser.user, &browser.session, app, now));
    let key = asked.user_code.hash();
    app.store
        .decide_device_grant((&key, &asked.device_code), grant.as_ref(), now)
        .await
}

async fn question(
    visit: &Visit<'_>,
    asked: &device::Request,
    browser: &Browser,
    alert: Option<Alert>,
) -> Response<Body> {
    let client = visit
        .asked
        .client
        .document
        .client_name
        .clone()
        .unwrap_or_default();
    let names = [("client", client.as_str()), ("name", browser.shown_name())];
    visit.show(FormPage {
        heading: visit.locale.with("device-ask-title", &names),
        text: Some(visit.locale.with("device-ask-text", &names)),
        alert,
        shown_code: Some(asked.user_code.to_string()),
        points_text: visit.text("device-may"),
        points: points(visit).await,
        action: visit.path(device::PAGE),
        buttons: vec![
            Button {
                value: "allow".to_owned(),
                ..Button::usual(visit.text("allow"))
            },
            Button::other("deny", visit.text("deny")),
        ],
        links: vec![visit.link("/login", None, "other-account")],
        ..FormPage::default()
    })
}

/// What the scopes mean, in words; those of resource servers in the words of who made them.
async fn points(visit: &Visit<'_>) -> Vec<String> {
    let (app, open, scopes) = (&visit.web.app, &visit.asked.open, &visit.asked.scopes);
    // Without them the names have to do.
    let servers = app
        .resource_servers(open, servers_of(scopes.iter()))
        .await
        .unwrap_or_default();
    let said = |scope: &str| {
        let words = servers.iter().find_map(|server| server.described(scope));
        words
            .filter(|words| !words.is_empty())
            .unwrap_or(scope)
            .to_owned()
    };
    scopes
        .iter()
        .map(|scope| {
            let standard = STANDARD.contains(&scope);
            let key = format!("scope-{}", scope.rsplit('.').next().unwrap_or_default());
            let known = standard.then(|| visit.locale.known(&key, &[])).flatten();
            known.unwrap_or_else(|| said(scope))
        })
        .collect()
}

fn decided(visit: &Visit<'_>, allow: bool) -> FormPage {
    let (title, text) = if allow {
        ("device-done-title", "device-done-text")
    } else {
        ("device-denied-title", "device-denied-text")
    };
    FormPage {
        heading: visit.text(title),
        alert: Some(visit.done(text)),
        ..FormPage::default()
    }
}

/// The way back to the beginning, for codes that have expired or were decided on.
async fn late(web: &Web, request: &Request, query: &Form) -> Result<Response<Body>, Response<Body>> {
    let entrance = Entrance::of(web, request, query).await?;
    Ok(entrance.show(None, Some("error-device-code")).await)
}
