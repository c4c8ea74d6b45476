use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::codes;
use gatehouse::directory::passwords::new_password;
use gatehouse::domain::new_user::{name_taken, new_user, parse_name};
use gatehouse::domain::user::attributes_from_api;
use gatehouse::messages::Destination;
use gatehouse::store::keys::CodePurpose;
use gatehouse::store::users::{With, Written};
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

    user.credentials = Some(new_password(app, &open, &user, &password).await?);
    let code = match Destination::for_sign_up(pool, &user.attributes) {
        None => None,
        Some(to) => Some(codes::issue(app, &open, &user.key, (CodePurpose::SignUp, to), context.now).await?),
    };

    let put = code
        .iter()
        .map(|code| (code.purpose, Some(code.pending.clone())))
        .collect();
    match app
        .store
        .create_user(
            pool,
            &user,
            With {
                codes: put,
                ..With::default()
            },
        )
        .await?
    {
        Written::Done => {}
        Written::AliasTaken(kind) => return Err(name_taken(Some(kind))),
        Written::NameTaken | Written::Changed => return Err(name_taken(None)),
    }
    let details = match code {
        Some(code) => Some(code.send(app, &open).await?),
        None => None,
    };
    Ok(SignUpResponse {
        user_confirmed: Some(false),
        user_sub: Some(user.sub.to_string()),
        code_delivery_details: details,
        ..SignUpResponse::default()
    })
}
