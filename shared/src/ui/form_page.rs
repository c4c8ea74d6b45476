use askama::Template;

use super::{Frame, Page};

/// What a page says about the try before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// HTTP status of the page that shows it; of a problem it is 400 or higher.
    pub status: u16,
    /// In words.
    pub text: String,
}

impl Alert {
    /// It did not work.
    pub const fn wrong(text: String) -> Self {
        Self { status: 400, text }
    }

    /// It is done.
    pub const fn done(text: String) -> Self {
        Self { status: 200, text }
    }

    const fn is_problem(&self) -> bool {
        self.status >= 400
    }

    /// The word by which the stylesheet knows it.
    const fn class(&self) -> &'static str {
        if self.is_problem() { "problem" } else { "done" }
    }
}

/// Something to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the form.
    pub name: String,
    /// Its name in words.
    pub label: String,
    /// `type` of the HTML element.
    pub kind: &'static str,
    /// What browsers and password managers fill in (HTML, `autocomplete`).
    pub autocomplete: &'static str,
    /// What is filled in already; never a secret.
    pub value: Option<String>,
    /// It cannot be left empty.
    pub required: bool,
    /// Digits alone are wanted.
    pub digits: bool,
    /// It is a code of letters, which are written large.
    pub letters: bool,
    /// What helps to fill it in.
    pub hint: Option<String>,
}

/// A way to send the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Value of `action`; empty for the form's usual way.
    pub value: String,
    /// What it says.
    pub label: String,
    /// It works with fields left empty.
    pub skips_fields: bool,
    /// It is not the usual way, though it is the first.
    pub second: bool,
    /// It is an alternative to what stands above.
    pub comes_after_or: bool,
}

/// A way elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Words before it.
    pub before: Option<String>,
    /// Where it leads: on this site, or to a place that the client or the pool's owner has registered.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// A code to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// A `data:` address.
    pub address: String,
    /// What stands under it.
    pub caption: String,
    /// The same to type.
    pub key: String,
}

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyWay {
    /// To sign in, when the button is pressed.
    Get,
    /// The same; the browser also offers passkeys where the name is filled in (WebAuthn level 3, conditional mediation).
    Autofill,
    /// To make one.
    Create,
}

impl PasskeyWay {
    /// The word by which the script knows it.
    const fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Autofill => "autofill",
            Self::Create => "create",
        }
    }
}

/// A form that a passkey fills in, by the page's script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyForm {
    /// What for.
    pub way: PasskeyWay,
    /// Options of WebAuthn, JSON.
    pub options: String,
    /// Where the form goes, on this site.
    pub action: String,
    /// What it carries along.
    pub hidden: Vec<(String, String)>,
    /// What its button says.
    pub label: String,
    /// What is said when the authenticator refuses.
    pub failed: String,
    /// What is said where there are no scripts.
    pub scripts_needed: String,
}

/// A page with one form.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "form.html")]
pub struct FormPage {
    /// Language and style.
    pub frame: Frame,
    /// What the page is for.
    pub heading: String,
    /// What the user should know.
    pub text: Option<String>,
    /// What became of the try before.
    pub alert: Option<Alert>,
    /// Who is signed in already: the label of a button that goes on as that user.
    pub known: Option<String>,
    /// What stands between that button and the form.
    pub or: String,
    /// A code to scan.
    pub picture: Option<Picture>,
    /// A code to compare.
    pub shown_code: Option<String>,
    /// What stands before the points.
    pub points_text: String,
    /// What the user agrees to, point by point.
    pub points: Vec<String>,
    /// Where the form goes, on this site.
    pub action: String,
    /// What proves that the form was sent from this page.
    pub csrf: String,
    /// What the form carries along.
    pub hidden: Vec<(String, String)>,
    /// What to fill in.
    pub fields: Vec<Field>,
    /// How to send it; the first is the usual one.
    pub buttons: Vec<Button>,
    /// The form that a passkey fills in.
    pub passkey: Option<PasskeyForm>,
    /// Ways elsewhere.
    pub links: Vec<Link>,
    /// What stands before the documents that the user accepts.
    pub terms_text: String,
    /// The documents.
    pub terms: Vec<Link>,
}

impl Field {
    /// A field with a label.
    pub fn new(name: &str, label: String, kind: &'static str, autocomplete: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            label,
            kind,
            autocomplete,
            value: None,
            required: true,
            digits: false,
            letters: false,
            hint: None,
        }
    }

    /// The direction of what is filled in: addresses and codes are never written from the right.
    fn direction(&self) -> &'static str {
        if self.digits || self.letters || matches!(self.kind, "email" | "tel" | "url" | "password") {
            "ltr"
        } else {
            "auto"
        }
    }
}

impl Button {
    /// The usual way to send a form.
    pub fn usual(label: String) -> Self {
        Self {
            value: String::new(),
            label,
            skips_fields: false,
            second: false,
            comes_after_or: false,
        }
    }

    /// Another way, which needs nothing filled in.
    pub fn other(value: &str, label: String) -> Self {
        Self {
            value: value.to_owned(),
            label,
            skips_fields: true,
            second: true,
            comes_after_or: false,
        }
    }
}

impl FormPage {
    /// Whether the fields should be read with the alert.
    fn alert_is_problem(&self) -> bool {
        self.alert.as_ref().is_some_and(Alert::is_problem)
    }

    /// Whether a field is the one to begin with: the first that is empty, or the first of all.
    fn is_first_to_fill_in(&self, field: &Field) -> bool {
        let empty = self.fields.iter().find(|field| field.value.is_none());
        empty.or(self.fields.first()) == Some(field)
    }

    /// The ids of what should be read with a field.
    fn described(&self, field: &Field) -> Option<String> {
        let hint = field.hint.as_ref().map(|_| format!("{}-hint", field.name));
        match (self.alert_is_problem(), hint) {
            (true, Some(hint)) => Some(format!("alert {hint}")),
            (true, None) => Some("alert".to_owned()),
            (false, hint) => hint,
        }
    }
}

impl Page for FormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn samples() -> Vec<Self> {
        let harm = || "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>".to_owned();
        let field = |value| Field {
            value,
            hint: Some(harm()),
            ..Field::new("password", harm(), "password", "current-password")
        };
        vec![
            Self {
                heading: "Sign in".to_owned(),
                ..Self::default()
            },
            Self {
                heading: harm(),
                text: Some(harm()),
                alert: Some(Alert::wrong(harm())),
                known: Some(harm()),
                or: harm(),
                picture: Some(Picture {
                    address: "data:image/svg+xml;base64,AAAA".to_owned(),
                    caption: harm(),
                    key: harm(),
                }),
                shown_code: Some(harm()),
                points_text: harm(),
                points: vec![harm(), harm()],
                action: format!("/login?state={}", harm()),
                csrf: harm(),
                hidden: vec![("session".to_owned(), harm())],
                fields: vec![field(Some(harm())), field(None)],
                buttons: vec![Button::usual(harm()), Button::other("resend", harm())],
                links: vec![Link {
                    before: Some(harm()),
                    href: format!("/signup?state={}", harm()),
                    text: harm(),
                }],
                passkey: Some(PasskeyForm {
                    way: PasskeyWay::Autofill,
                    options: harm(),
                    action: "/login".to_owned(),
                    hidden: vec![("passkey".to_owned(), harm())],
                    label: harm(),
                    failed: harm(),
                    scripts_needed: harm(),
                }),
                terms_text: harm(),
                terms: vec![Link {
                    before: None,
                    href: harm(),
                    text: harm(),
                }],
                ..Self::default()
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_render() {
        super::super::tests::check_samples::<FormPage>();
    }
}
