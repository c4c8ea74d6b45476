//! An identity provider of a pool: whom users of other services are sent to.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{IdentityProviderType, IdentityProviderTypeType};
use serde::{Deserialize, Serialize};

use super::ids::{PoolId, ProviderName};
use crate::ambient::Entropy;
use crate::crypto::seal::{DataKey, Purpose};
use crate::{Fault, Timestamp};

/// Identity providers a pool has at most.
pub const MOST_PROVIDERS: u32 = 300;
/// Keys of `ProviderDetails` that are sealed where they are stored.
pub const SECRET_DETAILS: [&str; 2] = ["client_secret", "private_key"];

/// A provider as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRecord {
    /// The name.
    pub name: ProviderName,
    /// The settings as `DescribeIdentityProvider` shows them, without secrets and dates, as JSON.
    pub document: String,
    /// The secret details, a JSON object, sealed under the pool's data key; none where there are none.
    #[serde(with = "crate::crypto::base64_text_option")]
    pub sealed_details: Option<Vec<u8>>,
    /// When the provider was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

/// A provider, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// The stored form.
    pub record: ProviderRecord,
    /// The settings, without secrets and dates.
    pub document: IdentityProviderType,
    /// `client_secret`, `private_key`; in memory only.
    pub secrets: BTreeMap<String, Sensitive>,
}

/// The answer where a pool has no such provider.
pub fn no_provider(name: &str) -> Fault {
    Fault::not_found(format!("Identity provider {name} does not exist."))
}

/// What a sealed secret is bound to: it opens for its own provider alone.
fn owner(pool: &PoolId, name: &ProviderName) -> String {
    format!("{pool}#{name}")
}

impl Provider {
    /// A provider of these settings, whose secrets are taken out of the details and sealed.
    ///
    /// # Errors
    /// `InternalErrorException` when sealing fails.
    pub fn create(
        pool: &PoolId,
        mut document: IdentityProviderType,
        (created_at, modified_at, version): (Timestamp, Timestamp, u64),
        key: &DataKey,
        entropy: &dyn Entropy,
    ) -> Result<Self, Fault> {
        let name: ProviderName = document
            .provider_name
            .as_deref()
            .unwrap_or_default()
            .parse()
            .map_err(|_| Fault::invalid_parameter("ProviderName is not valid."))?;
        let details = document.provider_details.get_or_insert_default();
        let plain: BTreeMap<_, _> = SECRET_DETAILS
            .into_iter()
            .filter_map(|secret| details.remove_entry(secret))
            .collect();
        let sealed_details = if plain.is_empty() {
            None
        } else {
            let text = serde_json::to_vec(&plain).map_err(Fault::internal)?;
            Some(key.seal(Purpose::ProviderSecret, &owner(pool, &name), &text, entropy)?)
        };
        let record = ProviderRecord {
            document: serde_json::to_string(&document).map_err(Fault::internal)?,
            name,
            sealed_details,
            created_at,
            modified_at,
            version,
        };
        let secrets = plain
            .into_iter()
            .map(|(name, secret)| (name, Sensitive::from(secret)))
            .collect();
        Ok(Self {
            record,
            document,
            secrets,
        })
    }

    /// Opens a stored provider.
    ///
    /// # Errors
    /// `InternalErrorException` when what is stored is damaged.
    pub fn open(pool: &PoolId, record: ProviderRecord, key: &DataKey) -> Result<Self, Fault> {
        let document = serde_json::from_str(&record.document).map_err(Fault::internal)?;
        let plain: BTreeMap<String, String> = match &record.sealed_details {
            None => BTreeMap::new(),
            Some(sealed) => {
                let plain = key
                    .open(Purpose::ProviderSecret, &owner(pool, &record.name), sealed)
                    .ok_or_else(|| Fault::internal("a provider's secrets do not open"))?;
                serde_json::from_slice(&plain)
                    .map_err(|_| Fault::internal("a provider's secrets are damaged"))?
            }
        };
        let secrets = plain
            .into_iter()
            .map(|(name, secret)| (name, Sensitive::from(secret)))
            .collect();
        Ok(Self {
            record,
            document,
            secrets,
        })
    }

    /// The provider as the API shows it: with its `client_secret`, never with its `private_key`.
    pub fn to_api(&self) -> IdentityProviderType {
        let mut shown = self.document.clone();
        if let Some(secret) = self.secrets.get("client_secret") {
            let details = shown.provider_details.get_or_insert_default();
            details.insert("client_secret".to_owned(), secret.expose().to_owned());
        }
        shown.creation_date = Some(self.record.created_at.epoch());
        shown.last_modified_date = Some(self.record.modified_at.epoch());
        shown
    }
}

impl ProviderRecord {
    /// The settings, without secrets and dates.
    ///
    /// # Errors
    /// `InternalErrorException` when what is stored is damaged.
    pub fn settings(&self) -> Result<IdentityProviderType, Fault> {
        serde_json::from_str(&self.document).map_err(Fault::internal)
    }
}

/// Whether a provider's own identifier of a person is always a fixed claim: the social providers.
pub const fn is_social(kind: IdentityProviderTypeType) -> bool {
    match kind {
        IdentityProviderTypeType::Saml | IdentityProviderTypeType::Oidc => false,
        IdentityProviderTypeType::Facebook
        | IdentityProviderTypeType::Google
        | IdentityProviderTypeType::LoginWithAmazon
        | IdentityProviderTypeType::SignInWithApple => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};

    #[test]
    fn secrets_are_sealed_for_their_provider_and_only_the_client_secret_is_shown() {
        let pool: PoolId = "eu-west-1_a".parse().unwrap();
        let key = DataKey::new(&[7; 32]).unwrap();
        let details = [
            ("client_id", "id"),
            ("client_secret", "s3cret"),
            ("private_key", "p3m"),
        ];
        let document = IdentityProviderType {
            provider_name: Some("Google".to_owned()),
            provider_details: Some(details.map(|(k, v)| (k.to_owned(), v.to_owned())).into()),
            ..IdentityProviderType::default()
        };
        let made = Provider::create(&pool, document, (NOON, NOON, 1), &key, &Counting::default()).unwrap();
        assert!(!made.record.document.contains("s3cret") && !made.record.document.contains("p3m"));
        assert!(!format!("{made:?}").contains("s3cret"));

        let opened = Provider::open(&pool, made.record.clone(), &key).unwrap();
        assert_eq!(opened, made);
        let shown = opened.to_api().provider_details.unwrap();
        assert_eq!(shown["client_secret"], "s3cret");
        assert!(!shown.contains_key("private_key"));

        let other = ProviderRecord {
            name: "Other".parse().unwrap(),
            ..made.record
        };
        assert!(Provider::open(&pool, other, &key).is_err());
    }
}
