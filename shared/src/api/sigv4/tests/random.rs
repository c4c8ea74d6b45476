//! Requests at random: none may pass, none may make the verification panic.

use lambda_http::http::HeaderValue;
use proptest::prelude::*;

use super::super::{ALGORITHM, Authorization, Request};
use super::Case;
use gatehouse_model::Sensitive;

proptest! {
    #[test]
    fn no_authorization_header_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            let case = Case::new().with(|case| drop(case.headers.insert("authorization", value)));
            prop_assert!(Authorization::parse(&case.headers).is_err());
        }
    }

    #[test]
    fn no_nearly_right_request_passes_or_makes_it_panic(
        credential in "[A-Za-z0-9]{0,20}(/[a-z0-9-]{0,10}){0,5}(/aws4_request)?",
        names in "(host)?(;[a-z-]{0,12}){0,3}",
        signature in "[0-9a-f]{0,64}",
        date in "[0-9]{0,8}T?[0-9]{0,6}Z?",
        separator in "[, \t]{1,3}",
    ) {
        let text = format!(
            "{ALGORITHM} Credential={credential}{separator}SignedHeaders={names}{separator}Signature={signature}"
        );
        let case = Case::new().with(|case| {
            case.headers.insert("authorization", text.parse().unwrap());
            case.headers.insert("x-amz-date", date.parse().unwrap());
        });
        if let Ok(authorization) = Authorization::parse(&case.headers) {
            let request = Request {
                method: "POST",
                raw_path: &case.path,
                raw_query: &date,
                headers: &case.headers,
                body: signature.as_bytes(),
            };
            let secret = Sensitive::from("secret");
            let result = authorization.verify(&request, &secret, None, "cognito-idp", case.now, &["/"]);
            prop_assert!(result.is_err());
        }
    }

    #[test]
    fn any_path_and_query_are_made_canonical(path in ".{0,60}", query in ".{0,60}") {
        let case = Case::new().with(|case| (case.path, case.query) = (path, query));
        // The target names the operation, so the path is the only thing that could let it pass.
        prop_assert!(case.check().is_ok() == (canonical_is_root(&case.path) && canonical_is_empty(&case.query)));
    }
}

fn canonical_is_root(path: &str) -> bool {
    path.split('/').all(|segment| matches!(segment, "" | "." | ".."))
}

fn canonical_is_empty(query: &str) -> bool {
    query.bytes().all(|byte| byte == b'&')
}
