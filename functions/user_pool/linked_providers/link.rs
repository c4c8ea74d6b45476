use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::identity::{COGNITO_SUBJECT, Identity, IdentityKey, MOST_IDENTITIES, NATIVE_PROVIDER};
use gatehouse::domain::identity_provider::{is_social, no_provider};
use gatehouse::domain::ids::ProviderName;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::User;
use gatehouse::fault::FaultKind;
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::Written;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    AdminLinkProviderForUserRequest, AdminLinkProviderForUserResponse, IdentityProviderTypeType,
    ProviderUserIdentifierType,
};

/// Links an identity at an external provider to a user: whoever signs in by it is that user from then on.
pub(crate) async fn link(
    context: Context,
    input: AdminLinkProviderForUserRequest,
) -> Result<AdminLinkProviderForUserResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let (destination, source) = (
        input.destination_user.unwrap_or_default(),
        input.source_user.unwrap_or_default(),
    );
    let (user, identity) = tokio::join!(
        destination_user(app, &open, &destination),
        source_identity(&context, &open, &source)
    );
    let (identity, user) = (identity?, user?);
    let pool = open.pool.id();
    let key = identity.key.clone();
    if user.identities.iter().any(|linked| linked.key == key) {
        return Err(Fault::invalid_parameter(
            "SourceUser is already linked to DestinationUser",
        ));
    }
    if user.identities.len() >= MOST_IDENTITIES {
        return Err(Fault::new(
            FaultKind::LimitExceeded,
            format!("A user can be linked to at most {MOST_IDENTITIES} external identities."),
        ));
    }
    let after = user.clone().linked(identity).touched(context.now);
    match app.store.link_identity(pool, &user, &after, &key).await? {
        Written::Done => Ok(AdminLinkProviderForUserResponse {}),
        Written::NameTaken => Err(already_somebody()),
        Written::AliasTaken(_) | Written::Changed => Err(rate_exceeded()),
    }
}

/// The answer where the identity already leads to another user.
fn already_somebody() -> Fault {
    Fault::invalid_parameter(
        "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    )
}

/// The user who gets the identity: one of the pool's own by name, or the profile of a provider's user.
async fn destination_user(
    app: &App,
    open: &OpenPool,
    given: &ProviderUserIdentifierType,
) -> Result<User, Fault> {
    let provider = text(given.provider_name.as_ref());
    let value = text(given.provider_attribute_value.as_ref());
    if provider == NATIVE_PROVIDER {
        let name = parse_name(Some(&value.to_owned()))?;
        let named = app.store.find_user(&open.pool, &name).await?;
        return named.found.user.ok_or_else(Fault::user_not_found);
    }
    let provider: ProviderName = provider.parse().map_err(|_| no_provider(provider))?;
    let key = IdentityKey::new(provider, COGNITO_SUBJECT, value)?;
    linked_user(app, open, &key)
        .await?
        .ok_or_else(Fault::user_not_found)
}

/// The user that an identity is linked to.
pub(crate) async fn linked_user(
    app: &App,
    open: &OpenPool,
    key: &IdentityKey,
) -> Result<Option<User>, Fault> {
    let pool = open.pool.id();
    let Some(owner) = app.store.user_of_identity(pool, key).await? else {
        return Ok(None);
    };
    let user = app.store.load_user(pool, &owner).await?.user;
    // It may have been unlinked between the two reads.
    Ok(user.filter(|user| user.identities.iter().any(|linked| linked.key == *key)))
}

/// The identity that a request names, at a provider that the pool has.
async fn source_identity(
    context: &Context,
    open: &OpenPool,
    given: &ProviderUserIdentifierType,
) -> Result<Identity, Fault> {
    let provider = text(given.provider_name.as_ref());
    if provider == NATIVE_PROVIDER {
        return Err(Fault::invalid_parameter(
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as \
             a DestinationUser",
        ));
    }
    let name: ProviderName = provider.parse().map_err(|_| no_provider(provider))?;
    let settings = context
        .app
        .store
        .load_provider(open.pool.id(), &name)
        .await?
        .ok_or_else(|| no_provider(provider))?
        .settings()?;
    let attribute = text(given.provider_attribute_name.as_ref());
    let kind = settings.provider_type.unwrap_or(IdentityProviderTypeType::Oidc);
    let mapped = settings
        .attribute_mapping
        .is_some_and(|mapping| mapping.contains_key(attribute));
    if attribute != COGNITO_SUBJECT && (is_social(kind) || !mapped) {
        return Err(Fault::invalid_parameter(if is_social(kind) {
            "ProviderAttributeName must be Cognito_Subject for a social identity provider.".to_owned()
        } else {
            format!(
                "ProviderAttributeName must be Cognito_Subject or an attribute that {provider}'s AttributeMapping maps."
            )
        }));
    }
    Ok(Identity {
        key: IdentityKey::new(name, attribute, text(given.provider_attribute_value.as_ref()))?,
        provider_type: kind.to_string(),
        linked_at: context.now,
    })
}

pub(crate) fn text(given: Option<&String>) -> &str {
    given.map(String::as_str).unwrap_or_default()
}
