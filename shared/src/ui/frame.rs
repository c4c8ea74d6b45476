use aws_lc_rs::digest::{SHA256, digest};

use super::Locale;
use crate::crypto::base64;

/// The one stylesheet. Colours, font and corners are its variables, which the palettes set.
const STYLESHEET: &str = include_str!("../../assets/page.css");
pub(super) const LIGHT: &str = include_str!("../../assets/light.css");
pub(super) const DARK: &str = include_str!("../../assets/dark.css");

/// The script of forms that ask for passkeys.
const PASSKEY_SCRIPT: &str = include_str!("../../assets/passkey.js");

/// Which palettes a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Schemes {
    /// As the user's system has it.
    #[default]
    Both,
    /// The light one.
    Light,
    /// The dark one.
    Dark,
}

/// The text of a page's one `style` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    schemes: Schemes,
    css: String,
}

impl Default for Style {
    fn default() -> Self {
        Self::new(Schemes::Both, ["", ""], "")
    }
}

impl Style {
    /// The stylesheet with these palettes; `own` are declarations that replace some of the light and of the dark palette,
    /// `more` are rules that come after all others. None of them may hold `<`.
    pub fn new(schemes: Schemes, own: [&str; 2], more: &str) -> Self {
        let light = |scheme| format!(":root{{color-scheme:{scheme};\n{LIGHT}{}}}\n", own[0]);
        let dark = |scheme| format!(":root{{color-scheme:{scheme};\n{DARK}{}}}\n", own[1]);
        let palettes = match schemes {
            Schemes::Light => light("only light"),
            Schemes::Dark => dark("only dark"),
            Schemes::Both => format!(
                "{}@media (prefers-color-scheme: dark){{{}}}\n",
                light("light dark"),
                dark("light dark")
            ),
        };
        Self {
            schemes,
            css: format!("{palettes}{STYLESHEET}{more}"),
        }
    }

    /// The CSS.
    pub fn as_str(&self) -> &str {
        &self.css
    }

    /// The content of `<meta name="color-scheme">` (HTML).
    pub const fn schemes(&self) -> &'static str {
        match self.schemes {
            Schemes::Both => "light dark",
            Schemes::Light => "only light",
            Schemes::Dark => "only dark",
        }
    }
}

/// The text of a page's one `script` element; only ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Script(&'static str);

impl Script {
    /// What forms for passkeys need.
    pub const PASSKEY: Self = Self(PASSKEY_SCRIPT);

    /// The script.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// A text as a source of a Content-Security-Policy (CSP level 2): the policy allows this text alone, so neither a nonce
/// nor a second request is needed.
fn source(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    format!("'sha256-{}'", base64(hash.as_ref()))
}

/// Addresses of a picture, on this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// For the light palette.
    pub light: String,
    /// For the dark one, if it has its own.
    pub dark: Option<String>,
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
    /// The script, on the pages that have one.
    pub script: Option<Script>,
    /// Address of the icon of the browser's tab, on this site.
    pub icon: Option<String>,
    /// The picture above the page's text.
    pub logo: Option<Logo>,
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
            script: None,
            icon: None,
            logo: None,
            form_targets: None,
        }
    }

    /// The value of `Content-Security-Policy`: nothing but this style, this script if there is one, and pictures of this
    /// site or of the page itself; no frames, forms to this site only.
    pub fn policy(&self) -> String {
        let script = self
            .script
            .map(|script| format!("script-src {}; ", source(script.0)));
        format!(
            "default-src 'none'; style-src {}; {}img-src 'self' data:; form-action 'self'{}{}; base-uri 'none'; \
             frame-ancestors 'none'",
            source(&self.style.css),
            script.unwrap_or_default(),
            if self.form_targets.is_some() { " " } else { "" },
            self.form_targets.as_deref().unwrap_or_default()
        )
    }
}
