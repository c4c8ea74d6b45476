//! `Settings` of managed login branding: which of Cognito's settings the pages obey, and how.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::Fault;

/// Settings of both palettes, below `<component>.lightMode` and `<component>.darkMode`: colours, and the variables of the
/// stylesheet that they are.
const COLOURS: [(&str, &str, &str); 31] = [
    ("components.pageBackground", "color", "page"),
    ("components.form", "backgroundColor", "card"),
    ("components.form", "borderColor", "edge"),
    ("components.pageText", "bodyColor", "text"),
    ("components.pageText", "headingColor", "heading"),
    ("components.pageText", "descriptionColor", "quiet"),
    ("components.primaryButton", "defaults.backgroundColor", "accent"),
    ("components.primaryButton", "defaults.textColor", "on-accent"),
    (
        "components.primaryButton",
        "hover.backgroundColor",
        "accent-strong",
    ),
    ("components.primaryButton", "hover.textColor", "on-accent-strong"),
    (
        "components.primaryButton",
        "active.backgroundColor",
        "accent-active",
    ),
    ("components.primaryButton", "active.textColor", "on-accent-active"),
    ("components.secondaryButton", "defaults.backgroundColor", "second"),
    (
        "components.secondaryButton",
        "defaults.borderColor",
        "second-line",
    ),
    ("components.secondaryButton", "defaults.textColor", "on-second"),
    (
        "components.secondaryButton",
        "hover.backgroundColor",
        "second-strong",
    ),
    (
        "components.secondaryButton",
        "hover.borderColor",
        "second-line-strong",
    ),
    (
        "components.secondaryButton",
        "hover.textColor",
        "on-second-strong",
    ),
    (
        "components.secondaryButton",
        "active.backgroundColor",
        "second-active",
    ),
    (
        "components.secondaryButton",
        "active.borderColor",
        "second-line-active",
    ),
    (
        "components.secondaryButton",
        "active.textColor",
        "on-second-active",
    ),
    ("components.alert", "error.backgroundColor", "problem-tint"),
    ("components.alert", "error.borderColor", "problem"),
    ("componentClasses.input", "defaults.backgroundColor", "field"),
    ("componentClasses.input", "defaults.borderColor", "line"),
    ("componentClasses.inputDescription", "textColor", "hint"),
    ("componentClasses.inputLabel", "textColor", "label"),
    ("componentClasses.divider", "borderColor", "divider"),
    ("componentClasses.link", "defaults.textColor", "link"),
    ("componentClasses.link", "hover.textColor", "link-strong"),
    // The ring of what has the focus.
    ("componentClasses.focusState", "borderColor", "focus"),
];

/// Corners, in pixels, and the variables that they are.
const RADII: [(&str, &str); 4] = [
    ("components.form.borderRadius", "radius"),
    ("components.alert.borderRadius", "alert-radius"),
    ("componentClasses.input.borderRadius", "field-radius"),
    ("componentClasses.buttons.borderRadius", "button-radius"),
];

/// Settings of one word, and the words that the pages obey.
const WORDS: [(&str, &[&str]); 9] = [
    ("categories.global.colorSchemeMode", &["DYNAMIC", "LIGHT", "DARK"]),
    ("categories.global.spacingDensity", &["REGULAR"]),
    ("categories.form.location.horizontal", &["CENTER", "START", "END"]),
    ("categories.form.location.vertical", &["CENTER", "TOP", "BOTTOM"]),
    ("components.form.logo.location", &["CENTER", "START", "END"]),
    ("components.form.logo.position", &["TOP"]),
    ("components.form.logo.formInclusion", &["IN"]),
    // Reserved by Cognito, which does nothing with it either.
    ("categories.form.sessionTimerDisplay", &["NONE"]),
    ("components.phoneNumberSelector.displayType", &["TEXT"]),
];

/// Switches, and whether they can be on and off: what the pages do not have can only be off.
const SWITCHES: [(&str, &[bool]); 10] = [
    ("components.form.logo.enabled", &[true, false]),
    ("components.form.backgroundImage.enabled", &[true, false]),
    ("components.pageBackground.image.enabled", &[true, false]),
    ("categories.form.displayGraphics", &[true, false]),
    ("categories.form.instructions.enabled", &[true, false]),
    ("categories.form.languageSelector.enabled", &[true, false]),
    ("categories.global.pageHeader.enabled", &[false]),
    ("categories.global.pageFooter.enabled", &[false]),
    ("components.pageHeader.logo.enabled", &[false]),
    ("components.pageFooter.logo.enabled", &[false]),
];

