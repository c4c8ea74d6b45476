use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::identity::{COGNITO_SUBJECT, IdentityKey, NATIVE_PROVIDER};
use gatehouse::domain::identity_provider::no_provider;
use gatehouse::domain::ids::ProviderName;
use gatehouse::domain::new_user::parse_name;
use gatehouse::store::keys::CodePurpose;
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::With;
use gatehouse_model::user_pool::{AdminDisableProviderForUserRequest, AdminDisableProviderForUserResponse};

use crate::link::{linked_user, text};

/// Keeps a user from signing in by a provider: takes a linked identity away, or the password of one of the pool's own.
pub(crate) async fn disable(
    context: Context,
    input: AdminDisableProviderForUserRequest,
) -> Result<AdminDisableProviderForUserResponse, Fault> {
    let open = context.app.pool_named(input.user_pool_id.as_ref()).await?;
    let given = input.user.unwrap_or_default();
    let provider = text(given.provider_name.as_ref());
    let attribute = text(given.provider_attribute_name.as_ref());
    let value = text(given.provider_attribute_value.as_ref());
    if provider == NATIVE_PROVIDER {
        if attribute != COGNITO_SUBJECT {
            return Err(Fault::invalid_parameter(
                "ProviderAttributeName must be Cognito_Subject for a user of the pool's own.",
            ));
        }
        disable_password(&context, &open, value).await?;
    } else {
        let name = provider.parse().map_err(|_| no_provider(provider))?;
        unlink(&context, &open, name, attribute, value).await?;
    }
    Ok(AdminDisableProviderForUserResponse {})
}

/// Takes away a user's password, and the code that would set another.
async fn disable_password(context: &Context, open: &OpenPool, name: &str) -> Result<(), Fault> {
    let app = &context.app;
    let name = parse_name(Some(&name.to_owned()))?;
    let named = app.store.find_user(&open.pool, &name).await?;
    let user = named.found.user.ok_or_else(Fault::user_not_found)?;
    let after = user.clone().with_password_disabled().touched(context.now);
    let with = With {
        codes: vec![(CodePurpose::ResetPassword, None)],
        ..With::default()
    };
    app.store
        .replace_user(&open.pool, &user, &after, with)
        .await?
        .into_result()
}

/// Takes a linked identity away from its user.
async fn unlink(
    context: &Context,
    open: &OpenPool,
    provider: ProviderName,
    attribute: &str,
    value: &str,
) -> Result<(), Fault> {
    let (app, pool) = (&context.app, open.pool.id());
    let key = IdentityKey::new(provider, attribute, value)?;
    let (known, user) = tokio::join!(
        app.store.load_provider(pool, &key.provider),
        linked_user(app, open, &key)
    );
    known?.ok_or_else(|| no_provider(key.provider.as_str()))?;
    let user = user?.ok_or_else(Fault::user_not_found)?;
    let after = user.clone().unlinked(&key).touched(context.now);
    if app.store.unlink_identity(pool, &user, &after, &key).await? {
        Ok(())
    } else {
        Err(rate_exceeded())
    }
}
