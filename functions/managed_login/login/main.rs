//! `/login`: name and password, then whatever the sign-in asks for, page by page, until the browser is signed in and
//! goes back to the application with the answer to its request.

mod challenge;
mod setup;

use gatehouse::auth::{Outcome, Parameters};
use gatehouse::http::{Form, Web, see_other, serve};
use gatehouse::oauth::answer;
use gatehouse::oauth::authorization::Prompt;
use gatehouse::oauth::browser::{self, Browser};
use gatehouse::ui::{Alert, FormPage, PasskeyForm, PasskeyWay, Visit, set_cookie};
use gatehouse::{Fault, auth, fault::FaultKind};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AuthFlowType, ChallengeNameType};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};

use crate::setup::Begun;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| respond(&web, &request).await.unwrap_or_else(|answer| answer)).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, Response<Body>> {
    let visit = Visit::begin(web, request).await?;
    if request.method() != Method::POST {
        return Ok(sign_in_page(&visit, None, None).await);
    }
    let Some(form) = visit.form() else {
        let expired = visit.wrong("error-session");
        return Ok(sign_in_page(&visit, None, Some(expired)).await);
    };
    let name = form.get("username");
    if form.get("action") == Some("continue") {
        return Ok(match known(&visit).await {
            Some(browser) => finished(&visit, &browser, false).await,
            None => sign_in_page(&visit, None, None).await,
        });
    }
    if let Some(page) = setup::chosen(&visit, &form).await {
        return Ok(match page {
            Ok(page) => visit.show(page),
            Err(fault) => sign_in_page(&visit, name, Some(visit.problem(&fault))).await,
        });
    }
    let asked = form.get("challenge");
    let outcome = match (form.get("passkey"), asked) {
        (Some(state), _) => {
            let credential = form.get("credential").unwrap_or_default();
            auth::nameless::answer(&visit.sign_in(), &Sensitive::from(state), credential).await
        }
        (None, None) => begin(&visit, &form).await,
        (None, Some(challenge)) => challenge::respond(&visit, challenge, &form).await,
    };
    Ok(match outcome {
        Ok(Outcome::Browser(browser)) => finished(&visit, &browser, true).await,
        Ok(Outcome::Challenge {
            name: ChallengeNameType::MfaSetup,
            session,
            parameters,
            ..
        }) => {
            let user = parameters.get("USER_ID_FOR_SRP").map(String::as_str);
            let user = name.or(user).unwrap_or_default();
            let page = match Begun::of(session.as_ref(), user, &parameters) {
                Ok(begun) => begun.page(&visit).await,
                Err(fault) => Err(fault),
            };
            match page {
                Ok(page) => visit.show(page),
                Err(fault) => sign_in_page(&visit, name, Some(visit.problem(&fault))).await,
            }
        }
        Ok(Outcome::Challenge {
            name: challenge,
            session,
            parameters,
            available,
        }) => {
            // Who came by a passkey has not said a name.
            let user = parameters.get("USER_ID_FOR_SRP").cloned();
            let name = name.map(str::to_owned).or(user).unwrap_or_default();
            let told = challenge::with_available(parameters, &available);
            visit.show(challenge::page(&visit, challenge, session.as_ref(), &told, &name))
        }
        Ok(Outcome::Tokens(_)) => {
            let fault = Fault::internal("a sign-in of a browser ended in tokens");
            sign_in_page(&visit, name, Some(visit.problem(&fault))).await
        }
        Err(fault) if asked == Some("MFA_SETUP") => {
            let session = Sensitive::from(form.get("session").unwrap_or_default());
            match Begun::of_form(&form, &session).again(&visit, &form, &fault).await {
                Some(page) => visit.show(page),
                None => sign_in_page(&visit, name, Some(visit.problem(&fault))).await,
            }
        }
        Err(fault) => match (asked, challenge::again(&visit, &form, &fault)) {
            (Some(_), Some(page)) => visit.show(page),
            _ if fault.kind() == FaultKind::UserNotConfirmed => {
                // Only who knows the password learns that the account waits for its code.
                visit.show(visit.confirm_page(name.unwrap_or_default(), None, None))
            }
            _ => sign_in_page(&visit, name, Some(visit.problem(&fault))).await,
        },
    })
}

