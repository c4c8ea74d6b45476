use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::password::sealed_password;
use gatehouse::crypto::codes::{self, SIGN_UP_VALIDITY};
use gatehouse::domain::new_user::{name_taken, new_user, parse_name};
use gatehouse::domain::user::{attributes_from_api, sign_up_code_context};
use gatehouse::messages::{Destination, templates};
use gatehouse::store::users::Written;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{SignUpRequest, SignUpResponse};

/// Creates an unconfirmed user and sends a code to the address that the pool verifies.
pub(crate) async fn sign_up(context: Context, input: SignUpRequest) -> Result<SignUpResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;
    if pool.admin_only() {
        return Err(Fault::not_authorized(
            "SignUp is not permitted for this user pool",
        ));
    }
    let password = input
        .password
        .ok_or_else(|| Fault::invalid_parameter("Password is required."))?;
    let attributes = attributes_from_api(input.user_attributes);
    client.check_write(attributes.keys())?;
    let mut user = new_user(pool, &name, attributes, context.now, &*app.entropy)?;
    pool.schema.check_required(&user.attributes)?;
    pool.password_policy.check(&password)?;

    user.credentials = Some(sealed_password(app, &open, &user, &password).await?);
    let code = match Destination::for_sign_up(pool, &user.attributes) {
        None => None,
        Some(to) => {
            let code = codes::generate(&*app.entropy);
            let key = app.data_key(&open).await?;
            let owner = sign_up_code_context(pool.id(), &user.key);
            let address = (to.kind.attribute(), to.address.as_str());
            let expires_at = context.now.plus_seconds(SIGN_UP_VALIDITY);
            let pending = codes::pending(&key, &owner, &code, address, expires_at)?;
            Some((to, code, pending))
        }
    };

    let pending = code.as_ref().map(|(_, _, pending)| pending);
    match app.store.create_user(pool, &user, pending, &[]).await? {
        Written::Done => {}
        Written::AliasTaken(kind) => return Err(name_taken(Some(kind))),
        Written::NameTaken | Written::Changed => return Err(name_taken(None)),
    }
    let mut details = None;
    if let Some((to, code, _)) = code {
        details = Some(to.details());
        app.messages
            .send(pool, &templates::verification(pool, to, &code))
            .await?;
    }
    Ok(SignUpResponse {
        user_confirmed: Some(false),
        user_sub: Some(user.sub.to_string()),
        code_delivery_details: details,
        ..SignUpResponse::default()
    })
}
