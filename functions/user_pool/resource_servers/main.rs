//! Resource servers and their scopes.

mod create;
mod delete;
mod describe;
mod list;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    CreateResourceServer, DeleteResourceServer, DescribeResourceServer, ListResourceServers,
    UpdateResourceServer,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateResourceServer, create::create)
            .on(DescribeResourceServer, describe::describe)
            .on(UpdateResourceServer, update::update)
            .on(DeleteResourceServer, delete::delete)
            .on(ListResourceServers, list::list),
    )
    .await
}
