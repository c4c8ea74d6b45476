//! Recovery codes: ten at a time, each good for one sign-in in the place of a second factor. Gatehouse's own; Cognito has
//! none.

use gatehouse_model::Sensitive;

use crate::ambient::random_text;
use crate::app::OpenPool;
use crate::crypto::base64;
use crate::crypto::seal::{DataKey, Purpose};
use crate::domain::user::User;
use crate::{App, Fault};

/// Codes that a user gets at a time.
pub const COUNT: usize = 10;
/// Letters and digits that are not mistaken for each other (Crockford's base32 in lower case).
const ALPHABET: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a code, 80 bits, and of each group that people read.
const LENGTH: usize = 16;
const GROUP: usize = 4;

/// New codes: as the user keeps them, and as storage does.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn generate(
    app: &App,
    open: &OpenPool,
    user: &User,
) -> Result<(Vec<Sensitive>, Vec<String>), Fault> {
    let key = app.data_key(open).await?;
    let (mut shown, mut stored) = (Vec::new(), Vec::new());
    for _ in 0..COUNT {
        let code = random_text(&*app.entropy, ALPHABET, LENGTH);
        stored.push(hash(&key, open, user, &code)?);
        let groups: Vec<_> = code
            .as_bytes()
            .chunks(GROUP)
            .map(String::from_utf8_lossy)
            .collect();
        shown.push(Sensitive::from(groups.join("-")));
    }
    Ok((shown, stored))
}

/// The stored form of a code that a user gave, if it is one of the user's.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn find(
    app: &App,
    open: &OpenPool,
    user: &User,
    given: &Sensitive,
) -> Result<Option<String>, Fault> {
    let key = app.data_key(open).await?;
    let code: String = given
        .expose()
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .flat_map(char::to_lowercase)
        .collect();
    let hash = hash(&key, open, user, &code)?;
    Ok(user.recovery_codes.contains(&hash).then_some(hash))
}

/// HMAC under the pool's data key, so that comparing it tells nothing of the code.
fn hash(key: &DataKey, open: &OpenPool, user: &User, code: &str) -> Result<String, Fault> {
    let bound = format!("{}#{}#{code}", open.pool.id(), user.sub);
    Ok(base64(key.mac(Purpose::RecoveryCode, bound.as_bytes())?.as_ref()))
}
