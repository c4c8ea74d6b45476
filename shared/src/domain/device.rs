//! A device that a user signed in with and that proves itself at later sign-ins.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    AttributeType, DeviceConfigurationType, DeviceRememberedStatusType, DeviceSecretVerifierConfigType,
    DeviceType, NewDeviceMetadataType,
};
use serde::{Deserialize, Serialize};

use super::ids::{DeviceKey, PoolId, Sub, UserKey};
use crate::ambient::Entropy;
use crate::crypto::seal::{DataKey, Purpose};
use crate::protocol::srp::DeviceVerifier;
use crate::{Fault, Timestamp, fault::FaultKind};

/// What a pool says about devices (`DeviceConfiguration`); a pool that says nothing does not track them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceRules {
    /// A remembered device that proves itself stands for a second factor (`ChallengeRequiredOnNewDevice`).
    pub replaces_mfa: bool,
    /// A device is remembered only once its user says so (`DeviceOnlyRememberedOnUserPrompt`).
    pub on_prompt: bool,
}

impl DeviceRules {
    /// The rules that a pool's document holds. Any value of the two switches tracking on.
    pub fn from_document(configuration: Option<&DeviceConfigurationType>) -> Option<Self> {
        let configuration = configuration?;
        let (challenge, prompt) = (
            configuration.challenge_required_on_new_device,
            configuration.device_only_remembered_on_user_prompt,
        );
        (challenge.is_some() || prompt.is_some()).then(|| Self {
            replaces_mfa: challenge.unwrap_or(false),
            on_prompt: prompt.unwrap_or(false),
        })
    }
}

/// The answer of a pool that does not track devices.
pub fn not_tracked() -> Fault {
    Fault::new(
        FaultKind::InvalidUserPoolConfiguration,
        "Device tracking is not enabled for the user pool.",
    )
}

/// The device key of a request.
///
/// # Errors
/// `ResourceNotFoundException` for a text that is none.
pub fn key_named(given: Option<&String>) -> Result<DeviceKey, Fault> {
    let text = given.map(String::as_str).unwrap_or_default();
    text.parse().map_err(|_| no_device())
}

/// The answer where the user has no such device.
pub fn no_device() -> Fault {
    Fault::not_found("Device does not exist.")
}

/// `DeviceGroupKey`, which devices of a pool hash in the place of the pool's name.
pub fn group_key(pool: &PoolId) -> String {
    format!("-{}", pool.name())
}

/// What a sign-in answers about a device that the pool does not know yet.
pub fn metadata(pool: &PoolId, key: &DeviceKey) -> NewDeviceMetadataType {
    NewDeviceMetadataType {
        device_key: Some(key.to_string()),
        device_group_key: Some(group_key(pool)),
    }
}

/// What `DeviceRememberedStatus` asks for.
///
/// # Errors
/// `InvalidParameterException` where it is missing.
pub fn is_remembered(given: Option<DeviceRememberedStatusType>) -> Result<bool, Fault> {
    match given {
        Some(DeviceRememberedStatusType::Remembered) => Ok(true),
        Some(DeviceRememberedStatusType::NotRemembered) => Ok(false),
        None => Err(Fault::invalid_parameter(
            "Missing required parameter DeviceRememberedStatus",
        )),
    }
}

/// A device as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The device's key.
    pub key: DeviceKey,
    /// Its user's immutable id: whoever gets the same name later has no part in it.
    pub sub: Sub,
    /// The name that the application gave it.
    pub name: Option<String>,
    /// The sealed SRP verifier.
    #[serde(with = "crate::crypto::base64_text")]
    pub verifier: Vec<u8>,
    /// Whether it proves itself at sign-in.
    pub remembered: bool,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When anything changed last.
    pub modified_at: Timestamp,
    /// When the user signed in with it last.
    pub authenticated_at: Timestamp,
}

fn context(pool: &PoolId, user: &UserKey, device: &DeviceKey) -> String {
    format!("{pool}#{device}#{user}")
}

