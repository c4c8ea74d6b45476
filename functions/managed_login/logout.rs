//! `/logout`: ends the browser's session, then leads to where the client may send its users: Cognito's `logout_uri`, its
//! `redirect_uri` (back to sign-in), or the standard `post_logout_redirect_uri` (OpenID Connect RP-Initiated Logout 1.0).

use gatehouse::http::{Form, Web, form, see_other, serve};
use gatehouse::oauth::authorization::{CARRIED, client};
use gatehouse::oauth::browser;
use gatehouse::oauth::error::OauthError;
use gatehouse::tokens::verify;
use gatehouse::ui::{Alert, FormPage, Frame, Locale, answer, frame_of, refusal, set_cookie};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| {
        respond(&web, &request)
            .await
            .unwrap_or_else(|error| refusal(&error, request.headers()))
    })
    .await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, OauthError> {
    let app = &web.app;
    let mut parameters = match *request.method() {
        Method::POST => Form::of_body(request)?,
        _ => Form::of_query(request)?,
    };
    let pool = app.pool_of_host(request.headers()).await?;
    if parameters.get("client_id").is_none()
        && let Some(hint) = parameters.get("id_token_hint")
    {
        let audience = verify::id_token_hint(app, hint).await?;
        parameters = parameters.and("client_id", audience.as_str());
    }
    let (open, client) = client(app, pool.as_deref(), &parameters).await?;
    let target = target(&client.document, &parameters)?;
    let cookie = browser::sign_out(app, &open, request.headers()).await?;
    let mut response = match target {
        Some(uri) => see_other(&uri),
        None => {
            let wanted = parameters.get("lang").or_else(|| parameters.get("ui_locales"));
            let locale = Locale::asked(wanted, request.headers());
            signed_out(frame_of(app, locale, open.pool.id(), client.id()).await, locale)?
        }
    };
    set_cookie(&mut response, &cookie);
    Ok(response)
}

/// Where the browser goes; nowhere if the request names no place.
fn target(
    client: &gatehouse_model::user_pool::UserPoolClientType,
    parameters: &Form,
) -> Result<Option<String>, OauthError> {
    let registered =
        |uris: &Option<Vec<String>>, uri: &str| uris.iter().flatten().any(|registered| registered == uri);
    let unregistered = |name| OauthError::invalid_request(format!("{name} is not registered for the client"));
    for name in ["logout_uri", "post_logout_redirect_uri"] {
        if let Some(uri) = parameters.get(name) {
            if !registered(&client.logout_urls, uri) {
                return Err(unregistered(name));
            }
            return Ok(Some(with_state(uri, parameters.get("state"))));
        }
    }
    match parameters.get("redirect_uri") {
        None => Ok(None),
        Some(uri) if registered(&client.callback_urls, uri) => {
            Ok(Some(format!("/login?{}", parameters.query_of(&CARRIED))))
        }
        Some(_) => Err(unregistered("redirect_uri")),
    }
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    match state {
        None => uri.to_owned(),
        Some(state) => {
            let separator = if uri.contains('?') { '&' } else { '?' };
            format!("{uri}{separator}{}", form::query([("state", state)]))
        }
    }
}

fn signed_out(frame: Frame, locale: Locale) -> Result<Response<Body>, OauthError> {
    let page = FormPage {
        frame,
        heading: locale.text("signed-out-title"),
        alert: Some(Alert::done(locale.text("signed-out-text"))),
        ..FormPage::default()
    };
    Ok(answer(200, &page)?)
}
