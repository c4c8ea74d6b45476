use gatehouse::auth::SignIn;
use gatehouse::http::Form;
use gatehouse::oauth::client_credentials::{self, Wanted};
use gatehouse::oauth::error::OauthError;
use gatehouse::oauth::scopes;
use gatehouse::oauth::token_exchange::{Target, audience};
use gatehouse::triggers::event::Metadata;
use gatehouse_model::Sensitive;
use serde_json::{Value, json};

use crate::Shown;

/// A token for the client itself (RFC 6749 section 4.4). `resource` (RFC 8707) names the resource server that it is for;
/// `aws_client_metadata`, JSON, goes to the pool's function as `clientMetadata`.
pub(crate) async fn issue(sign_in: &SignIn<'_>, form: &Form, request: Shown) -> Result<Value, OauthError> {
    let (app, open, client) = (sign_in.app, &sign_in.open, &sign_in.client);
    let target = form.get("resource").map(|name| Target::Resource(name.to_owned()));
    let metadata = metadata(form)?;
    let token_type = if request.bound_key.is_some() {
        "DPoP"
    } else {
        "Bearer"
    };
    let wanted = Wanted {
        scopes: scopes::asked(form)?,
        audience: audience(app, open, client, target.as_ref()).await?,
        bound_key: request.bound_key.clone(),
        cause: gatehouse::triggers::Cause {
            metadata: metadata.as_ref(),
            ..sign_in.cause()
        },
    };
    // Issuing leaves nothing behind.
    let (accepted, issued) = tokio::join!(
        request.accept(app),
        client_credentials::issue(app, open, client, wanted, sign_in.now)
    );
    accepted?;
    let issued = issued?;
    Ok(json!({
        "access_token": Sensitive::expose(&issued.token),
        "token_type": token_type,
        "expires_in": issued.expires_in,
        "scope": issued.scopes.to_string(),
    }))
}

fn metadata(form: &Form) -> Result<Option<Metadata>, OauthError> {
    let malformed = |_| OauthError::invalid_request("aws_client_metadata is not a JSON object of texts");
    form.get("aws_client_metadata")
        .map(|text| serde_json::from_str(text).map_err(malformed))
        .transpose()
}
