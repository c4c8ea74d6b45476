//! Forms and query strings, and what stands in them.

use gatehouse::http::Form;
use gatehouse::http::form::query;
use gatehouse::oauth::device::UserCode;
use gatehouse::oauth::redirect;
use gatehouse::oauth::registration::Metadata;
use gatehouse::oauth::scopes::Scopes;

pub fn run(data: &[u8]) {
    let _ = Metadata::parse(data);
    let Ok(form) = Form::parse(data) else {
        return;
    };
    for (name, value) in form.iter() {
        assert!(!value.is_empty());
        assert_eq!(form.get(name), Some(value));
        if let Some(scopes) = Scopes::parse(value) {
            assert_eq!(Scopes::parse(&scopes.to_string()), Some(scopes));
        }
        if let Ok(code) = value.parse::<UserCode>() {
            assert_eq!(code.to_string().parse(), Ok(code));
        }
        if redirect::is_acceptable(value) {
            assert!(value.contains(':') && !value.contains('#'));
        }
    }
    assert_eq!(Form::parse(query(form.iter()).as_bytes()), Ok(form));
}
