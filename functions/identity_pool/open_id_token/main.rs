//! `GetOpenIdToken`.

mod get_token;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::GetOpenIdToken;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(GetOpenIdToken, get_token::get_token)).await
}
