//! `GetId`.

mod get_id;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::GetId;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(GetId, get_id::get_id)).await
}
