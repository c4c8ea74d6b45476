//! `/oauth2/authorize` (RFC 6749 section 3.1): answers who is signed in already, sends everybody else to `/login`.

use gatehouse::http::{Form, Web, see_other, serve};
use gatehouse::oauth::authorization::{Authorization, Prompt, Refused};
use gatehouse::oauth::error::{Code, OauthError};
use gatehouse::oauth::{answer, browser};
use lambda_http::http::Method;
use lambda_http::{Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| match respond(&web, &request).await {
        Ok(uri) => see_other(&uri),
        Err(Refused::Client(told)) => see_other(&told.0.with_error(&told.1)),
        Err(Refused::User(error)) => gatehouse::ui::refusal(&error, request.headers()),
    })
    .await
}

/// Where the browser goes.
async fn respond(web: &Web, request: &Request) -> Result<String, Refused> {
    let parameters = match *request.method() {
        Method::GET => Form::of_query(request),
        Method::POST => Form::of_body(request),
        _ => {
            return Err(Refused::User(OauthError::invalid_request(
                "The method is not allowed",
            )));
        }
    }
    .map_err(|why| Refused::User(why.into()))?;
    let headers = request.headers();
    let pool = web
        .app
        .pool_of_host(headers)
        .await
        .map_err(|fault| Refused::User(fault.into()))?;
    let asked = Authorization::parse(&web.app, pool.as_deref(), &parameters).await?;
    let refuse = |error| Refused::Client(Box::new((asked.target.clone(), error)));
    if asked.identity_provider.is_some() {
        return Err(refuse(OauthError::invalid_request(
            "The client has no such identity provider",
        )));
    }

    let signed_in = browser::signed_in(&web.app, &asked.open, headers, web.now)
        .await
        .map_err(|fault| refuse(fault.into()))?
        .filter(|browser| browser.suits(&asked, web.now));
    match (signed_in, asked.prompt) {
        (Some(browser), Prompt::Needed | Prompt::None) => {
            let sign_in = web.sign_in(request, asked.open.clone(), asked.client.clone());
            answer::answer(&sign_in, &asked, &browser)
                .await
                .map_err(|fault| refuse(fault.into()))
        }
        (None, Prompt::None) => Err(refuse(OauthError::new(
            Code::LoginRequired,
            "The user has to sign in",
        ))),
        _ => Ok(format!("/login?{}", asked.query)),
    }
}
