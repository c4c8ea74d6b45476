use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::credentials::issuer::{self, Statement};
use gatehouse::credentials::logins::{self, Given};
use gatehouse::credentials::resolve::Resolver;
use gatehouse::domain::pool_identity::no_identity;
use gatehouse_model::identity_pool::{
    GetOpenIdTokenForDeveloperIdentityInput, GetOpenIdTokenForDeveloperIdentityResponse,
};

use super::developer_provider;

/// Seconds for which the token is good, unless the developer says otherwise.
const TOKEN_SECONDS: i64 = 900;
/// Bytes of what a developer calls a user, at most.
const LONGEST_USER: usize = 1024;

/// A token for a developer's user, whose identity is made or linked as needed.
pub(crate) async fn get_token(
    context: Context,
    input: GetOpenIdTokenForDeveloperIdentityInput,
) -> Result<GetOpenIdTokenForDeveloperIdentityResponse, Fault> {
    let app = &context.app;
    let pool = app.identity_pool_named(input.identity_pool_id.as_ref()).await?;
    let provider = developer_provider(&pool, None)?;
    let mut public: Given = input.logins.unwrap_or_default();
    let user = public
        .remove(provider.as_str())
        .filter(|user| (1..=LONGEST_USER).contains(&user.expose().len()))
        .ok_or_else(|| Fault::invalid_parameter(format!("Please provide a login of {provider}.")))?;

    let mut verified = vec![logins::developer(&pool, &provider, user.expose())];
    verified.extend(logins::verify(app, &pool, &public, context.now).await?);
    let shown: Vec<_> = verified.iter().map(|verified| verified.login.clone()).collect();
    let resolver = Resolver {
        app,
        pool: &pool,
        now: context.now,
    };
    let identity = match &input.identity_id {
        None => resolver.identity_of(&shown).await?,
        Some(id) => {
            let (owner, identity) = app.identity_named(Some(id)).await?;
            if owner.id() != pool.id() {
                return Err(no_identity(id));
            }
            resolver.registered(identity, &shown, &provider).await?
        }
    };

    let mut tags = logins::tags(&pool, &verified);
    tags.extend(input.principal_tags.unwrap_or_default());
    let statement = Statement {
        pool: &pool,
        identity: &identity,
        amr: logins::amr(&verified),
        tags,
        lifetime: input.token_duration.unwrap_or(TOKEN_SECONDS),
    };
    let token = issuer::mint(app, statement, context.now).await?;
    Ok(GetOpenIdTokenForDeveloperIdentityResponse {
        identity_id: Some(identity.id.to_string()),
        token: Some(token.into()),
    })
}
