//! `AdminLinkProviderForUser` and `AdminDisableProviderForUser`.

mod disable;
mod link;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{AdminDisableProviderForUser, AdminLinkProviderForUser};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminLinkProviderForUser, link::link)
            .on(AdminDisableProviderForUser, disable::disable),
    )
    .await
}
