use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::pool_identity::no_identity;
use gatehouse::fault::FaultKind;
use gatehouse_model::identity_pool::{LookupDeveloperIdentityInput, LookupDeveloperIdentityResponse};

use super::{developer_provider, login, no_user};

/// Names on a page, unless the caller wants fewer or more.
const PAGE: usize = 10;

/// The identity of a developer's user, and what else the developer calls that identity.
pub(crate) async fn lookup(
    context: Context,
    input: LookupDeveloperIdentityInput,
) -> Result<LookupDeveloperIdentityResponse, Fault> {
    let app = &context.app;
    let from = from_page_token::<usize>(input.next_token.as_ref())?.unwrap_or(0);
    let limit = input
        .max_results
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(PAGE);
    let pool = app.identity_pool_named(input.identity_pool_id.as_ref()).await?;
    let provider = developer_provider(&pool, None)?;
    let (id, user) = (
        input.identity_id.as_ref(),
        input.developer_user_identifier.as_ref(),
    );
    let identity = match (id, user) {
        (None, None) => {
            return Err(Fault::invalid_parameter(
                "Either IdentityId or DeveloperUserIdentifier must not be null.",
            ));
        }
        (Some(id), None) => {
            let (owner, identity) = app.identity_named(Some(id)).await?;
            if owner.id() != pool.id() {
                return Err(no_identity(id));
            }
            identity
        }
        (id, Some(_)) => {
            let shown = [login(&provider, user)];
            let found = app.store.find_identities(pool.id(), &shown).await?;
            let identity = found.into_iter().next().ok_or_else(no_user)?;
            if id.is_some_and(|id| id != identity.id.as_str()) {
                return Err(Fault::new(
                    FaultKind::ResourceConflict,
                    "The developer user identifier belongs to another identity.",
                ));
            }
            identity
        }
    };
    let names: Vec<_> = identity
        .logins
        .iter()
        .filter(|login| login.provider == provider)
        .map(|login| login.subject.to_string())
        .collect();
    let more = names.len() > from.saturating_add(limit);
    Ok(LookupDeveloperIdentityResponse {
        identity_id: Some(identity.id.to_string()),
        developer_user_identifier_list: Some(names.into_iter().skip(from).take(limit).collect()),
        next_token: more.then(|| page_token(from + limit)),
    })
}
