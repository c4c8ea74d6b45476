use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::credentials::logins;
use gatehouse::credentials::resolve::Resolver;
use gatehouse_model::identity_pool::{GetIdInput, GetIdResponse};

/// The identity that logins lead to, or a new one; a new guest where no login is shown.
pub(crate) async fn get_id(context: Context, input: GetIdInput) -> Result<GetIdResponse, Fault> {
    let app = &context.app;
    let pool = app.identity_pool_named(input.identity_pool_id.as_ref()).await?;
    let resolver = Resolver {
        app,
        pool: &pool,
        now: context.now,
    };
    let given = input.logins.unwrap_or_default();
    let identity = if given.is_empty() {
        resolver.guest().await?
    } else {
        let verified = logins::verify(app, &pool, &given, context.now).await?;
        let shown: Vec<_> = verified.into_iter().map(|verified| verified.login).collect();
        resolver.identity_of(&shown).await?
    };
    Ok(GetIdResponse {
        identity_id: Some(identity.id.to_string()),
    })
}
