//! Cookies with the prefix `__Host-` (RFC 6265bis section 4.1.3.2): of this host alone, never sent in the clear, out of
//! reach of scripts, and not sent along with other sites' requests.

use lambda_http::http::HeaderMap;

/// The prefix.
const PREFIX: &str = "__Host-";

/// The value of the cookie `name` (without the prefix) that a browser sent.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .find_map(|pair| {
            let (given, value) = pair.trim().split_once('=')?;
            (given.strip_prefix(PREFIX)? == name).then_some(value)
        })
}

/// `Set-Cookie` for the cookie `name` (without the prefix). `value` is base64url or another text without separators.
pub fn set(name: &str, value: &str, seconds: i64) -> String {
    format!("{PREFIX}{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
}

/// `Set-Cookie` that takes the cookie away.
pub fn clear(name: &str) -> String {
    set(name, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::HeaderValue;

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(
            "cookie",
            HeaderValue::from_static("a=1; __Host-s=two;b=__Host-s=3"),
        );
        headers.append("cookie", HeaderValue::from_static("__Host-t=3"));
        assert_eq!(read(&headers, "s"), Some("two"));
        assert_eq!(read(&headers, "t"), Some("3"));
        assert_eq!(read(&headers, "a"), None);
    }

    #[test]
    fn cookies_are_guarded() {
        let cookie = set("s", "x", 60);
        for guard in [
            "__Host-s=x",
            "Path=/",
            "Secure",
            "HttpOnly",
            "SameSite=Lax",
            "Max-Age=60",
        ] {
            assert!(cookie.contains(guard), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_browser_sends_is_read_or_left(header in ".*", name in "[a-z]{1,8}", value in "[A-Za-z0-9_-]{0,40}") {
            let mut headers = HeaderMap::new();
            if let Ok(header) = HeaderValue::from_str(&header) {
                headers.append("cookie", header);
            }
            let _ = read(&headers, &name);
            headers.clear();
            headers.append("cookie", HeaderValue::from_str(&set(&name, &value, 60)).unwrap());
            proptest::prop_assert_eq!(read(&headers, &name), Some(value.as_str()));
        }
    }
}
