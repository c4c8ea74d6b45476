//! `GetTokensFromRefreshToken` and `RevokeToken`.

mod refresh;
mod revoke;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{GetTokensFromRefreshToken, RevokeToken};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetTokensFromRefreshToken, refresh::refresh)
            .on(RevokeToken, revoke::revoke),
    )
    .await
}
