//! `RespondToAuthChallenge`.

mod respond;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::RespondToAuthChallenge;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(RespondToAuthChallenge, respond::respond)).await
}
