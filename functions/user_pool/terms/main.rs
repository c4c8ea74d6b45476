//! The documents that users of a client accept.

mod change;
mod create;
mod read;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    CreateTerms, DeleteTerms, DescribeTerms, DescribeTermsByClient, ListTerms, UpdateTerms,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateTerms, create::create)
            .on(DescribeTerms, read::describe)
            .on(DescribeTermsByClient, read::describe_by_client)
            .on(ListTerms, read::list)
            .on(UpdateTerms, change::update)
            .on(DeleteTerms, change::delete),
    )
    .await
}
