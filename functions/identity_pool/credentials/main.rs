//! `GetCredentialsForIdentity`.

mod get_credentials;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::GetCredentialsForIdentity;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(GetCredentialsForIdentity, get_credentials::get_credentials)).await
}
