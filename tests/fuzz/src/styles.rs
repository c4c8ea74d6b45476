//! What an owner says of the look of pages: style sheets, settings, images.

use gatehouse::domain::branding::css;
use gatehouse::domain::branding::images::Image;
use gatehouse::domain::branding::settings::Settings;

pub fn run(data: &[u8]) {
    let _ = Image::new(data.to_vec());
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(written) = css::read(text)
    {
        assert!(!written.contains('<') && !written.contains("url("));
        // Each selector was given the element that it must not name.
        let mut again = String::new();
        for (selectors, rest) in written
            .split_inclusive("}\n")
            .filter_map(|rule| rule.split_once('{'))
        {
            again += &selectors.replace("body ", "");
            again.push('{');
            again += rest;
        }
        assert_eq!(css::read(&again), Ok(written));
    }
    if let Ok(document) = serde_json::from_slice(data)
        && let Ok(settings) = Settings::parse(document)
    {
        for palette in settings.palettes() {
            assert!(!palette.contains(['<', '{', '}']));
        }
    }
}
