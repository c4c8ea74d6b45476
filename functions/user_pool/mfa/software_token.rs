use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::auth::state::State;
use gatehouse::auth::{SignIn, mfa_setup};
use gatehouse::directory::{mfa, software_tokens};
use gatehouse::protocol::totp::SoftwareToken;
use gatehouse::{Fault, fault::FaultKind};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse, VerifySoftwareTokenRequest,
    VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType,
};

fn one_of_both() -> Fault {
    Fault::invalid_parameter("Either AccessToken or Session is required, not both.")
}

/// The sign-in that a session belongs to.
async fn sign_in<'a>(context: &'a Context, session: &Sensitive) -> Result<SignIn<'a>, Fault> {
    let client = context
        .app
        .client(&State::client(session)?)
        .await
        .map_err(|_| gatehouse::auth::invalid_session())?;
    Ok(context.sign_in(client, false))
}

/// Gives the user a secret for an authenticator app. It counts once its first code was shown.
pub(crate) async fn associate(
    context: Context,
    input: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse, Fault> {
    let (secret_code, session) = match (input.access_token, input.session) {
        (None, Some(session)) => {
            let sign_in = sign_in(&context, &session).await?;
            let (secret, session) = mfa_setup::associate(&sign_in, &session).await?;
            (secret, Some(session))
        }
        (Some(token), None) => (associate_signed_in(&context, &token).await?, None),
        _ => return Err(one_of_both()),
    };
    Ok(AssociateSoftwareTokenResponse {
        secret_code: Some(secret_code),
        session,
    })
}

async fn associate_signed_in(context: &Context, token: &Sensitive) -> Result<Sensitive, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, Some(token), context.now).await?;
    software_tokens::check_allowed(&bearer.open.pool)?;
    let secret = SoftwareToken::generate(&*app.entropy);
    let mut after = bearer.user.clone();
    after.pending_software_token =
        Some(software_tokens::seal(app, &bearer.open, &bearer.user, &secret).await?);
    mfa::replace(app, &bearer.open, &bearer.user, after, context.now).await?;
    Ok(secret.to_base32())
}

/// Takes the first code of an authenticator app, which is the user's from then on.
pub(crate) async fn verify(
    context: Context,
    input: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse, Fault> {
    let code = input.user_code.unwrap_or_default();
    let name = input.friendly_device_name;
    let session = match (input.access_token, input.session) {
        (None, Some(session)) => {
            let sign_in = sign_in(&context, &session).await?;
            Some(mfa_setup::verify(&sign_in, &session, &code, name).await?)
        }
        (Some(token), None) => {
            verify_signed_in(&context, &token, &code, name).await?;
            None
        }
        _ => return Err(one_of_both()),
    };
    Ok(VerifySoftwareTokenResponse {
        status: Some(VerifySoftwareTokenResponseType::Success),
        session,
    })
}

async fn verify_signed_in(
    context: &Context,
    token: &Sensitive,
    code: &Sensitive,
    name: Option<String>,
) -> Result<(), Fault> {
    let app = &context.app;
    let bearer = authenticate(app, Some(token), context.now).await?;
    software_tokens::check_allowed(&bearer.open.pool)?;
    let pending = bearer.user.pending_software_token.clone().ok_or_else(|| {
        Fault::new(
            FaultKind::SoftwareTokenMfaNotFound,
            "No software token is waiting for its first code.",
        )
    })?;
    let secret = software_tokens::open(app, &bearer.open, &bearer.user, &pending).await?;
    let step = secret
        .check(code, context.now)
        .ok_or_else(|| Fault::new(FaultKind::EnableSoftwareTokenMfa, "Code mismatch"))?;
    let after = bearer.user.clone().with_software_token(pending, step, name);
    mfa::replace(app, &bearer.open, &bearer.user, after, context.now).await
}
