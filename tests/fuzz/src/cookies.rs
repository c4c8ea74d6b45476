//! Headers of browsers: cookies and languages.

use gatehouse::http::cookies;
use gatehouse::ui::Locale;
use lambda_http::http::{HeaderMap, HeaderValue};

pub fn run(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("cookie", value.clone());
            headers.insert("accept-language", value);
        }
    }
    if let Some(value) = cookies::read(&headers, "s") {
        assert!(!value.contains(';'));
    }
    let _ = Locale::asked(None, &headers);
}
