//! Responses that signxml signed, and what becomes of them in the hands of those who have no key.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize;

use super::*;

/// tests/vectors/saml.json.
#[derive(Deserialize)]
struct Vectors {
    now: i64,
    issuer: String,
    audience: String,
    recipient: String,
    subject: String,
    metadata: String,
    /// XML by the part of it that is signed.
    responses: BTreeMap<String, String>,
}

static VECTORS: LazyLock<Vectors> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../tests/vectors/saml.json")).unwrap());
static PROVIDER: LazyLock<SamlProvider> = LazyLock::new(|| SamlProvider::parse(&VECTORS.metadata).unwrap());

impl Vectors {
    fn accept(&self, xml: impl AsRef<[u8]>) -> Result<SamlStatement, SamlRefusal> {
        let destination = Destination {
            audience: &self.audience,
            recipient: &self.recipient,
        };
        let now = Timestamp::from_seconds(self.now);
        PROVIDER.accept(&STANDARD.encode(xml), &[destination], now)
    }

    /// What every one of the responses says.
    fn statement(&self) -> SamlStatement {
        SamlStatement {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            subject: self.subject.clone(),
            attributes: vec![("team".to_owned(), vec!["red".to_owned(), "green".to_owned()])],
        }
    }
}

#[test]
fn what_signxml_signs_is_accepted() {
    assert_eq!(VECTORS.responses.len(), 2);
    for (part, xml) in &VECTORS.responses {
        assert_eq!(VECTORS.accept(xml), Ok(VECTORS.statement()), "{part}");
    }
}

/// What is done to a document, whose tags, each with the text after it, are numbered.
#[derive(Debug, Clone)]
enum Change {
    /// A copy of an element is put somewhere; with another user in it, or with another `ID`.
    Copy(Index, Index, bool, bool),
    /// An element goes somewhere else.
    Move(Index, Index),
    /// An element is put around whatever stands somewhere.
    Wrap(Index, Index),
    /// An element is taken out.
    Remove(Index),
    /// A character is replaced.
    Write(Index, char),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = any::<Index>;
    let change = prop_oneof![
        4 => (place(), place(), any::<bool>(), any::<bool>()).prop_map(|(from, to, user, id)| Change::Copy(from, to, user, id)),
        2 => (place(), place()).prop_map(|(from, to)| Change::Move(from, to)),
        1 => (place(), place()).prop_map(|(from, to)| Change::Wrap(from, to)),
        2 => place().prop_map(Change::Remove),
        2 => (place(), "[ -~é\\x00]").prop_map(|(at, text)| Change::Write(at, text.chars().next().unwrap_or('x'))),
    ];
    prop::collection::vec(change, 1..4)
}

/// The element that begins with the tag `start`, to its end; of another tag, the tag alone.
fn element(tags: &[String], start: usize) -> Range<usize> {
    let mut depth = 0;
    for (place, tag) in tags.iter().enumerate().skip(start) {
        if tag.starts_with("</") {
            depth -= 1;
        } else if !tag
            .split_inclusive('>')
            .next()
            .is_some_and(|tag| tag.ends_with("/>"))
        {
            depth += 1;
        }
        if depth <= 0 {
            return start..place + 1;
        }
    }
    start..tags.len()
}

fn changed(xml: &str, changes: &[Change]) -> String {
    let mut tags: Vec<String> = Vec::new();
    for tag in xml.split_inclusive('<') {
        // Each piece ends where the next tag begins.
        let text = tag.strip_suffix('<').unwrap_or(tag);
        if let Some(last) = tags.last_mut() {
            last.push_str(text);
        }
        if tag.ends_with('<') {
            tags.push("<".to_owned());
        }
    }
    for change in changes {
        if tags.is_empty() {
            break;
        }
        let count = tags.len();
        let place = |index: &Index| index.index(count);
        match change {
            Change::Copy(from, to, user, id) => {
                let to = place(to);
                let mut copy = tags[element(&tags, place(from))].to_vec();
                for tag in &mut copy {
                    if *user {
                        *tag = tag.replace("ann@", "eve@");
                    }
                    if *id {
                        *tag = tag.replace("ID=\"_", "ID=\"_other");
                    }
                }
                tags.splice(to..to, copy);
            }
            Change::Move(from, to) => {
                let from = element(&tags, place(from));
                let to = place(to);
                let moved: Vec<_> = tags.drain(from).collect();
                let to = to.min(tags.len());
                tags.splice(to..to, moved);
            }
            Change::Wrap(from, to) => {
                let (from, to) = (element(&tags, place(from)), element(&tags, place(to)));
                let (first, last) = (tags[from.start].clone(), tags[from.end - 1].clone());
                tags.insert(to.end, last);
                tags.insert(to.start, first);
            }
            Change::Remove(from) => drop(tags.drain(element(&tags, place(from)))),
            Change::Write(at, character) => {
                let mut text: Vec<char> = tags.concat().chars().collect();
                let at = at.index(text.len());
                text[at] = *character;
                tags = vec![text.into_iter().collect()];
            }
        }
    }
    tags.concat()
}

proptest! {
    #[test]
    fn a_changed_response_says_the_same_or_nothing(part in 0..2_usize, changes in changes()) {
        let xml = VECTORS.responses.values().nth(part).unwrap();
        if let Ok(statement) = VECTORS.accept(changed(xml, &changes)) {
            prop_assert_eq!(statement, VECTORS.statement());
        }
    }

    #[test]
    fn no_text_is_a_response(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let now = Timestamp::from_seconds(VECTORS.now);
        prop_assert!(VECTORS.accept(&text).is_err());
        prop_assert!(PROVIDER.accept(&text, &[], now).is_err());
        prop_assert!(VECTORS.accept(&bytes).is_err());
    }

    #[test]
    fn changed_metadata_are_read_or_not_and_never_panic(changes in changes()) {
        let _ = SamlProvider::parse(&changed(&VECTORS.metadata, &changes));
    }
}
