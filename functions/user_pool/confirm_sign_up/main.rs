//! `ConfirmSignUp` and `ResendConfirmationCode`.

use gatehouse::accounts;
use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{ConfirmSignUp, ResendConfirmationCode};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(ConfirmSignUp, accounts::confirm)
            .on(ResendConfirmationCode, accounts::resend),
    )
    .await
}
