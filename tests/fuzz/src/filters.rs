//! Filters of `ListUsers`.

#[path = "../../../functions/user_pool/list_users/filter.rs"]
#[allow(dead_code, reason = "a function's own module, of which a part is called")]
mod filter;

use std::collections::BTreeSet;

use gatehouse::fault::FaultKind;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let searchable = BTreeSet::from(["custom:team".to_owned()]);
    match filter::Filter::parse(text, &searchable) {
        Ok(None) => assert!(text.trim().is_empty()),
        Ok(Some(found)) => {
            let value = found.value.replace('\\', r"\\").replace('"', r#"\""#);
            let sign = match found.comparison {
                filter::Comparison::Equals => "=",
                filter::Comparison::BeginsWith => "^=",
            };
            let written = format!("{} {sign} \"{value}\"", found.attribute);
            assert_eq!(filter::Filter::parse(&written, &searchable), Ok(Some(found)));
        }
        Err(fault) => assert_eq!(fault.kind(), FaultKind::InvalidParameter),
    }
}