/// Parts of Cognito's pages that these do not have, or that Cognito reserves: what is set of them is kept and shows nowhere.
const ABSENT: [&str; 12] = [
    "categories.auth",
    "categories.signUp",
    "components.idpButton",
    "components.pageHeader",
    "components.pageFooter",
    "components.phoneNumberSelector",
    "componentClasses.dropDown",
    "componentClasses.idpButton",
    "componentClasses.optionControls",
    "componentClasses.statusIndicator",
    "components.primaryButton.lightMode.disabled",
    "components.primaryButton.darkMode.disabled",
];

const MODES: [&str; 2] = ["lightMode", "darkMode"];

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings(Value);

impl Settings {
    /// Settings of a document.
    ///
    /// # Errors
    /// `InvalidParameterException` that names the first setting that the pages do not obey, or its value.
    pub fn parse(document: Value) -> Result<Self, Fault> {
        let mut leaves = Vec::new();
        flatten(&document, String::new(), &mut leaves);
        for (path, value) in leaves {
            check(&path, value)?;
        }
        Ok(Self(document))
    }

    /// The document.
    pub const fn document(&self) -> &Value {
        &self.0
    }

    /// These settings with others over them.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        merge(&mut self.0, &other.0);
        self
    }

    /// Declarations of the variables of the light (`lightMode`) and the dark palette.
    pub fn palettes(&self) -> [String; 2] {
        MODES.map(|mode| {
            let mut css = String::new();
            for (component, below, variable) in COLOURS {
                let path = format!("{component}.{mode}.{below}");
                if let Some(colour) = self.at(&path).and_then(Value::as_str) {
                    let _ = write!(css, "--{variable}:#{colour};");
                }
            }
            for (path, variable) in RADII {
                if let Some(pixels) = self.at(path).and_then(Value::as_f64) {
                    let _ = write!(css, "--{variable}:{pixels}px;");
                }
            }
            css
        })
    }

    /// The word of a setting.
    pub fn word(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a setting is on; `None` where it is not set.
    pub fn switch(&self, path: &str) -> Option<bool> {
        self.at(path).and_then(Value::as_bool)
    }

    fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.0, |value, name| value.get(name))
    }

    /// What holds where nothing is set, from the palettes as CSS.
    pub fn defaults(light: &str, dark: &str) -> Self {
        let mut document = json!({});
        for (mode, palette) in MODES.into_iter().zip([light, dark]) {
            for (component, below, variable) in COLOURS {
                if let Some(colour) = variable_of(palette, variable) {
                    put(
                        &mut document,
                        &format!("{component}.{mode}.{below}"),
                        json!(colour),
                    );
                }
            }
        }
        for (path, words) in WORDS {
            put(&mut document, path, json!(words[0]));
        }
        for (path, _) in SWITCHES {
            put(&mut document, path, json!(false));
        }
        Self(document)
    }
}

/// A colour of a palette as `Settings` writes it: eight hexadecimal digits.
fn variable_of(palette: &str, variable: &str) -> Option<String> {
    let (_, rest) = palette.split_once(&format!("--{variable}: "))?;
    let value = rest.split(';').next()?;
    match value.strip_prefix('#') {
        Some(digits) => Some(format!("{digits}ff")),
        None => (value == "transparent").then(|| "00000000".to_owned()),
    }
}

