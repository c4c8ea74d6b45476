//! `operations.toml` as it is written.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde::Deserialize;

/// Both services' operations, by name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Operations {
    /// User pools.
    pub user_pool: BTreeMap<String, Entry>,
    /// Identity pools.
    pub identity_pool: BTreeMap<String, Entry>,
}

/// An operation's place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it has to do with.
    pub family: String,
    /// The function that serves it, or will.
    pub function: String,
    /// Who may call it.
    pub access: Access,
    /// Whether it is served already.
    #[serde(default)]
    pub served: bool,
    /// The test that shows it: a file of the project, two colons, the test's name.
    pub test: Option<String>,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Anyone.
    Public,
    /// Holders of an access key, who sign.
    Signed,
    /// Those, and clients that show their own credentials.
    Either,
}

impl Access {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Signed => "signed",
            Self::Either => "either",
        }
    }
}

impl Operations {
    /// Reads `operations.toml` of the project at `root`.
    pub fn read(root: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(toml::from_str(&std::fs::read_to_string(
            root.join("operations.toml"),
        )?)?)
    }

    /// Every entry of both services.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.user_pool.iter().chain(&self.identity_pool)
    }
}
