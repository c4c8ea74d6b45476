//! Documents that users of a client accept: links by language, shown where accounts are made.

use std::collections::BTreeMap;

use gatehouse_model::user_pool::{TermsDescriptionType, TermsEnforcementType, TermsSourceType, TermsType};
use serde::{Deserialize, Serialize};
use url::Url;

use super::ids::{ClientId, PoolId, TermsId};
use crate::{Fault, Timestamp, fault::FaultKind};

/// What `Links` calls the link of every language without its own.
const DEFAULT: &str = "cognito:default";

/// The documents that a client may have, as `TermsName` calls them and in the order in which they are shown.
pub const NAMES: [&str; 2] = ["terms-of-use", "privacy-policy"];

/// A client's document as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Its id.
    pub id: TermsId,
    /// The client.
    pub client: ClientId,
    /// One of [`NAMES`].
    pub name: String,
    /// Addresses by language (`cognito:german` and the like), `cognito:default` among them.
    pub links: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

impl Terms {
    /// A new document.
    ///
    /// # Errors
    /// `InvalidParameterException` for links that are no web addresses, or without a default.
    pub fn new(
        id: TermsId,
        client: ClientId,
        name: String,
        links: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        Ok(Self {
            id,
            client,
            name,
            links: checked(links)?,
            created_at: now,
            modified_at: now,
            version: 1,
        })
    }

    /// The same, with what a request changes.
    ///
    /// # Errors
    /// As [`Terms::new`].
    pub fn changed(
        &self,
        name: Option<String>,
        links: Option<BTreeMap<String, String>>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        Ok(Self {
            name: name.unwrap_or_else(|| self.name.clone()),
            links: links.map_or_else(|| Ok(self.links.clone()), checked)?,
            modified_at: now,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// The address for readers of a language (BCP 47).
    pub fn link(&self, language: &str) -> Option<&str> {
        let own = match language {
            "en" => "cognito:english",
            "fr" => "cognito:french",
            "es" => "cognito:spanish",
            "de" => "cognito:german",
            "id" => "cognito:bahasa-indonesia",
            "it" => "cognito:italian",
            "ja" => "cognito:japanese",
            "ko" => "cognito:korean",
            "pt-BR" => "cognito:portuguese-brazil",
            "zh-CN" => "cognito:chinese-simplified",
            "zh-TW" => "cognito:chinese-traditional",
            _ => DEFAULT,
        };
        let link = self.links.get(own).or_else(|| self.links.get(DEFAULT));
        link.map(String::as_str)
    }

    /// The document as the API shows it.
    pub fn to_api(&self, pool: &PoolId) -> TermsType {
        TermsType {
            terms_id: Some(self.id.to_string()),
            user_pool_id: Some(pool.to_string()),
            client_id: Some(self.client.to_string()),
            terms_name: Some(self.name.clone()),
            terms_source: Some(TermsSourceType::Link),
            enforcement: Some(TermsEnforcementType::None),
            links: Some(self.links.clone()),
            creation_date: Some(self.created_at.epoch()),
            last_modified_date: Some(self.modified_at.epoch()),
        }
    }

    /// The document's line in a list.
    pub fn to_line(&self) -> TermsDescriptionType {
        TermsDescriptionType {
            terms_id: Some(self.id.to_string()),
            terms_name: Some(self.name.clone()),
            enforcement: Some(TermsEnforcementType::None),
            creation_date: Some(self.created_at.epoch()),
            last_modified_date: Some(self.modified_at.epoch()),
        }
    }
}

/// Links that pages may show: of the web, so that none can run a script.
fn checked(links: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Fault> {
    if !links.contains_key(DEFAULT) {
        return Err(Fault::invalid_parameter(format!("Links must contain {DEFAULT}.")));
    }
    for (language, link) in &links {
        let scheme = Url::parse(link).map(|url| url.scheme().to_owned());
        if !matches!(scheme.as_deref(), Ok("https" | "http")) {
            return Err(Fault::invalid_parameter(format!(
                "The link for {language} is not a web address."
            )));
        }
    }
    Ok(links)
}

/// The answer where there is no such document.
pub fn no_terms() -> Fault {
    Fault::not_found("The terms document does not exist.")
}

/// The answer where the client has a document of this name.
pub fn exists(name: &str) -> Fault {
    Fault::new(
        FaultKind::TermsExists,
        format!("The client has a terms document named {name} already."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    fn terms(links: &[(&str, &str)]) -> Result<Terms, Fault> {
        Terms::new(
            "11111111-1111-4111-8111-111111111111".parse().unwrap(),
            "client".parse().unwrap(),
            NAMES[0].to_owned(),
            links
                .iter()
                .map(|(language, link)| ((*language).to_owned(), (*link).to_owned()))
                .collect(),
            NOON,
        )
    }

    #[test]
    fn a_reader_gets_the_own_language_or_the_default() {
        let terms = terms(&[
            (DEFAULT, "https://example.com/terms"),
            ("cognito:german", "https://example.com/agb"),
        ])
        .unwrap();
        assert_eq!(terms.link("de"), Some("https://example.com/agb"));
        assert_eq!(terms.link("fr"), Some("https://example.com/terms"));
        assert_eq!(terms.link("ar"), Some("https://example.com/terms"));
    }

    #[test]
    fn links_lead_to_the_web_and_have_a_default() {
        assert!(terms(&[("cognito:german", "https://example.com")]).is_err());
        for link in ["javascript:alert(1)", "data:text/html,x", "/terms", "example.com"] {
            assert!(terms(&[(DEFAULT, link)]).is_err(), "{link}");
        }
    }
}
