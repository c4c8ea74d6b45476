//! `GetProvisionedLimit`, `UpdateProvisionedLimit`.

mod definition;
mod get;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{GetProvisionedLimit, UpdateProvisionedLimit};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetProvisionedLimit, get::get)
            .on(UpdateProvisionedLimit, update::update),
    )
    .await
}
