//! What an owner says of the look of pages: style sheets, settings, images.

#![no_main]

use gatehouse::domain::branding::css;
use gatehouse::domain::branding::images::Image;
use gatehouse::domain::branding::settings::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = Image::new(data.to_vec());
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(written) = css::read(text)
    {
        assert!(!written.contains('<') && !written.contains("url("));
        assert_eq!(css::read(&written), Ok(written));
    }
    if let Ok(document) = serde_json::from_slice(data)
        && let Ok(settings) = Settings::parse(document)
    {
        for palette in settings.palettes() {
            assert!(!palette.contains(['<', '{', '}']));
        }
    }
});