async fn begin(visit: &Visit<'_>, form: &Form) -> Result<Outcome, Fault> {
    let name = form.get("username").unwrap_or_default().trim();
    let mut parameters = Parameters::from([("USERNAME".to_owned(), name.to_owned())]);
    let flow = match form.get("password") {
        None if visit.name_comes_first() => AuthFlowType::UserAuth,
        password => {
            let password = password.unwrap_or_default().to_owned();
            parameters.insert("PASSWORD".to_owned(), password);
            AuthFlowType::UserPasswordAuth
        }
    };
    if let Some(levels) = &visit.asked.levels {
        let names: Vec<_> = levels
            .iter()
            .map(|level| visit.asked.open.pool.level_name(*level))
            .collect();
        parameters.insert("TARGET_ACR_VALUES".to_owned(), names.join(" "));
    }
    if let Some(hash) = visit.secret_hash(name) {
        parameters.insert("SECRET_HASH".to_owned(), hash);
    }
    auth::initiate(&visit.sign_in(), flow, None, &parameters).await
}

/// Who is signed in in this browser already, recently enough for the client.
async fn known(visit: &Visit<'_>) -> Option<Browser> {
    if visit.asked.prompt == Prompt::Login {
        return None;
    }
    let headers = visit.request.headers();
    browser::signed_in(&visit.web.app, &visit.asked.open, headers, visit.web.now)
        .await
        .ok()?
        .filter(|browser| browser.suits(&visit.asked, visit.web.now))
}

/// Back to the application, the browser signed in.
async fn finished(visit: &Visit<'_>, browser: &Browser, is_new: bool) -> Response<Body> {
    let (app, open) = (&visit.web.app, &visit.asked.open);
    let cookie = browser::sign_in(app, open, browser, visit.web.now).await;
    let uri = answer::answer(&visit.sign_in(), &visit.asked, browser).await;
    match (cookie, uri) {
        (Ok(cookie), Ok(uri)) => {
            let mut response = see_other(&uri);
            if is_new {
                set_cookie(&mut response, &cookie);
            }
            response
        }
        (Err(fault), _) | (_, Err(fault)) => sign_in_page(visit, None, Some(visit.problem(&fault))).await,
    }
}

/// The first page.
async fn sign_in_page(visit: &Visit<'_>, name: Option<&str>, alert: Option<Alert>) -> Response<Body> {
    let known = match visit.request.method() {
        &Method::POST => None,
        _ => known(visit).await,
    };
    let known = known.map(|browser| {
        visit
            .locale
            .with("continue-as", &[("name", browser.shown_name())])
    });
    let mut page = visit.sign_in_page(name, alert);
    page.passkey = passkey(visit).await;
    if page.passkey.is_some()
        && let Some(field) = page.fields.first_mut()
    {
        field.autocomplete = "username webauthn";
    }
    visit.show(FormPage {
        known,
        or: visit.text("or"),
        ..page
    })
}

/// The form for a passkey, where the pool takes them.
async fn passkey(visit: &Visit<'_>) -> Option<PasskeyForm> {
    if !visit.pool().mfa.takes_passkeys() {
        return None;
    }
    // A pool without a relying party has no passkeys; the page does without them.
    let (options, state) = auth::nameless::ask(&visit.sign_in()).await.ok()?;
    let hidden = vec![("passkey".to_owned(), state.expose().to_owned())];
    let action = visit.path("/login");
    Some(visit.passkey_form(PasskeyWay::Autofill, options, action, hidden))
}
