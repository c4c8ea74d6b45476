//! The one domain error, and the table that maps it to the API's `__type` and HTTP status.

use std::borrow::Cow;
use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $status:literal;)*) => {
        /// What went wrong, by the name the API's model gives it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FaultKind { $($(#[$doc])* $kind,)* }

        impl FaultKind {
            /// The `__type` of the error's body and the value of `x-amzn-errortype`.
            pub const fn type_name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }
        }
    };
}

kinds! {
    /// Another user holds this alias already.
    AliasExists = "AliasExistsException", 400;
    /// A code does not match the one that was sent.
    CodeMismatch = "CodeMismatchException", 400;
    /// A code could not be sent.
    CodeDeliveryFailure = "CodeDeliveryFailureException", 400;
    /// Two writes met; the caller may try again.
    ConcurrentModification = "ConcurrentModificationException", 400;
    /// The developer's user has an identity already.
    DeveloperUserAlreadyRegistered = "DeveloperUserAlreadyRegisteredException", 400;
    /// The client has a branding already.
    ManagedLoginBrandingExists = "ManagedLoginBrandingExistsException", 400;
    /// The client has a document of this name already.
    TermsExists = "TermsExistsException", 400;
    /// A device was confirmed before.
    DeviceKeyExists = "DeviceKeyExistsException", 400;
    /// An identity provider, or an identifier of one, exists already.
    DuplicateProvider = "DuplicateProviderException", 400;
    /// A service that Gatehouse asked, such as an identity provider, failed.
    ExternalService = "ExternalServiceException", 400;
    /// A code is too old, or was never sent.
    ExpiredCode = "ExpiredCodeException", 400;
    /// Our own failure; the details are in the log, never in the answer.
    Internal = "InternalErrorException", 500;
    /// The identity pool has no role for this, or one that cannot be assumed.
    InvalidIdentityPoolConfiguration = "InvalidIdentityPoolConfigurationException", 400;
    /// A trigger's function answered something that is no answer.
    InvalidLambdaResponse = "InvalidLambdaResponseException", 400;
    /// OAuth flows that a client cannot have.
    InvalidOAuthFlow = "InvalidOAuthFlowException", 400;
    /// A parameter is malformed or not allowed.
    InvalidParameter = "InvalidParameterException", 400;
    /// The pool is not configured for what is asked.
    InvalidUserPoolConfiguration = "InvalidUserPoolConfigurationException", 400;
    /// A password does not meet the policy.
    InvalidPassword = "InvalidPasswordException", 400;
    /// The code of the authenticator app is wrong, or none is registered.
    EnableSoftwareTokenMfa = "EnableSoftwareTokenMFAException", 400;
    /// The user has no such second factor.
    MfaMethodNotFound = "MFAMethodNotFoundException", 400;
    /// The pool or the user has no authenticator app.
    SoftwareTokenMfaNotFound = "SoftwareTokenMFANotFoundException", 400;
    /// Too many attempts.
    LimitExceeded = "LimitExceededException", 400;
    /// Not authenticated, or not allowed.
    NotAuthorized = "NotAuthorizedException", 400;
    /// An operation that Gatehouse does not serve yet.
    NotImplemented = "NotImplementedException", 400;
    /// The caller must choose a new password first.
    PasswordResetRequired = "PasswordResetRequiredException", 400;
    /// A password that the history remembers.
    PasswordHistoryPolicyViolation = "PasswordHistoryPolicyViolationException", 400;
    /// A group of this name exists already.
    GroupExists = "GroupExistsException", 400;
    /// A rotated refresh token was presented again.
    RefreshTokenReuse = "RefreshTokenReuseException", 400;
    /// A login belongs to another identity, or two identities would be one.
    ResourceConflict = "ResourceConflictException", 400;
    /// There is no such pool, client, user, ….
    ResourceNotFound = "ResourceNotFoundException", 400;
    /// A feature that the pool's plan does not include.
    FeatureUnavailableInTier = "FeatureUnavailableInTierException", 400;
    /// The pool's configuration does not allow this operation.
    OperationNotEnabled = "OperationNotEnabledException", 400;
    /// A scope that no resource server of the pool has.
    ScopeDoesNotExist = "ScopeDoesNotExistException", 400;
    /// The body is not the JSON the operation takes.
    Serialization = "SerializationException", 400;
    /// AWS or the pool's owner limits the rate.
    TooManyRequests = "TooManyRequestsException", 400;
    /// The token is not a valid one.
    Unauthorized = "UnauthorizedException", 400;
    /// A trigger's function could not be invoked, or did not answer in time.
    UnexpectedLambda = "UnexpectedLambdaException", 400;
    /// No operation has this name.
    UnknownOperation = "UnknownOperationException", 400;
    /// The operation is switched off by configuration.
    UnsupportedOperation = "UnsupportedOperationException", 400;
    /// This kind of token is not accepted here.
    UnsupportedTokenType = "UnsupportedTokenTypeException", 400;
    /// A trigger's function failed, or refused.
    UserLambdaValidation = "UserLambdaValidationException", 400;
    /// The user exists already.
    UsernameExists = "UsernameExistsException", 400;
    /// The user has not confirmed the account.
    UserNotConfirmed = "UserNotConfirmedException", 400;
    /// There is no such user.
    UserNotFound = "UserNotFoundException", 400;
    /// The user's status does not allow this.
    UnsupportedUserState = "UnsupportedUserStateException", 400;
    /// No registration of a passkey waits for this credential.
    WebAuthnChallengeNotFound = "WebAuthnChallengeNotFoundException", 400;
    /// Another client began the registration.
    WebAuthnClientMismatch = "WebAuthnClientMismatchException", 400;
    /// The pool has no relying party id.
    WebAuthnConfigurationMissing = "WebAuthnConfigurationMissingException", 400;
    /// A credential that cannot be registered.
    WebAuthnCredentialNotSupported = "WebAuthnCredentialNotSupportedException", 400;
    /// The pool does not take passkeys.
    WebAuthnNotEnabled = "WebAuthnNotEnabledException", 400;
    /// A credential that was made on another site.
    WebAuthnOriginNotAllowed = "WebAuthnOriginNotAllowedException", 400;
    /// A credential for another relying party.
    WebAuthnRelyingPartyMismatch = "WebAuthnRelyingPartyMismatchException", 400;
    /// AWS Signature V4: the caller's key may not do this.
    AccessDenied = "AccessDeniedException", 400;
    /// AWS Signature V4: the `Authorization` header is malformed.
    IncompleteSignature = "IncompleteSignatureException", 400;
    /// AWS Signature V4: wrong signature, scope or date.
    InvalidSignature = "InvalidSignatureException", 400;
    /// AWS Signature V4: no signature.
    MissingAuthenticationToken = "MissingAuthenticationTokenException", 400;
    /// AWS Signature V4: unknown access key or security token.
    UnrecognizedClient = "UnrecognizedClientException", 400;
}

