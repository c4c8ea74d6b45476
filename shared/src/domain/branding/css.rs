//! The CSS of `SetUICustomization`: rules for the pages' own classes, read strictly and written anew, so that what an
//! owner gives can load nothing, reach nothing else and hold no markup.

use std::fmt::Write as _;

use crate::Fault;

/// The classes of Cognito's template (`CSS-template.css`), all of which the pages have or may have.
const CLASSES: [&str; 17] = [
    "background-customizable",
    "banner-customizable",
    "errorMessage-customizable",
    "idpButton-customizable",
    "idpDescription-customizable",
    "inputField-customizable",
    "label-customizable",
    "legalText-customizable",
    "logo-customizable",
    "panel-left-border-customizable",
    "panel-right-border-customizable",
    "passwordCheck-notValid-customizable",
    "passwordCheck-valid-customizable",
    "redirect-customizable",
    "socialButton-customizable",
    "submitButton-customizable",
    "textDescription-customizable",
];

/// Pseudo-classes that may follow a class.
const STATES: [&str; 5] = ["active", "disabled", "focus", "hover", "invalid"];

/// Properties that may be set, or begin so.
const PROPERTIES: [&str; 25] = [
    "align-items",
    "background",
    "background-color",
    "border",
    "box-shadow",
    "color",
    "display",
    "font",
    "height",
    "justify-content",
    "letter-spacing",
    "line-height",
    "margin",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "outline",
    "padding",
    "text-align",
    "text-decoration",
    "text-transform",
    "white-space",
    "width",
];

/// The rules of a text.
///
/// # Errors
/// `InvalidParameterException` that names what is not allowed.
pub fn read(text: &str) -> Result<String, Fault> {
    let text = without_comments(text)?;
    let mut written = String::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (selectors, after) = rest.split_once('{').ok_or_else(|| unreadable(rest))?;
        let (declarations, after) = after.split_once('}').ok_or_else(|| unreadable(after))?;
        let selectors = selectors
            .split(',')
            .map(|one| selector(one.trim()))
            .collect::<Result<Vec<_>, _>>()?;
        let _ = write!(written, "{}{{", selectors.join(","));
        for declaration in declarations
            .split(';')
            .map(str::trim)
            .filter(|one| !one.is_empty())
        {
            let (property, value) = declaration
                .split_once(':')
                .ok_or_else(|| unreadable(declaration))?;
            let property = property.trim().to_ascii_lowercase();
            let _ = write!(written, "{}:{};", known(&property)?, checked(value.trim())?);
        }
        written.push_str("}\n");
        rest = after.trim();
    }
    Ok(written)
}

fn unreadable(at: &str) -> Fault {
    let at: String = at
        .trim()
        .chars()
        .take(40)
        .filter(char::is_ascii_graphic)
        .collect();
    Fault::invalid_parameter(format!("CSS can not be read at \"{at}\"."))
}

fn without_comments(text: &str) -> Result<String, Fault> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        let (_, after) = after.split_once("*/").ok_or_else(|| unreadable(after))?;
        rest = after;
    }
    kept.push_str(rest);
    Ok(kept)
}

/// One selector: a class of the list, perhaps with a pseudo-class.
fn selector(text: &str) -> Result<String, Fault> {
    let refused = || Fault::invalid_parameter(format!("CSS selector {} is not allowed.", printable(text)));
    let (class, state) = match text.split_once(':') {
        Some((class, state)) => (class, Some(state)),
        None => (text, None),
    };
    let class = class.strip_prefix('.').ok_or_else(refused)?;
    let known = CLASSES.contains(&class) && state.is_none_or(|state| STATES.contains(&state));
    // The element comes too, so that it counts for more than the page's own rules.
    known.then(|| format!("body {text}")).ok_or_else(refused)
}

fn known(property: &str) -> Result<&str, Fault> {
    let allowed = PROPERTIES.iter().any(|own| {
        property.strip_prefix(own).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with('-') && rest.chars().all(|c| c == '-' || c.is_ascii_lowercase())
        })
    });
    if allowed && property != "background-image" {
        Ok(property)
    } else {
        Err(Fault::invalid_parameter(format!(
            "CSS property {} is not allowed.",
            printable(property)
        )))
    }
}

/// A value of words, numbers, colours, and functions of colours and lengths; it can name no other place.
fn checked(value: &str) -> Result<&str, Fault> {
    let lower = value.to_ascii_lowercase();
    let functions = [
        "rgb",
        "rgba",
        "hsl",
        "hsla",
        "calc",
        "linear-gradient",
        "min",
        "max",
    ];
    let calls = lower.split('(').rev().skip(1);
    let harmless = calls
        .map(|before| before.rsplit([' ', ',', '(', ')']).next().unwrap_or_default())
        .all(|name| functions.contains(&name));
    let plain = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " #%.,()+-/'\"!_\n\t\r".contains(c));
    if harmless
        && plain
        && !value.is_empty()
        && value.matches('"').count().is_multiple_of(2)
        && value.matches('\'').count().is_multiple_of(2)
        && balanced(value)
    {
        Ok(value)
    } else {
        Err(Fault::invalid_parameter(format!(
            "CSS value {} is not allowed.",
            printable(value)
        )))
    }
}

fn balanced(value: &str) -> bool {
    let mut depth = 0_i32;
    for c in value.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cognitos_template_reads() {
        let css = read(
            "/* logo */ .logo-customizable { max-width: 60%; max-height: 30%; }\n\
             .submitButton-customizable:hover { color: #fff; background-color: #286090; }\n\
             .label-customizable, .textDescription-customizable { font-weight: 400 }\n\
             .background-customizable{background:linear-gradient(90deg, rgba(1,2,3,.5), #fff)}",
        )
        .unwrap();
        assert_eq!(
            css.lines().next(),
            Some("body .logo-customizable{max-width:60%;max-height:30%;}")
        );
        assert_eq!(css.lines().count(), 4);
        assert_eq!(read("").unwrap(), "");
    }

    #[test]
    fn what_could_load_reach_or_break_out_is_refused() {
        for css in [
            "@import 'https://evil.example/x.css';",
            "body { display: none }",
            ".card { color: red }",
            ".logo-customizable img { color: red }",
            ".logo-customizable { background: url(https://evil.example/x.png) }",
            ".logo-customizable { background: image-set('https://evil.example') }",
            ".logo-customizable { background-image: none }",
            ".logo-customizable { behavior: url(#x) }",
            ".logo-customizable { content: 'x' }",
            ".logo-customizable { position: fixed }",
            ".logo-customizable { color: red\\9 }",
            ".logo-customizable { color: </style><script>alert(1)</script> }",
            ".logo-customizable { color: red",
            ".logo-customizable { color: 'red }",
            ".logo-customizable { color: rgb(1 }",
            ".logo-customizable /* { color: red }",
            "</style>",
        ] {
            assert!(read(css).is_err(), "{css}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_the_same_and_holds_no_markup(text in "[.{}:;a-zA-Z#<>()\"'/* -]{0,120}") {
            if let Ok(css) = read(&text) {
                prop_assert!(!css.contains('<') && !css.contains("url") && !css.contains('@'));
            }
        }
    }
}
