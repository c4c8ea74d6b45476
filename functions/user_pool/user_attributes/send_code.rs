use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::codes::{issue, verifies};
use gatehouse::domain::guard::ATTRIBUTE_CODE_PER_HOUR;
use gatehouse::messages::Destination;
use gatehouse::messages::deliver::{Notice, Occasion};
use gatehouse::store::keys::GuardKind;
use gatehouse_model::user_pool::{
    GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse,
};

use crate::verify::address_kind;

/// Sends a code that verifies one of the user's addresses: the one that waits to take effect, else the present one.
pub(crate) async fn send_code(
    context: Context,
    input: GetUserAttributeVerificationCodeRequest,
) -> Result<GetUserAttributeVerificationCodeResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let open = &bearer.open;
    let kind = address_kind(input.attribute_name.as_deref())?;
    let purpose = verifies(kind);
    let found = app.store.load_user(open.pool.id(), &bearer.user.key).await?;
    let waiting = found.code(purpose).map(|code| Destination {
        kind,
        address: code.destination.clone(),
    });
    let to = waiting
        .filter(|to| {
            bearer.user.attributes.get(kind.attribute()) != Some(&to.address)
                && open.pool.verified_first.contains(&kind)
        })
        .or_else(|| Destination::of(kind, &bearer.user.attributes))
        .ok_or_else(|| {
            Fault::invalid_parameter(format!("The user has no {} to verify.", kind.attribute()))
        })?;

    let code = issue(app, open, &bearer.user.key, (purpose, to), context.now).await?;
    let limit = (
        GuardKind::AttributeCode,
        found.guard(GuardKind::AttributeCode),
        ATTRIBUTE_CODE_PER_HOUR,
    );
    let notice = Notice {
        cause: context.cause(Some(&bearer.token.client_id), input.client_metadata.as_ref()),
        occasion: Occasion::VerifyUserAttribute,
        user: &bearer.user,
    };
    let details = code.store_and_send(app, open, notice, limit, context.now).await?;
    Ok(GetUserAttributeVerificationCodeResponse {
        code_delivery_details: Some(details),
    })
}
