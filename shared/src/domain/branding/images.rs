//! Images of owners. They are served from the pages' own site, so what they are is read from their bytes.

use aws_lc_rs::digest::{SHA256, digest};
use gatehouse_model::user_pool::AssetExtensionType;
use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::domain::ids::ImageId;

/// Bytes of an image at most: with its key it has to fit an item of the table, in base64.
pub const LONGEST: usize = 256 << 10;

/// An image as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name: what it holds.
    pub id: ImageId,
    /// The bytes.
    #[serde(with = "crate::crypto::base64_text")]
    pub bytes: Vec<u8>,
}

impl Image {
    /// An image of these bytes.
    ///
    /// # Errors
    /// `InvalidParameterException` for what is too long or no PNG, JPEG, WebP, ICO or SVG.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Fault> {
        if bytes.len() > LONGEST {
            return Err(Fault::invalid_parameter(format!(
                "An image has at most {LONGEST} bytes."
            )));
        }
        if format(&bytes).is_none() {
            return Err(Fault::invalid_parameter(
                "The image is no PNG, JPEG, WebP, ICO or SVG.",
            ));
        }
        let hash = digest(&SHA256, &bytes);
        let id = hex::encode(&hash.as_ref()[..16]).parse();
        Ok(Self {
            id: id.map_err(Fault::internal)?,
            bytes,
        })
    }

    /// Its format.
    pub fn extension(&self) -> AssetExtensionType {
        format(&self.bytes).unwrap_or(AssetExtensionType::Png)
    }

    /// Its media type (RFC 6838).
    pub fn media_type(&self) -> &'static str {
        match self.extension() {
            AssetExtensionType::Jpeg => "image/jpeg",
            AssetExtensionType::Svg => "image/svg+xml",
            AssetExtensionType::Webp => "image/webp",
            AssetExtensionType::Ico => "image/x-icon",
            AssetExtensionType::Png => "image/png",
        }
    }
}

/// The format that the first bytes tell.
fn format(bytes: &[u8]) -> Option<AssetExtensionType> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(AssetExtensionType::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(AssetExtensionType::Jpeg);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(AssetExtensionType::Webp);
    }
    if bytes.starts_with(&[0, 0, 1, 0]) {
        return Some(AssetExtensionType::Ico);
    }
    let text = std::str::from_utf8(bytes)
        .ok()?
        .trim_start_matches('\u{feff}')
        .trim_start();
    let begins = text.starts_with("<svg") || text.starts_with("<?xml") || text.starts_with("<!--");
    (begins && text.contains("<svg")).then_some(AssetExtensionType::Svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_bytes() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\nrest"[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
            (b"\0\0\x01\0\x01", "image/x-icon"),
            (b"<?xml version=\"1.0\"?><svg xmlns=\"\"/>", "image/svg+xml"),
        ] {
            assert_eq!(Image::new(bytes.to_vec()).unwrap().media_type(), kind);
        }
        for bytes in [&b""[..], b"GIF89a", b"<html><svg></html>", b"\x89PNG"] {
            assert!(Image::new(bytes.to_vec()).is_err());
        }
        assert!(Image::new([b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; LONGEST]].concat()).is_err());
    }
}