fn check(path: &str, value: &Value) -> Result<(), Fault> {
    let refused = || {
        Fault::invalid_parameter(format!(
            "Settings: {path} with this value is not supported by this version of Gatehouse."
        ))
    };
    if let Some((_, words)) = WORDS.iter().find(|(own, _)| *own == path) {
        return value
            .as_str()
            .filter(|word| words.contains(word))
            .map(|_| ())
            .ok_or_else(refused);
    }
    if let Some((_, states)) = SWITCHES.iter().find(|(own, _)| *own == path) {
        return value
            .as_bool()
            .filter(|state| states.contains(state))
            .map(|_| ())
            .ok_or_else(refused);
    }
    if RADII.iter().any(|(own, _)| *own == path) {
        let fits = value
            .as_f64()
            .is_some_and(|pixels| (0.0..=100.0).contains(&pixels));
        return fits.then_some(()).ok_or_else(refused);
    }
    if path == "components.favicon.enabledTypes" {
        let types = value.as_array().into_iter().flatten();
        let known = types.into_iter().all(|kind| kind == "ICO" || kind == "SVG");
        return (value.is_array() && known).then_some(()).ok_or_else(refused);
    }
    let inside =
        |part: &str| path == part || path.strip_prefix(part).is_some_and(|rest| rest.starts_with('.'));
    let placeholder = MODES
        .iter()
        .any(|mode| path == format!("componentClasses.input.{mode}.placeholderColor"));
    if placeholder || ABSENT.iter().any(|part| inside(part)) {
        return Ok(());
    }
    let is_colour = COLOURS.iter().any(|(component, below, _)| {
        MODES
            .iter()
            .any(|mode| path == format!("{component}.{mode}.{below}"))
    });
    let colour = value
        .as_str()
        .is_some_and(|text| matches!(text.len(), 6 | 8) && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (is_colour && colour).then_some(()).ok_or_else(refused)
}

/// Every value that is no object, with its path.
fn flatten<'a>(value: &'a Value, path: String, leaves: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(member, path, leaves);
            }
        }
        leaf => leaves.push((path, leaf)),
    }
}

fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

fn put(document: &mut Value, path: &str, value: Value) {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = document;
    for step in parent.split('.').filter(|step| !step.is_empty()) {
        if !place.get(step).is_some_and(Value::is_object) {
            place[step] = Value::Object(Map::new());
        }
        place = &mut place[step];
    }
    place[name] = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colours_and_corners_become_variables() {
        let settings = Settings::parse(json!({
            "components": {
                "primaryButton": {"lightMode": {"defaults": {"backgroundColor": "aa0000ff"}}},
                "form": {"borderRadius": 4.0, "darkMode": {"backgroundColor": "101010"}},
            },
        }))
        .unwrap();
        let [light, dark] = settings.palettes();
        assert_eq!(light, "--accent:#aa0000ff;--radius:4px;");
        assert_eq!(dark, "--card:#101010;--radius:4px;");
    }

    #[test]
    fn what_is_not_obeyed_is_refused_by_name() {
        for (document, path) in [
            (
                json!({"components": {"carousel": {"speed": 3}}}),
                "components.carousel.speed",
            ),
            (
                json!({"categories": {"global": {"pageHeader": {"enabled": true}}}}),
                "categories.global.pageHeader.enabled",
            ),
            (
                json!({"components": {"form": {"lightMode": {"backgroundColor": "red;}</style>"}}}}),
                "components.form.lightMode.backgroundColor",
            ),
            (
                json!({"components": {"form": {"borderRadius": "4px"}}}),
                "components.form.borderRadius",
            ),
            (json!("text"), ""),
        ] {
            let fault = Settings::parse(document).unwrap_err();
            assert!(fault.message().contains(path), "{}", fault.message());
        }
        assert!(Settings::parse(json!({"componentClasses": {"dropDown": {"borderRadius": 8}}})).is_ok());
    }

    #[test]
    fn the_defaults_are_settings_and_what_is_set_goes_over_them() {
        let defaults = Settings::defaults(
            "  --page: #f3f5f8;\n  --second: transparent;\n",
            "  --page: #0d1117;\n",
        );
        let defaults = Settings::parse(defaults.document().clone()).unwrap();
        assert_eq!(
            defaults.word("components.pageBackground.lightMode.color"),
            "f3f5f8ff"
        );
        let own =
            Settings::parse(json!({"components": {"pageBackground": {"lightMode": {"color": "ffffff"}}}}))
                .unwrap();
        let both = defaults.with(&own);
        assert_eq!(both.word("components.pageBackground.lightMode.color"), "ffffff");
        assert_eq!(both.word("components.pageBackground.darkMode.color"), "0d1117ff");
        assert_eq!(both.word("categories.global.colorSchemeMode"), "DYNAMIC");
    }

    proptest! {
        #[test]
        fn no_colour_breaks_out(text in ".{0,20}") {
            let document = json!({"components": {"form": {"lightMode": {"backgroundColor": text}}}});
            if let Ok(settings) = Settings::parse(document) {
                let css = settings.palettes().concat();
                prop_assert!(css.chars().all(|c| c.is_ascii_alphanumeric() || "-:#;".contains(c)));
            }
        }
    }
}
