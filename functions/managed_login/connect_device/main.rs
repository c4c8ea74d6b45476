//! `/device` (RFC 8628 section 3.3): the user enters the code that a device shows, signs in if this browser is not yet,
//! sees which application asks for what, and says yes or no.

mod ask;
mod enter;

use gatehouse::http::{Form, Web, serve};
use gatehouse::oauth::device::PARAMETER;
use gatehouse::ui::refusal;
use lambda_http::http::Response;
use lambda_http::{Body, Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| respond(&web, &request).await.unwrap_or_else(|answer| answer)).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, Response<Body>> {
    let query = Form::of_query(request).map_err(|why| refusal(&why.into(), request.headers()))?;
    if query.get(PARAMETER).is_some() {
        ask::respond(web, request, &query).await
    } else {
        enter::respond(web, request, &query).await
    }
}
