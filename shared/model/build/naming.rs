//! The model's names in Rust's spelling.

/// Keywords of the 2024 edition that members are named after, or could be.
const KEYWORDS: [&str; 8] = ["type", "match", "use", "ref", "enum", "where", "loop", "move"];

/// Splits `CallbackURLs` into `Callback`, `URLs`, and `SMSMfaSettings` into `SMS`, `Mfa`, `Settings`.
fn words(name: &str) -> Vec<String> {
    let name = name.replace("OAuth", "Oauth");
    let letters: Vec<char> = name.chars().collect();
    let at = |i: usize| letters.get(i).copied().unwrap_or('_');
    let mut words = vec![String::new()];
    for (i, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = if i == 0 { '_' } else { at(i - 1) };
        let plural_of_acronym = at(i + 1) == 's' && !at(i + 2).is_ascii_lowercase();
        let begins = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || before.is_ascii_uppercase() && at(i + 1).is_ascii_lowercase() && !plural_of_acronym);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A member's name as a field.
pub(crate) fn field(name: &str) -> String {
    let field = words(name).join("_").to_ascii_lowercase();
    if KEYWORDS.contains(&field.as_str()) {
        format!("r#{field}")
    } else {
        field
    }
}

/// An enum's value as a variant.
pub(crate) fn variant(value: &str) -> String {
    words(value)
        .iter()
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        })
        .collect()
}
