//! `AdminInitiateAuth` and `AdminRespondToAuthChallenge`.

mod initiate;
mod respond;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{AdminInitiateAuth, AdminRespondToAuthChallenge};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminInitiateAuth, initiate::initiate)
            .on(AdminRespondToAuthChallenge, respond::respond),
    )
    .await
}
