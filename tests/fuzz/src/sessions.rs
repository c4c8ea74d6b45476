//! Texts that are sealed: as they come, and what they would hold if the key were known.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse::ambient::SystemEntropy;
use gatehouse::auth::state::State;
use gatehouse::crypto::from_page_token;
use gatehouse::crypto::password::Credentials;
use gatehouse::crypto::seal::{DataKey, Purpose};
use gatehouse::domain::ids::{ClientId, UserKey};
use gatehouse::tokens::refresh::RefreshToken;
use gatehouse_model::Sensitive;

pub fn run(data: &[u8]) {
    let key = DataKey::new(&[7; 32]).unwrap();
    let client: ClientId = "client1".parse().unwrap();
    assert_eq!(key.open(Purpose::Challenge, "context", data), None);
    if let Ok(text) = std::str::from_utf8(data) {
        let text = Sensitive::from(text);
        let _ = State::client(&text);
        assert_eq!(RefreshToken::open(&key, &client, &text), None);
        let _ = from_page_token::<UserKey>(Some(&text.expose().to_owned()));
    }
    let _: Result<State, _> = serde_json::from_slice(data);
    let sealed = |purpose, context| key.seal(purpose, context, data, &SystemEntropy).unwrap();
    let token = URL_SAFE_NO_PAD.encode(sealed(Purpose::RefreshToken, client.as_str()));
    let _ = RefreshToken::open(&key, &client, &Sensitive::from(token));
    let (pool, user) = ("us-east-1_a".parse().unwrap(), "ann".parse().unwrap());
    let credentials = sealed(Purpose::Credentials, "us-east-1_a#ann");
    if let Ok(credentials) = Credentials::open(&key, &pool, &user, &credentials) {
        let _ = credentials.srp();
    }
}
