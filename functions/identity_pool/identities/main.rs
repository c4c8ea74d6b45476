//! `DescribeIdentity`, `ListIdentities`, `DeleteIdentities`.

mod delete;
mod describe;
mod list;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::{DeleteIdentities, DescribeIdentity, ListIdentities};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(DescribeIdentity, describe::describe)
            .on(ListIdentities, list::list)
            .on(DeleteIdentities, delete::delete),
    )
    .await
}
