//! `GetUserPoolSessionConfiguration`, `SetUserPoolSessionConfiguration`, `GetUserPoolClientSessionConfiguration` and
//! `SetUserPoolClientSessionConfiguration`.

mod client;
mod pool;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    GetUserPoolClientSessionConfiguration, GetUserPoolSessionConfiguration,
    SetUserPoolClientSessionConfiguration, SetUserPoolSessionConfiguration,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetUserPoolSessionConfiguration, pool::get)
            .on(SetUserPoolSessionConfiguration, pool::set)
            .on(GetUserPoolClientSessionConfiguration, client::get)
            .on(SetUserPoolClientSessionConfiguration, client::set),
    )
    .await
}
