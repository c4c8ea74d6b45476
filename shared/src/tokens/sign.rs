//! KMS: signing keys and data keys of pools, and what is sealed by KMS itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    DataKeyPairSpec, DataKeySpec, KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec, Tag,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::ecdsa;
use super::keys::{KeyVersion, PrivateKey, PublicKey, Signer, Signing, SigningAlgorithm, SigningKeys, Use};
use super::local::LocalKey;
use crate::crypto::encryption_sdk::MessageKey;
use crate::crypto::seal::DataKey;
use crate::crypto::{base64, base64url, from_base64};
use crate::domain::ids::{AccessKeyId, PoolId};
use crate::{Fault, store};

/// The tag that tells which pool a KMS key belongs to.
const POOL_TAG: &str = "gatehouse:pool";
/// Days until KMS forgets the keys of a deleted pool: the least that KMS allows.
const DELETION_DAYS: i32 = 7;

/// KMS, as Gatehouse uses it.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_field_names,
    reason = "clients of AWS are named alike everywhere"
)]
pub struct Kms {
    kms: aws_sdk_kms::Client,
    sealing_key: String,
    /// Private keys that this function has unwrapped, by `kid`.
    unwrapped: Arc<Mutex<HashMap<String, Arc<LocalKey>>>>,
}

fn fault<E, R>(error: &SdkError<E, R>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some("ThrottlingException" | "LimitExceededException") => store::rate_exceeded(),
        _ => Fault::internal(aws_sdk_kms::error::DisplayErrorContext(error)),
    }
}

fn pool_context(pool: &PoolId) -> HashMap<String, String> {
    HashMap::from([(POOL_TAG.to_owned(), pool.to_string())])
}

fn access_key_context(key: &AccessKeyId) -> HashMap<String, String> {
    HashMap::from([("gatehouse:access-key".to_owned(), key.to_string())])
}

fn alias(pool: &PoolId, usage: Use) -> String {
    format!("alias/gatehouse/{pool}/{}", usage.as_str())
}

/// Header and claims of a JWT that `key` is to sign (RFC 7515 section 5.1).
pub fn unsigned(key: &KeyVersion, kind: Option<&str>, claims: &Map<String, Value>) -> Result<String, Fault> {
    let mut header = json!({ "kid": key.kid, "alg": key.public.algorithm().as_str() });
    if let Some(kind) = kind {
        header["typ"] = json!(kind);
    }
    let header = header.to_string();
    let payload = serde_json::to_string(claims).map_err(Fault::internal)?;
    Ok(format!(
        "{}.{}",
        base64url(header.as_bytes()),
        base64url(payload.as_bytes())
    ))
}

impl Kms {
    /// KMS with the symmetric key that wraps data keys and seals access keys.
    pub fn new(kms: aws_sdk_kms::Client, sealing_key: String) -> Self {
        Self {
            kms,
            sealing_key,
            unwrapped: Arc::default(),
        }
    }

