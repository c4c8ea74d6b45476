use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::credentials::logins;
use gatehouse::credentials::resolve::logins_do_not_match;
use gatehouse::domain::identity_pool::canonical_provider;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::identity_pool::UnlinkIdentityInput;

/// Takes providers' logins from an identity, for whoever shows one of its logins. Without its last login nobody reaches
/// the identity any more.
pub(crate) async fn unlink(context: Context, input: UnlinkIdentityInput) -> Result<Empty, Fault> {
    let app = &context.app;
    let given = input.logins.unwrap_or_default();
    let (pool, identity) = app.identity_named(input.identity_id.as_ref()).await?;
    let verified = logins::verify(app, &pool, &given, context.now).await?;
    if !verified.iter().any(|verified| identity.has(&verified.login)) {
        return Err(logins_do_not_match());
    }
    let providers = input.logins_to_remove.unwrap_or_default();
    let providers = providers
        .iter()
        .map(|name| canonical_provider(name, &app.settings.issuer_base))
        .collect::<Result<Vec<_>, _>>()?;
    let gone: Vec<_> = identity
        .logins
        .iter()
        .filter(|login| providers.contains(&login.provider))
        .cloned()
        .collect();
    if gone.is_empty() {
        return Ok(Empty {});
    }
    let after = identity.unlinked(&gone, context.now);
    if app.store.replace_identity(&identity, &after).await? {
        Ok(Empty {})
    } else {
        Err(rate_exceeded())
    }
}
