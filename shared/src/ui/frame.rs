use aws_lc_rs::digest::{SHA256, digest};

use super::Locale;
use crate::crypto::base64;

/// The one stylesheet. Colours, font and corners are its variables; a later rule of the same element may set them.
const STYLESHEET: &str = include_str!("../../assets/page.css");

/// The text of a page's one `style` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style(String);

impl Default for Style {
    fn default() -> Self {
        Self(STYLESHEET.to_owned())
    }
}

impl Style {
    /// The CSS.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The style as a source of a Content-Security-Policy (CSP level 2): the policy allows this text alone, so neither
    /// a nonce nor a second request is needed.
    fn source(&self) -> String {
        let hash = digest(&SHA256, self.0.as_bytes());
        format!("'sha256-{}'", base64(hash.as_ref()))
    }
}

/// What every page has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The language of the page's text (BCP 47).
    pub lang: &'static str,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// The style.
    pub style: Style,
    /// Where, besides this site, the answer to a form may lead (CSP level 3, a source expression).
    pub form_targets: Option<String>,
}

impl Default for Frame {
    fn default() -> Self {
        Self::of(Locale::default())
    }
}

impl Frame {
    /// The usual frame in a language.
    pub fn of(locale: Locale) -> Self {
        Self {
            lang: locale.tag,
            dir: if locale.right_to_left { "rtl" } else { "ltr" },
            style: Style::default(),
            form_targets: None,
        }
    }

    /// The value of `Content-Security-Policy`: nothing but this style and pictures of this site or of the page itself;
    /// no scripts, no frames, forms to this site only.
    pub fn policy(&self) -> String {
        format!(
            "default-src 'none'; style-src {}; img-src 'self' data:; form-action 'self'{}{}; base-uri 'none'; \
             frame-ancestors 'none'",
            self.style.source(),
            if self.form_targets.is_some() { " " } else { "" },
            self.form_targets.as_deref().unwrap_or_default()
        )
    }
}
