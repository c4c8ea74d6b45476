//! `GET /confirmUser?client_id=…&user_name=…&confirmation_code=…`: the link of a mail that confirms a new account.
//!
//! Programs that look at mail open its links before the user does. The first to come confirms the account, and whoever
//! comes later with the same link is told so, until the code would have expired.

use gatehouse::api::{self, response};
use gatehouse::app::no_client;
use gatehouse::directory::confirmation::{Outcome, prove};
use gatehouse::domain::limits::Category;
use gatehouse::domain::new_user::parse_name;
use gatehouse::fault::FaultKind;
use gatehouse::http::{Form, serve};
use gatehouse::triggers::Cause;
use gatehouse::ui::{self, Frame, Locale, Notice, Tone};
use gatehouse::{App, Fault, observe};
use gatehouse_model::Sensitive;
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request, RequestExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| answer(&web.app, &request).await).await
}

async fn answer(app: &App, request: &Request) -> Response<Body> {
    // HEAD too: what asks for headers alone is no user.
    if request.method() != Method::GET {
        return response::no_such_path();
    }
    // A query that is none is no link of ours.
    let query = Form::of_query(request).unwrap_or_default();
    let mut outcome = confirm(app, request, &query).await;
    if matches!(&outcome, Err(fault) if fault.kind() == FaultKind::TooManyRequests) {
        // Another request for the same link came first; now it can be seen what it did.
        outcome = confirm(app, request, &query).await;
    }
    if let Err(fault) = &outcome {
        observe::failed(fault);
    }
    let locale = Locale::asked(query.get("lang"), request.headers());
    let frame = frame(app, &query, locale).await;
    let (status, page) = notice(&outcome, frame, locale);
    ui::answer(status, &page).unwrap_or_else(|fault| response::failure(&fault, ""))
}

/// The frame of the client that the link names, or the usual one.
async fn frame(app: &App, query: &Form, locale: Locale) -> Frame {
    let Some(Ok(id)) = query.get("client_id").map(str::parse) else {
        return Frame::of(locale);
    };
    match app.client(&id).await {
        Ok((open, client)) => ui::frame_of(app, locale, open.pool.id(), client.id()).await,
        Err(_) => Frame::of(locale),
    }
}

async fn confirm(app: &App, request: &Request, query: &Form) -> Result<Confirmed, Fault> {
    let given = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let client = given("client_id");
    let (open, client) = app
        .client(&client.parse().map_err(|_| no_client(&client))?)
        .await?;
    api::count(app, &open, Category::UserCreation, app.now()).await?;
    let invocation = request
        .lambda_context_ref()
        .map(|context| context.request_id.clone())
        .unwrap_or_default();
    let name = parse_name(Some(&given("user_name")))?;
    let code = Sensitive::from(given("confirmation_code"));
    let proven = match prove(app, &open, &client, (&name, &code), app.now()).await? {
        Outcome::Proven(proven) => proven,
        Outcome::Before(_) => return Ok(Confirmed::Before),
        Outcome::Late => return Ok(Confirmed::Late),
    };
    let cause = Cause {
        invocation: &invocation,
        client: Some(client.id()),
        metadata: None,
    };
    proven.confirm(app, &open, false, cause, app.now()).await?;
    Ok(Confirmed::Now)
}

/// What a right code came to.
#[derive(Debug, Clone, Copy)]
enum Confirmed {
    Now,
    Before,
    Late,
}

/// Status and page of an outcome. A link with a wrong code is answered as one for nobody.
fn notice(outcome: &Result<Confirmed, Fault>, frame: Frame, locale: Locale) -> (u16, Notice) {
    let (status, tone, [heading, text]) = match outcome {
        Ok(Confirmed::Now) => (200, Tone::Done, ["link-now-title", "link-now-text"]),
        Ok(Confirmed::Before) => (200, Tone::Done, ["link-before-title", "link-before-text"]),
        Ok(Confirmed::Late) => (400, Tone::Problem, ["link-late-title", "link-late-text"]),
        Err(fault) => {
            let (status, messages) = problem(fault.kind());
            (status, Tone::Problem, messages)
        }
    };
    let page = Notice::new(frame, tone, locale.text(heading), locale.text(text));
    (status, page)
}

/// Status, heading and text.
const fn problem(kind: FaultKind) -> (u16, [&'static str; 2]) {
    match kind {
        FaultKind::AliasExists => (400, ["error-address-taken", "link-taken-text"]),
        FaultKind::UserLambdaValidation | FaultKind::UnexpectedLambda | FaultKind::InvalidLambdaResponse => {
            (500, ["link-unfinished-title", "link-unfinished-text"])
        }
        FaultKind::LimitExceeded => (429, ["link-many-title", "link-many-text"]),
        FaultKind::TooManyRequests => (503, ["link-busy-title", "link-busy-text"]),
        FaultKind::Internal => (500, ["link-failed-title", "link-failed-text"]),
        _ => (400, ["refusal-title", "link-broken-text"]),
    }
}
