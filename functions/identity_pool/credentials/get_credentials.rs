use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::credentials::issuer::{self, Statement};
use gatehouse::credentials::present::{Shown, present};
use gatehouse::credentials::sts;
use gatehouse_model::identity_pool::{GetCredentialsForIdentityInput, GetCredentialsForIdentityResponse};

/// Seconds for which the token is good that STS takes at once.
const TOKEN_SECONDS: i64 = 600;

/// AWS credentials of an identity (enhanced flow): the role is chosen here, and STS gives its credentials for a token of
/// our own issuer.
pub(crate) async fn get_credentials(
    context: Context,
    input: GetCredentialsForIdentityInput,
) -> Result<GetCredentialsForIdentityResponse, Fault> {
    let app = &context.app;
    let given = input.logins.unwrap_or_default();
    let wanted = input.custom_role_arn.as_deref();
    let (pool, identity) = app.identity_named(input.identity_id.as_ref()).await?;
    let presented = present(app, &pool, identity, &given, context.now).await?;
    let role = match &presented.shown {
        Shown::Nothing => pool.roles.of_guest(wanted)?,
        Shown::Logins(logins) => {
            let evidence: Vec<_> = logins.iter().map(|verified| verified.evidence()).collect();
            pool.roles.of_logins(&evidence, wanted)?
        }
        Shown::OwnToken(_) => pool.roles.of_logins(&[], wanted)?,
    };
    let token = match &presented.shown {
        Shown::OwnToken(token) => token.clone(),
        shown => {
            let statement = Statement {
                pool: &pool,
                identity: &presented.identity,
                amr: shown.amr(),
                tags: shown.tags(&pool),
                lifetime: TOKEN_SECONDS,
            };
            issuer::mint(app, statement, context.now).await?.into()
        }
    };
    let credentials = sts::credentials(app, &role, token.expose()).await?;
    Ok(GetCredentialsForIdentityResponse {
        identity_id: Some(presented.identity.id.to_string()),
        credentials: Some(credentials),
    })
}
