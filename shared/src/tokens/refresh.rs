//! Refresh tokens: opaque to everyone but the pool, they carry their own lookup key, sealed.

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::ambient::Entropy;
use crate::crypto::seal::{DataKey, Purpose};
use crate::domain::ids::{ClientId, SessionId, UserKey};

/// Which session a refresh token belongs to, and which of its refresh tokens it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The user.
    #[serde(rename = "u")]
    pub user: UserKey,
    /// The session.
    #[serde(rename = "s")]
    pub session: SessionId,
    /// The number within the session.
    #[serde(rename = "g")]
    pub generation: u32,
}

impl RefreshToken {
    /// The token's text. It is bound to its client.
    ///
    /// # Errors
    /// `InternalErrorException` when sealing fails.
    pub fn seal(&self, key: &DataKey, client: &ClientId, entropy: &dyn Entropy) -> Result<Sensitive, Fault> {
        key.seal_text(Purpose::RefreshToken, client.as_str(), self, entropy)
            .map(Sensitive::from)
    }

    /// Reads a token that was issued to `client`; `None` for any other text.
    pub fn open(key: &DataKey, client: &ClientId, token: &Sensitive) -> Option<Self> {
        key.open_text(Purpose::RefreshToken, client.as_str(), token.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;
    use crate::tokens::forging::damage;
    use proptest::prelude::*;

    #[test]
    fn a_token_opens_for_its_client_only() {
        let entropy = Counting::default();
        let key = DataKey::new(&[4; 32]).unwrap();
        let (mine, other) = (ClientId::generate(&entropy), ClientId::generate(&entropy));
        let token = RefreshToken {
            user: "ann".parse().unwrap(),
            session: SessionId::generate(&entropy),
            generation: 3,
        };
        let text = token.seal(&key, &mine, &entropy).unwrap();
        assert_eq!(RefreshToken::open(&key, &mine, &text), Some(token));
        assert_eq!(RefreshToken::open(&key, &other, &text), None);
        assert_eq!(RefreshToken::open(&key, &mine, &Sensitive::from("AAAA")), None);
    }

    proptest! {
        #[test]
        fn what_is_not_a_token_to_the_letter_opens_nothing(noise in ".*", damage in damage()) {
            let entropy = Counting::default();
            let key = DataKey::new(&[4; 32]).unwrap();
            let client = ClientId::generate(&entropy);
            prop_assert_eq!(RefreshToken::open(&key, &client, &Sensitive::from(noise)), None);
            let token = RefreshToken {
                user: "ann".parse().unwrap(),
                session: SessionId::generate(&entropy),
                generation: 3,
            };
            let text = token.seal(&key, &client, &entropy).unwrap();
            if let Some(damaged) = damage.to(text.expose()) {
                prop_assert_eq!(RefreshToken::open(&key, &client, &Sensitive::from(damaged)), None);
            }
        }
    }
}
