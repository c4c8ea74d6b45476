//! How the sign-in pages of a client look: managed login branding, the older customization by CSS, and their images.

pub mod css;
pub mod images;
pub mod settings;

use gatehouse_model::Blob;
use gatehouse_model::user_pool::{
    AssetCategoryType, AssetExtensionType, AssetType, ColorSchemeModeType, ManagedLoginBrandingType,
};
use serde::{Deserialize, Serialize};

use self::images::Image;
use self::settings::Settings;
use super::ids::{BrandingId, ClientId, ImageId, PoolId};
use super::terms::Terms;
use crate::{Fault, Timestamp, fault::FaultKind};

/// A client's branding as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// Its id.
    pub id: BrandingId,
    /// The client.
    pub client: ClientId,
    /// The pages look as they do without any branding.
    pub provided: bool,
    /// `Settings`, JSON.
    pub settings: String,
    /// Images, by what they are for.
    pub assets: Vec<Asset>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

/// What an image is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its place on the pages.
    pub category: AssetCategoryType,
    /// The palette that it goes with.
    pub mode: ColorSchemeModeType,
    /// Its format.
    pub extension: AssetExtensionType,
    /// What the owner calls it.
    pub resource: Option<String>,
    /// The image.
    pub image: ImageId,
}

/// The customization of a client, or of all clients without one, as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customization {
    /// The CSS as given.
    pub css: Option<String>,
    /// The logo.
    pub logo: Option<ImageId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

/// All that the pages of a client show of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The client's branding.
    pub branding: Option<Branding>,
    /// The client's customization.
    pub customization: Option<Customization>,
    /// The customization of all clients without one.
    pub general: Option<Customization>,
    /// The client's documents.
    pub terms: Vec<Terms>,
}

impl Branding {
    /// The branding with what a request changes, and the images that are new. `None` keeps what was there.
    ///
    /// # Errors
    /// `InvalidParameterException` that names what the pages do not obey.
    pub fn changed(
        self,
        provided: Option<bool>,
        settings: Option<serde_json::Value>,
        assets: Option<Vec<AssetType>>,
        now: Timestamp,
    ) -> Result<(Self, Vec<Image>), Fault> {
        if provided == Some(true) {
            if settings.is_some() || assets.as_ref().is_some_and(|assets| !assets.is_empty()) {
                return Err(Fault::invalid_parameter(
                    "Settings and Assets must be left out where UseCognitoProvidedValues is true.",
                ));
            }
            let plain = Self {
                provided: true,
                settings: "{}".to_owned(),
                assets: Vec::new(),
                modified_at: now,
                ..self
            };
            return Ok((plain, Vec::new()));
        }
        let mut after = self.own_settings()?;
        if let Some(settings) = settings {
            after = after.with(&Settings::parse(settings)?);
        }
        let mut kept = self.assets.clone();
        let mut images = Vec::new();
        for asset in assets.unwrap_or_default() {
            let (asset, image) = Asset::read(asset)?;
            kept.retain(|own| (own.category, own.mode) != (asset.category, asset.mode));
            kept.push(asset);
            images.push(image);
        }
        let changed = Self {
            provided: false,
            settings: after.document().to_string(),
            assets: kept,
            modified_at: now,
            ..self
        };
        Ok((changed, images))
    }

    /// The settings that the owner has given.
    ///
    /// # Errors
    /// `InternalErrorException` when what is stored is damaged.
    pub fn own_settings(&self) -> Result<Settings, Fault> {
        Settings::parse(serde_json::from_str(&self.settings).map_err(Fault::internal)?)
    }

    /// The image for a place and a palette.
    pub fn image(&self, category: AssetCategoryType, mode: ColorSchemeModeType) -> Option<&ImageId> {
        let fits = |wanted| {
            self.assets
                .iter()
                .find(|asset| asset.category == category && asset.mode == wanted)
        };
        fits(mode)
            .or_else(|| fits(ColorSchemeModeType::Dynamic))
            .map(|asset| &asset.image)
    }