/// An error that the caller sees: a kind and a message.
///
/// The message never holds a secret. [`Fault::internal`] keeps its cause for the log alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    message: Cow<'static, str>,
    cause: Option<String>,
}

impl Fault {
    /// An error of `kind` with the API's `message`.
    pub fn new(kind: FaultKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
        }
    }

    /// Our own failure. `cause` goes to the log; the caller learns nothing of it.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self {
            kind: FaultKind::Internal,
            message: Cow::Borrowed("Something went wrong"),
            cause: Some(cause.to_string()),
        }
    }

    /// `NotAuthorizedException` with `message`.
    pub fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::NotAuthorized, message)
    }

    /// `InvalidParameterException` with `message`.
    pub fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::InvalidParameter, message)
    }

    /// `InvalidParameterException` for a setting that this version would not obey.
    pub fn unsupported(setting: &str) -> Self {
        Self::invalid_parameter(format!(
            "{setting} is not supported by this version of Gatehouse."
        ))
    }

    /// `ResourceNotFoundException` with `message`.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::ResourceNotFound, message)
    }

    /// The one answer to a wrong user name or password, whichever it was.
    pub const fn incorrect_username_or_password() -> Self {
        Self {
            kind: FaultKind::NotAuthorized,
            message: Cow::Borrowed("Incorrect username or password."),
            cause: None,
        }
    }

    /// `UserNotFoundException`.
    pub const fn user_not_found() -> Self {
        Self {
            kind: FaultKind::UserNotFound,
            message: Cow::Borrowed("User does not exist."),
            cause: None,
        }
    }

    /// What went wrong.
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Whether it says nothing of what was asked about: we failed, or there were too many requests.
    pub const fn is_inconclusive(&self) -> bool {
        matches!(self.kind, FaultKind::Internal | FaultKind::TooManyRequests)
    }

    /// What the caller reads.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What only the log says.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.type_name(), self.message)
    }
}

impl std::error::Error for Fault {}
