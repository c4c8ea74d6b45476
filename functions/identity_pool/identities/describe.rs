use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::identity_pool::{DescribeIdentityInput, IdentityDescription};

/// Shows an identity and the providers of its logins.
pub(crate) async fn describe(
    context: Context,
    input: DescribeIdentityInput,
) -> Result<IdentityDescription, Fault> {
    let (_, identity) = context.app.identity_named(input.identity_id.as_ref()).await?;
    Ok(identity.to_api())
}
