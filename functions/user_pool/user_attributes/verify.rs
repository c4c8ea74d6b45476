use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::{attributes, codes};
use gatehouse::domain::guard::VERIFY_ATTRIBUTE_PER_HOUR;
use gatehouse::domain::names::AliasKind;
use gatehouse::store::keys::GuardKind;
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::With;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{VerifyUserAttributeRequest, VerifyUserAttributeResponse};

/// Verifies the address that a code was sent to.
pub(crate) async fn verify(
    context: Context,
    input: VerifyUserAttributeRequest,
) -> Result<VerifyUserAttributeResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let open = &bearer.open;
    let pool = &open.pool;
    let kind = address_kind(input.attribute_name.as_deref())?;
    let purpose = codes::verifies(kind);
    let given = Sensitive::from(input.code.unwrap_or_default());
    let (found, key) = tokio::join!(
        app.store.load_user(pool.id(), &bearer.user.key),
        app.data_key(open)
    );
    let (found, key) = (found?, key?);
    let guard = found.guard(GuardKind::VerifyAttribute);
    guard.check_hourly(VERIFY_ATTRIBUTE_PER_HOUR, context.now)?;
    let code = found.code(purpose).cloned();
    let user = found
        .user
        .filter(|user| user.sub == bearer.user.sub)
        .ok_or_else(Fault::user_not_found)?;
    // Only where the pool says so does a code bring an address that is not the user's yet.
    let code = code.filter(|code| {
        pool.verified_first.contains(&kind)
            || user.attributes.get(kind.attribute()) == Some(&code.destination)
    });

    let owner = (pool.id(), &user.key, purpose);
    let checked = codes::check(code.as_ref(), &key, owner, &given, context.now);
    let (Ok(()), Some(code)) = (&checked, code) else {
        let kind = GuardKind::VerifyAttribute;
        let counted = guard.after_attempt(context.now);
        app.store
            .count_attempt(pool.id(), &user.key, kind, guard, counted)
            .await?;
        return Err(checked.err().unwrap_or_else(rate_exceeded));
    };
    let after = attributes::verified(&user, &code.attribute, &code.destination, context.now);
    let with = With {
        codes: vec![(purpose, None)],
        cleared: Some((GuardKind::VerifyAttribute, guard)),
        ..With::default()
    };
    app.store
        .replace_user(pool, &user, &after, with)
        .await?
        .into_result()?;
    Ok(VerifyUserAttributeResponse::default())
}

/// The address that an attribute's name stands for.
pub(crate) fn address_kind(name: Option<&str>) -> Result<AliasKind, Fault> {
    match name {
        Some("email") => Ok(AliasKind::Email),
        Some("phone_number") => Ok(AliasKind::PhoneNumber),
        _ => Err(Fault::invalid_parameter(
            "Only email and phone_number can be verified.",
        )),
    }
}
