//! `InitiateAuth`.

mod initiate_auth;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::InitiateAuth;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(InitiateAuth, initiate_auth::initiate_auth)).await
}
