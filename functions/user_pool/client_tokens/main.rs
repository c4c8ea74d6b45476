//! `GetClientToken` and `GetDerivedToken`.

mod client_token;
mod derived_token;

use gatehouse::api::{Routes, serve};
use gatehouse::oauth::scopes::Scopes;
use gatehouse_model::user_pool::operations::{GetClientToken, GetDerivedToken};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetClientToken, client_token::get)
            .on(GetDerivedToken, derived_token::get),
    )
    .await
}

/// The scopes of a request; an empty list asks for none in particular.
fn scopes(given: Option<&[String]>) -> Option<Scopes> {
    let given = given.filter(|scopes| !scopes.is_empty())?;
    Some(given.iter().map(String::as_str).collect())
}
