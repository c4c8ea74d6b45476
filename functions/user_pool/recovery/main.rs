//! `ForgotPassword` and `ConfirmForgotPassword`.

mod confirm;
mod forgot;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{ConfirmForgotPassword, ForgotPassword};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(ForgotPassword, forgot::forgot)
            .on(ConfirmForgotPassword, confirm::confirm),
    )
    .await
}
