//! What IAM has to know: AWS STS takes our tokens only if our issuer is registered there with the identity pool as an
//! audience. And what IAM knows: the audiences of other issuers.

use std::collections::BTreeSet;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use gatehouse::domain::identity_pool::{RegisteredIssuer, without_scheme};
use gatehouse::domain::ids::IdentityPoolId;
use gatehouse::fault::FaultKind;
use gatehouse::{Fault, store};

/// IAM's OpenID Connect providers.
#[derive(Debug, Clone)]
pub(crate) struct Registrar {
    iam: aws_sdk_iam::Client,
}

fn fault<E, R>(error: &SdkError<E, R>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some("Throttling" | "ThrottlingException" | "ConcurrentModification") => store::rate_exceeded(),
        Some("LimitExceeded") => Fault::new(
            FaultKind::LimitExceeded,
            "IAM takes no more audiences for the issuer of identity pools: an identity pool is one.",
        ),
        _ => Fault::internal(aws_sdk_iam::error::DisplayErrorContext(error)),
    }
}

impl Registrar {
    /// IAM as the environment wants it.
    pub(crate) async fn from_env() -> Self {
        let aws = gatehouse::app::aws::from_env().await;
        Self {
            iam: aws_sdk_iam::Client::new(&aws),
        }
    }

    /// Makes an identity pool an audience of our issuer. Repeating it is no error.
    pub(crate) async fn register(&self, issuer_arn: &str, pool: &IdentityPoolId) -> Result<(), Fault> {
        let iam = &self.iam;
        let sent = iam
            .add_client_id_to_open_id_connect_provider()
            .open_id_connect_provider_arn(issuer_arn)
            .client_id(pool.as_str())
            .send()
            .await;
        sent.map(|_| ()).map_err(|error| fault(&error))
    }

    /// Undoes it; an audience that is gone is no error.
    pub(crate) async fn unregister(&self, issuer_arn: &str, pool: &IdentityPoolId) -> Result<(), Fault> {
        let iam = &self.iam;
        let sent = iam
            .remove_client_id_from_open_id_connect_provider()
            .open_id_connect_provider_arn(issuer_arn)
            .client_id(pool.as_str())
            .send()
            .await;
        match sent {
            Err(error) if error.code() != Some("NoSuchEntity") => Err(fault(&error)),
            _ => Ok(()),
        }
    }

    /// What IAM says of the issuers that a pool lists.
    ///
    /// # Errors
    /// `InvalidParameterException` for one that is not registered.
    pub(crate) async fn issuers(&self, arns: Option<&Vec<String>>) -> Result<Vec<RegisteredIssuer>, Fault> {
        let mut issuers = Vec::new();
        for arn in arns.into_iter().flatten() {
            issuers.push(self.issuer(arn).await?);
        }
        Ok(issuers)
    }

    /// Checks that IAM has the SAML providers that a pool lists. What they are is read when somebody comes from them.
    ///
    /// # Errors
    /// `InvalidParameterException` for one that it has not.
    pub(crate) async fn check_saml_providers(&self, arns: Option<&Vec<String>>) -> Result<(), Fault> {
        for arn in arns.into_iter().flatten() {
            let sent = self.iam.get_saml_provider().saml_provider_arn(arn).send().await;
            sent.map_err(|error| match error.code() {
                Some("NoSuchEntity" | "InvalidInput" | "ValidationError") => {
                    Fault::invalid_parameter(format!("IAM has no SAML provider {arn}."))
                }
                _ => fault(&error),
            })?;
        }
        Ok(())
    }

    async fn issuer(&self, arn: &str) -> Result<RegisteredIssuer, Fault> {
        let iam = &self.iam;
        let sent = iam
            .get_open_id_connect_provider()
            .open_id_connect_provider_arn(arn)
            .send()
            .await;
        let known = sent.map_err(|error| match error.code() {
            Some("NoSuchEntity" | "InvalidInput" | "ValidationError") => {
                Fault::invalid_parameter(format!("IAM has no OpenID Connect provider {arn}."))
            }
            _ => fault(&error),
        })?;
        let url = known.url.unwrap_or_default();
        let issuer = without_scheme(url.trim_end_matches('/'))
            .parse()
            .map_err(|_| Fault::invalid_parameter(format!("The URL of {arn} is malformed.")))?;
        Ok(RegisteredIssuer {
            arn: arn.to_owned(),
            issuer,
            client_ids: known
                .client_id_list
                .unwrap_or_default()
                .into_iter()
                .collect::<BTreeSet<_>>(),
        })
    }
}
