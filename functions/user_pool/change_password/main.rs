//! `ChangePassword`.

mod change_password;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::ChangePassword;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(ChangePassword, change_password::change_password)).await
}