/// Reads and seals what the device sends of its password.
///
/// # Errors
/// `InvalidParameterException` for what is missing or no verifier.
pub fn seal_verifier(
    given: Option<DeviceSecretVerifierConfigType>,
    data_key: &DataKey,
    (pool, user, device): (&PoolId, &UserKey, &DeviceKey),
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, Fault> {
    let given = given.unwrap_or_default();
    let verifier = given
        .salt
        .zip(given.password_verifier)
        .and_then(|(salt, verifier)| DeviceVerifier::parse(&salt, &verifier))
        .ok_or_else(|| Fault::invalid_parameter("Invalid device secret verifier configuration."))?;
    let context = context(pool, user, device);
    data_key.seal(Purpose::DeviceVerifier, &context, &verifier.to_bytes(), entropy)
}

impl Device {
    /// The device's verifier.
    ///
    /// # Errors
    /// `InternalErrorException` when it is damaged or another's.
    pub fn open_verifier(
        &self,
        data_key: &DataKey,
        pool: &PoolId,
        user: &UserKey,
    ) -> Result<DeviceVerifier, Fault> {
        data_key
            .open(
                Purpose::DeviceVerifier,
                &context(pool, user, &self.key),
                &self.verifier,
            )
            .map(zeroize::Zeroizing::new)
            .and_then(|bytes| DeviceVerifier::from_bytes(&bytes))
            .ok_or_else(|| Fault::internal("a device's sealed verifier does not open"))
    }

    /// The device as its user sees it, and for administrators whether it is remembered.
    pub fn to_api(&self, admin: bool) -> DeviceType {
        let status = if self.remembered {
            "remembered"
        } else {
            "not_remembered"
        };
        let attributes = [
            Some(("device_status", "valid")),
            self.name.as_deref().map(|name| ("device_name", name)),
            admin.then_some(("dev:device_remembered_status", status)),
        ];
        let attributes = attributes.into_iter().flatten();
        DeviceType {
            device_key: Some(self.key.to_string()),
            device_attributes: Some(
                attributes
                    .map(|(name, value)| AttributeType {
                        name: Some(name.to_owned()),
                        value: Some(Sensitive::from(value)),
                    })
                    .collect(),
            ),
            device_create_date: Some(self.created_at.epoch()),
            device_last_modified_date: Some(self.modified_at.epoch()),
            device_last_authenticated_date: Some(self.authenticated_at.epoch()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::crypto::base64;

    #[test]
    fn a_pool_tracks_devices_once_it_says_anything_about_them() {
        let mut configuration = DeviceConfigurationType::default();
        assert_eq!(DeviceRules::from_document(None), None);
        assert_eq!(DeviceRules::from_document(Some(&configuration)), None);
        configuration.device_only_remembered_on_user_prompt = Some(false);
        let rules = DeviceRules::from_document(Some(&configuration)).unwrap();
        assert!(!rules.replaces_mfa && !rules.on_prompt);
    }

    #[test]
    fn a_verifier_opens_for_its_device_its_user_and_its_pool_only() {
        let (entropy, data_key) = (Counting::default(), DataKey::new(&[7; 32]).unwrap());
        let (pool, other): (PoolId, PoolId) =
            ("eu-west-1_one".parse().unwrap(), "eu-west-1_two".parse().unwrap());
        let (ann, bob): (UserKey, UserKey) = ("ann".parse().unwrap(), "bob".parse().unwrap());
        let key = DeviceKey::generate("eu-west-1", &entropy);
        let given = DeviceSecretVerifierConfigType {
            salt: Some(base64(&[1, 2, 3])),
            password_verifier: Some(base64(&[9; 384])),
        };
        let device = Device {
            sub: Sub::generate(&entropy),
            name: None,
            verifier: seal_verifier(Some(given), &data_key, (&pool, &ann, &key), &entropy).unwrap(),
            remembered: true,
            created_at: NOON,
            modified_at: NOON,
            authenticated_at: NOON,
            key,
        };
        assert!(device.open_verifier(&data_key, &pool, &ann).is_ok());
        assert!(device.open_verifier(&data_key, &pool, &bob).is_err());
        assert!(device.open_verifier(&data_key, &other, &ann).is_err());
        let renamed = Device {
            key: DeviceKey::generate("eu-west-1", &entropy),
            ..device
        };
        assert!(renamed.open_verifier(&data_key, &pool, &ann).is_err());
    }
}
