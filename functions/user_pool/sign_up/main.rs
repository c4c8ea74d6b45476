//! `SignUp`.

use gatehouse::accounts::sign_up;
use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::SignUp;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(SignUp, sign_up)).await
}
