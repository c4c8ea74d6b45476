//! The link that confirms a new account in a browser.

use gatehouse_model::Sensitive;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::ids::{ClientId, Username};

/// All but the unreserved characters of RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `<base>/confirmUser?client_id=…&user_name=…&confirmation_code=…`, as Cognito writes it. It is as good as the code.
pub fn confirmation(base: &str, client: &ClientId, username: &Username, code: &Sensitive) -> Sensitive {
    let value = |text| utf8_percent_encode(text, VALUE);
    Sensitive::from(format!(
        "{base}/confirmUser?client_id={}&user_name={}&confirmation_code={}",
        value(client.as_str()),
        value(username.as_str()),
        value(code.expose())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_parameter() {
        let link = confirmation(
            "https://auth.example.com",
            &"client1".parse().unwrap(),
            &"a&confirmation_code=1#+ü".parse().unwrap(),
            &Sensitive::from("123456"),
        );
        assert_eq!(
            link.expose(),
            "https://auth.example.com/confirmUser?client_id=client1\
             &user_name=a%26confirmation_code%3D1%23%2B%C3%BC&confirmation_code=123456"
        );
    }
}
