use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse::crypto::base64;
use gatehouse_model::user_pool::{GetSigningCertificateRequest, GetSigningCertificateResponse};

use crate::issue::issue;

/// Shows the certificate of the pool's SAML key (base64 of its DER form). The first call makes both; they stay as long
/// as the pool.
pub(crate) async fn get(
    context: Context,
    input: GetSigningCertificateRequest,
) -> Result<GetSigningCertificateResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    if let Some(key) = app.store.load_saml_key(pool).await? {
        return Ok(answer(&key.certificate));
    }
    let key = issue(app, &open, context.now).await?;
    if app.store.create_saml_key(pool, &key).await? {
        return Ok(answer(&key.certificate));
    }
    // Another request made one at the same time, which is the pool's; or the pool was deleted since it was read.
    let key = app.store.load_saml_key(pool).await?;
    let key = key.ok_or_else(|| no_pool(pool.as_str()))?;
    Ok(answer(&key.certificate))
}

fn answer(certificate: &[u8]) -> GetSigningCertificateResponse {
    GetSigningCertificateResponse {
        certificate: Some(base64(certificate)),
    }
}
