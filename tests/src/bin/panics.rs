//! An endpoint that panics over every request, and says what the request said: tests read in its log what is left of that.

use gatehouse::http::{Form, serve};
use gatehouse::observe;
use lambda_http::http::Response;
use lambda_http::{Body, Error};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::panic, reason = "this is what it is for")]
async fn main() -> Result<(), Error> {
    serve(async |_, request| -> Response<Body> {
        observe::pool("us-east-1_Panics");
        let form = Form::of_body(&request).unwrap_or_default();
        panic!("{}", form.get("password").unwrap_or_default())
    })
    .await
}
