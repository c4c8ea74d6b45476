//! A pool's multi-factor authentication.

mod get;
mod set;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{GetUserPoolMfaConfig, SetUserPoolMfaConfig};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetUserPoolMfaConfig, get::get)
            .on(SetUserPoolMfaConfig, set::set),
    )
    .await
}