    /// The branding as the API shows it, with these settings and its images.
    pub fn to_api(&self, pool: &PoolId, settings: &Settings, images: &[Image]) -> ManagedLoginBrandingType {
        let bytes = |id: &ImageId| {
            let image = images.iter().find(|image| image.id == *id)?;
            Some(Blob(image.bytes.clone()))
        };
        let assets = self.assets.iter().map(|asset| AssetType {
            category: Some(asset.category),
            color_mode: Some(asset.mode),
            extension: Some(asset.extension),
            resource_id: asset.resource.clone(),
            bytes: bytes(&asset.image),
        });
        ManagedLoginBrandingType {
            managed_login_branding_id: Some(self.id.to_string()),
            user_pool_id: Some(pool.to_string()),
            use_cognito_provided_values: Some(self.provided),
            settings: Some(settings.document().clone()),
            assets: Some(assets.collect()),
            creation_date: Some(self.created_at.epoch()),
            last_modified_date: Some(self.modified_at.epoch()),
        }
    }
}

impl Asset {
    /// An asset of a request, and its image.
    fn read(given: AssetType) -> Result<(Self, Image), Fault> {
        use AssetCategoryType as Category;
        let category = given.category.unwrap_or(Category::FormLogo);
        if !matches!(
            category,
            Category::FormLogo
                | Category::PageBackground
                | Category::FormBackground
                | Category::FaviconIco
                | Category::FaviconSvg
        ) {
            return Err(Fault::invalid_parameter(format!(
                "Assets of the category {category} are not supported by this version of Gatehouse."
            )));
        }
        let extension = given.extension.unwrap_or(AssetExtensionType::Png);
        let bytes = given.bytes.map(|blob| blob.0).unwrap_or_default();
        let image = Image::new(bytes)?;
        if image.extension() != extension {
            return Err(Fault::invalid_parameter(format!(
                "The asset of the category {category} is no {extension}."
            )));
        }
        let asset = Self {
            category,
            mode: given.color_mode.unwrap_or(ColorSchemeModeType::Dynamic),
            extension,
            resource: given.resource_id,
            image: image.id.clone(),
        };
        Ok((asset, image))
    }
}

/// The answer where there is no such branding.
pub fn no_branding() -> Fault {
    Fault::not_found("The managed login branding does not exist.")
}

/// The answer where the client has one.
pub fn branding_exists() -> Fault {
    Fault::new(
        FaultKind::ManagedLoginBrandingExists,
        "The client has a managed login branding already.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;
    use serde_json::json;

    fn branding() -> Branding {
        Branding {
            id: "11111111-1111-4111-8111-111111111111".parse().unwrap(),
            client: "client".parse().unwrap(),
            provided: true,
            settings: "{}".to_owned(),
            assets: Vec::new(),
            created_at: NOON,
            modified_at: NOON,
            version: 1,
        }
    }

    fn logo(mode: ColorSchemeModeType, bytes: &[u8]) -> AssetType {
        AssetType {
            category: Some(AssetCategoryType::FormLogo),
            color_mode: Some(mode),
            extension: Some(AssetExtensionType::Png),
            bytes: Some(Blob(bytes.to_vec())),
            resource_id: None,
        }
    }

    #[test]
    fn what_a_request_does_not_name_stays() {
        let settings = json!({"components": {"form": {"borderRadius": 4}}});
        let first = logo(ColorSchemeModeType::Light, b"\x89PNG\r\n\x1a\n1");
        let (one, images) = branding()
            .changed(None, Some(settings), Some(vec![first]), NOON)
            .unwrap();
        assert_eq!((one.provided, images.len()), (false, 1));
        let second = logo(ColorSchemeModeType::Dark, b"\x89PNG\r\n\x1a\n2");
        let (two, _) = one.changed(None, None, Some(vec![second]), NOON).unwrap();
        assert_eq!(two.assets.len(), 2);
        assert!(two.settings.contains("borderRadius"));
        let both = [ColorSchemeModeType::Light, ColorSchemeModeType::Dark]
            .map(|mode| two.image(AssetCategoryType::FormLogo, mode).cloned());
        assert!(both[0].is_some() && both[0] != both[1]);
        let (plain, _) = two.changed(Some(true), None, None, NOON).unwrap();
        assert!(plain.assets.is_empty() && plain.provided);
    }

    #[test]
    fn an_image_is_what_it_is_said_to_be() {
        let text = logo(ColorSchemeModeType::Light, b"<script>");
        assert!(branding().changed(None, None, Some(vec![text]), NOON).is_err());
        let mut wrong = logo(ColorSchemeModeType::Light, b"\x89PNG\r\n\x1a\n1");
        wrong.extension = Some(AssetExtensionType::Svg);
        assert!(branding().changed(None, None, Some(vec![wrong]), NOON).is_err());
    }
}
