//! `GetSigningCertificate`.

mod get;
mod issue;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::GetSigningCertificate;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(GetSigningCertificate, get::get)).await
}
