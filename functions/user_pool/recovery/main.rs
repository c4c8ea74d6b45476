//! `ForgotPassword` and `ConfirmForgotPassword`.

use gatehouse::accounts;
use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{ConfirmForgotPassword, ForgotPassword};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(ForgotPassword, accounts::forgot)
            .on(ConfirmForgotPassword, accounts::reset),
    )
    .await
}
