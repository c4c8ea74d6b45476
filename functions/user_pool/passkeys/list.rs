use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::passkey::MOST;
use gatehouse_model::user_pool::{ListWebAuthnCredentialsRequest, ListWebAuthnCredentialsResponse};

/// Lists the user's passkeys, page by page. They are the user's whether or not the pool still takes them.
pub(crate) async fn list(
    context: Context,
    input: ListWebAuthnCredentialsRequest,
) -> Result<ListWebAuthnCredentialsResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let after = from_page_token(input.next_token.as_ref())?;
    let limit = input.max_results.filter(|limit| *limit > 0);
    let limit = limit.or_else(|| i32::try_from(MOST).ok()).unwrap_or(1);
    let (passkeys, next) = app
        .store
        .list_passkeys(bearer.open.pool.id(), &bearer.user, after.as_ref(), limit)
        .await?;
    Ok(ListWebAuthnCredentialsResponse {
        credentials: Some(
            passkeys
                .iter()
                .map(gatehouse::domain::passkey::Passkey::to_api)
                .collect(),
        ),
        next_token: next.map(page_token),
    })
}
