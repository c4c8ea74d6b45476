//! `UnlinkIdentity`.

mod unlink;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::UnlinkIdentity;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(UnlinkIdentity, unlink::unlink)).await
}