    /// Signs `claims` as a JWT (RFC 7519) with the pool's current key for `usage`: one call of KMS, or none where the
    /// private key was unwrapped here before.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn sign(
        &self,
        keys: &SigningKeys,
        usage: Use,
        claims: &Map<String, Value>,
    ) -> Result<String, Fault> {
        self.sign_as(keys, usage, None, claims).await
    }

    /// [`Self::sign`] with a type in the header (`typ`).
    ///
    /// # Errors
    /// Those of [`Self::sign`].
    pub async fn sign_as(
        &self,
        keys: &SigningKeys,
        usage: Use,
        kind: Option<&str>,
        claims: &Map<String, Value>,
    ) -> Result<String, Fault> {
        let key = keys.current(usage)?;
        let algorithm = key.public.algorithm();
        let message = unsigned(key, kind, claims)?;
        let signature = match (&key.private, keys) {
            (PrivateKey::KmsKeyId(id), _) => self.sign_by_kms(id, algorithm, &message).await?,
            (PrivateKey::Wrapped(wrapped), SigningKeys::KmsDataKeyPair { pool, .. }) => {
                let key = self.unwrap_signing_key(pool, key, wrapped).await?;
                key.sign(message.as_bytes())?
            }
            (PrivateKey::Wrapped(_), SigningKeys::Kms { .. }) => {
                return Err(Fault::internal("a wrapped key among those that KMS has"));
            }
        };
        Ok(format!("{message}.{}", base64url(&signature)))
    }

    /// Signs `claims` as a JWT (RFC 7519) with one key that KMS has.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn sign_with(&self, key: &KeyVersion, claims: &Map<String, Value>) -> Result<String, Fault> {
        let PrivateKey::KmsKeyId(id) = &key.private else {
            return Err(Fault::internal("a wrapped key among those that KMS has"));
        };
        let message = unsigned(key, None, claims)?;
        let signature = self.sign_by_kms(id, key.public.algorithm(), &message).await?;
        Ok(format!("{message}.{}", base64url(&signature)))
    }

    async fn sign_by_kms(
        &self,
        key_id: &str,
        algorithm: SigningAlgorithm,
        message: &str,
    ) -> Result<Vec<u8>, Fault> {
        let output = self
            .kms
            .sign()
            .key_id(key_id)
            .message_type(MessageType::Digest)
            .message(Blob::new(digest(&SHA256, message.as_bytes()).as_ref()))
            .signing_algorithm(match algorithm {
                SigningAlgorithm::Rs256 => SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
                SigningAlgorithm::Es256 => SigningAlgorithmSpec::EcdsaSha256,
            })
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let signature = output
            .signature
            .ok_or_else(|| Fault::internal("KMS answered without a signature"))?;
        match algorithm {
            SigningAlgorithm::Rs256 => Ok(signature.into_inner()),
            SigningAlgorithm::Es256 => ecdsa::joined(signature.as_ref()).map(|joined| joined.to_vec()),
        }
    }

    /// A wrapped private key, unwrapped once per warm function.
    async fn unwrap_signing_key(
        &self,
        pool: &PoolId,
        key: &KeyVersion,
        wrapped: &str,
    ) -> Result<Arc<LocalKey>, Fault> {
        if let Some(known) = self.known(&key.kid) {
            return Ok(known);
        }
        let wrapped = from_base64(wrapped).ok_or_else(|| Fault::internal("a wrapped key is damaged"))?;
        let plain = Zeroizing::new(self.decrypt(&wrapped, pool_context(pool)).await?);
        let opened = Arc::new(LocalKey::new(key.public.algorithm(), &plain)?);
        self.unwrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.kid.clone(), Arc::clone(&opened));
        Ok(opened)
    }

    fn known(&self, kid: &str) -> Option<Arc<LocalKey>> {
        let known = self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(kid).cloned()
    }

    /// Creates the signing keys of a new pool: in KMS, each under an alias, or wrapped by it. Should a step fail, the
    /// keys that were made are scheduled for deletion.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn create_signing_keys(&self, pool: &PoolId, signing: Signing) -> Result<SigningKeys, Fault> {
        let (id, access) = tokio::join!(
            self.create_key(pool, Use::Id, signing),
            self.create_key(pool, Use::Access, signing)
        );
        match (id, access) {
            (Ok(id), Ok(access)) => Ok(SigningKeys::new(pool, signing.signer, id, access)),
            (Err(fault), other) | (other, Err(fault)) => {
                let made: Vec<_> = other.into_iter().collect();
                self.delete_keys(pool, &made).await?;
                Err(fault)
            }
        }
    }

    async fn create_key(&self, pool: &PoolId, usage: Use, signing: Signing) -> Result<KeyVersion, Fault> {
        match signing.signer {
            Signer::Kms => self.create_kms_key(pool, usage, signing.algorithm).await,
            Signer::KmsDataKeyPair => self.create_key_pair(pool, signing.algorithm).await,
        }
    }

    /// A key pair whose private half KMS wraps under the sealing key, and keeps no copy of.
    async fn create_key_pair(&self, pool: &PoolId, algorithm: SigningAlgorithm) -> Result<KeyVersion, Fault> {
        let output = self
            .kms
            .generate_data_key_pair_without_plaintext()
            .key_id(&self.sealing_key)
            .key_pair_spec(match algorithm {
                SigningAlgorithm::Rs256 => DataKeyPairSpec::Rsa2048,
                SigningAlgorithm::Es256 => DataKeyPairSpec::EccNistP256,
            })
            .set_encryption_context(Some(pool_context(pool)))
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let (Some(wrapped), Some(public)) = (output.private_key_ciphertext_blob, output.public_key) else {
            return Err(Fault::internal("KMS answered without a key pair"));
        };
        let private = PrivateKey::Wrapped(base64(wrapped.as_ref()));
        Ok(KeyVersion::new(
            private,
            PublicKey::new(algorithm, public.as_ref())?,
        ))
    }

    async fn create_kms_key(
        &self,
        pool: &PoolId,
        usage: Use,
        algorithm: SigningAlgorithm,
    ) -> Result<KeyVersion, Fault> {
        let tag = Tag::builder()
            .tag_key(POOL_TAG)
            .tag_value(pool.as_str())
            .build()
            .map_err(Fault::internal)?;
        let created = self
            .kms
            .create_key()
            .key_spec(match algorithm {
                SigningAlgorithm::Rs256 => KeySpec::Rsa2048,
                SigningAlgorithm::Es256 => KeySpec::EccNistP256,
            })
            .key_usage(KeyUsageType::SignVerify)
            .description(format!(
                "Gatehouse: {} tokens of user pool {pool}",
                usage.as_str()
            ))
            .tags(tag)
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let key_id = created
            .key_metadata
            .map(|metadata| metadata.key_id)
            .ok_or_else(|| Fault::internal("KMS answered without a key"))?;
        let finished = self.finish_key(pool, usage, algorithm, &key_id).await;
        if finished.is_err() {
            self.schedule_deletion(&key_id).await?;
        }
        finished
    }

    async fn finish_key(
        &self,
        pool: &PoolId,
        usage: Use,
        algorithm: SigningAlgorithm,
        key_id: &str,
    ) -> Result<KeyVersion, Fault> {
        let alias = self
            .kms
            .create_alias()
            .alias_name(alias(pool, usage))
            .target_key_id(key_id)
            .send();
        let public = self.kms.get_public_key().key_id(key_id).send();
        let (alias, public) = tokio::join!(alias, public);
        match alias {
            // The pool's id is new, so it is there by a try before that was not answered.
            Err(error) if error.code() != Some("AlreadyExistsException") => return Err(fault(&error)),
            _ => {}
        }
        let public = public.map_err(|error| fault(&error))?;
        let der = public
            .public_key
            .ok_or_else(|| Fault::internal("KMS answered without a public key"))?;
        let public = PublicKey::new(algorithm, der.as_ref())?;
        Ok(KeyVersion::new(PrivateKey::KmsKeyId(key_id.to_owned()), public))
    }

    /// The public half of a KMS key of RSA.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn public_key(&self, key_id: &str) -> Result<KeyVersion, Fault> {
        let public = self.kms.get_public_key().key_id(key_id).send().await;
        let public = public.map_err(|error| fault(&error))?;
        let der = public
            .public_key
            .ok_or_else(|| Fault::internal("KMS answered without a public key"))?;
        let public = PublicKey::new(SigningAlgorithm::Rs256, der.as_ref())?;
        Ok(KeyVersion::new(PrivateKey::KmsKeyId(key_id.to_owned()), public))
    }

    /// Schedules the deletion of a pool's keys and frees their aliases. Repeating it is no error.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn delete_signing_keys(&self, pool: &PoolId, keys: &SigningKeys) -> Result<(), Fault> {
        let versions: Vec<_> = keys.all().cloned().collect();
        self.delete_keys(pool, &versions).await
    }

    async fn delete_keys(&self, pool: &PoolId, versions: &[KeyVersion]) -> Result<(), Fault> {
        for usage in [Use::Id, Use::Access] {
            let deleted = self
                .kms
                .delete_alias()
                .alias_name(alias(pool, usage))
                .send()
                .await;
            match deleted {
                Err(error) if error.code() != Some("NotFoundException") => return Err(fault(&error)),
                _ => {}
            }
        }
        for version in versions {
            if let PrivateKey::KmsKeyId(id) = &version.private {
                self.schedule_deletion(id).await?;
            }
        }
        Ok(())
    }

    async fn schedule_deletion(&self, key_id: &str) -> Result<(), Fault> {
        let scheduled = self
            .kms
            .schedule_key_deletion()
            .key_id(key_id)
            .pending_window_in_days(DELETION_DAYS)
            .send()
            .await;
        match scheduled {
            // A key that is being deleted already, or is gone, is what was asked for.
            Err(error)
                if !matches!(
                    error.code(),
                    Some("KMSInvalidStateException" | "NotFoundException")
                ) =>
            {
                Err(fault(&error))
            }
            _ => Ok(()),
        }
    }

    /// A new data key for a pool, wrapped.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn create_data_key(&self, pool: &PoolId) -> Result<Vec<u8>, Fault> {
        let output = self
            .kms
            .generate_data_key_without_plaintext()
            .key_id(&self.sealing_key)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(pool_context(pool)))
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let wrapped = output
            .ciphertext_blob
            .ok_or_else(|| Fault::internal("KMS answered without a data key"))?;
        Ok(wrapped.into_inner())
    }

    /// A new key for one message, under a KMS key of the pool's owner.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn message_key(
        &self,
        key: &str,
        context: &BTreeMap<String, String>,
    ) -> Result<MessageKey, Fault> {
        let output = self
            .kms
            .generate_data_key()
            .key_id(key)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(context.clone().into_iter().collect()))
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let missing = || Fault::internal("KMS answered without a data key");
        Ok(MessageKey {
            plain: output.plaintext.ok_or_else(missing)?.into_inner().into(),
            wrapped: output.ciphertext_blob.ok_or_else(missing)?.into_inner(),
            arn: output.key_id.ok_or_else(missing)?,
        })
    }

    /// The data key of a message, as the KMS key of `arn` opens it.
    ///
    /// # Errors
    /// `InternalErrorException` where KMS does not open it: another key or context, or no permission.
    pub async fn open_message_key(
        &self,
        arn: &str,
        wrapped: &[u8],
        context: &BTreeMap<String, String>,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let context = context.clone().into_iter().collect();
        self.decrypt_with(arn, wrapped, context).await.map(Zeroizing::new)
    }

    /// Unwraps a pool's data key.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn unwrap_data_key(&self, pool: &PoolId, wrapped: &[u8]) -> Result<DataKey, Fault> {
        let plain = Zeroizing::new(self.decrypt(wrapped, pool_context(pool)).await?);
        DataKey::new(&plain)
    }

    /// Seals an access key's secret.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn seal_access_key(&self, id: &AccessKeyId, secret: &[u8]) -> Result<Vec<u8>, Fault> {
        let output = self
            .kms
            .encrypt()
            .key_id(&self.sealing_key)
            .plaintext(Blob::new(secret))
            .set_encryption_context(Some(access_key_context(id)))
            .send()
            .await
            .map_err(|error| fault(&error))?;
        let sealed = output
            .ciphertext_blob
            .ok_or_else(|| Fault::internal("KMS answered without a ciphertext"))?;
        Ok(sealed.into_inner())
    }

    /// Opens an access key's secret.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn open_access_key(&self, id: &AccessKeyId, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        self.decrypt(sealed, access_key_context(id)).await
    }

    async fn decrypt(&self, sealed: &[u8], context: HashMap<String, String>) -> Result<Vec<u8>, Fault> {
        self.decrypt_with(&self.sealing_key, sealed, context).await
    }

    async fn decrypt_with(
        &self,
        key: &str,
        sealed: &[u8],
        context: HashMap<String, String>,
    ) -> Result<Vec<u8>, Fault> {
        let output = self
            .kms
            .decrypt()
            .key_id(key)
            .ciphertext_blob(Blob::new(sealed))
            .set_encryption_context(Some(context))
            .send()
            .await
            .map_err(|error| fault(&error))?;
        Ok(output
            .plaintext
            .ok_or_else(|| Fault::internal("KMS answered without a plaintext"))?
            .into_inner())
    }
}
