//! What a client's owner has said of the pages' look, put on them.

use std::fmt::Write as _;
use std::sync::Arc;

use gatehouse_model::user_pool::{AssetCategoryType as Category, ColorSchemeModeType as Mode};

use super::frame::{DARK, LIGHT, Logo, Schemes, Style};
use super::{Frame, Link, Locale};
use crate::App;
use crate::domain::branding::settings::Settings;
use crate::domain::branding::{Branding, Customization, Look, css};
use crate::domain::ids::{ClientId, ImageId, PoolId};
use crate::domain::terms::NAMES;
use crate::store::keys::Owner;

/// What holds where an owner sets nothing.
pub fn default_settings() -> Settings {
    Settings::defaults(LIGHT, DARK)
}

/// The address of an image, on the pages' own site.
pub fn image_path(pool: &PoolId, owner: &Owner, image: &ImageId) -> String {
    format!("/managed-login/images/{pool}/{owner}/{image}")
}

/// What a client's owner has said. A page without its looks is better than none.
pub(super) async fn look_of(app: &App, pool: &PoolId, client: &ClientId) -> Arc<Look> {
    app.look(pool, client).await.unwrap_or_else(|fault| {
        tracing::error!(cause = fault.cause(), "a client's look could not be read");
        Arc::default()
    })
}

/// The frame of a page that says something on behalf of a client.
pub async fn frame_of(app: &App, locale: Locale, pool: &PoolId, client: &ClientId) -> Frame {
    look_of(app, pool, client)
        .await
        .dress(Frame::of(locale), pool, client)
}

impl Look {
    /// A frame that looks so.
    pub fn dress(&self, frame: Frame, pool: &PoolId, client: &ClientId) -> Frame {
        let own = Owner::Client(client.clone());
        let mut frame = frame;
        let (owner, customization) = match &self.customization {
            Some(customization) => (&own, Some(customization)),
            None => (&Owner::All, self.general.as_ref()),
        };
        let rules = customization.map(rules).unwrap_or_default();
        if let Some(logo) = customization.and_then(|customization| customization.logo.as_ref()) {
            frame.logo = Some(Logo {
                light: image_path(pool, owner, logo),
                dark: None,
            });
        }
        let branding = self.branding.as_ref().filter(|branding| !branding.provided);
        let settings = branding.and_then(|branding| Some((branding, branding.own_settings().ok()?)));
        match settings {
            None => {
                if !rules.is_empty() {
                    frame.style = Style::new(Schemes::Both, ["", ""], &rules);
                }
            }
            Some((branding, settings)) => {
                let path = |image: &ImageId| image_path(pool, &own, image);
                let [mut light, mut dark] = settings.palettes();
                light.push_str(&backgrounds(branding, &settings, Mode::Light, path));
                dark.push_str(&backgrounds(branding, &settings, Mode::Dark, path));
                let rules = placed(&settings) + &rules;
                frame.style = Style::new(schemes(&settings), [&light, &dark], &rules);
                frame.icon = icon(branding).map(path);
                if settings.switch("components.form.logo.enabled") != Some(false)
                    && let Some(logo) = branding.image(Category::FormLogo, Mode::Light)
                {
                    let dark = branding.image(Category::FormLogo, Mode::Dark);
                    frame.logo = Some(Logo {
                        light: path(logo),
                        dark: dark.filter(|dark| *dark != logo).map(path),
                    });
                }
            }
        }
        frame
    }

    /// The documents that the user accepts, in the user's language; Cognito shows them once there are both.
    pub fn terms(&self, locale: Locale) -> Vec<Link> {
        let links = NAMES.iter().filter_map(|name| {
            let terms = self.terms.iter().find(|terms| terms.name == *name)?;
            Some(Link {
                before: None,
                href: terms.link(locale.tag)?.to_owned(),
                text: locale.text(name),
            })
        });
        let links: Vec<_> = links.collect();
        if links.len() == NAMES.len() {
            links
        } else {
            Vec::new()
        }
    }
}

/// The rules of a customization, which was checked when it was set.
fn rules(customization: &Customization) -> String {
    let css = customization.css.as_deref().unwrap_or_default();
    css::read(css).unwrap_or_default()
}

fn schemes(settings: &Settings) -> Schemes {
    match settings.word("categories.global.colorSchemeMode") {
        "LIGHT" => Schemes::Light,
        "DARK" => Schemes::Dark,
        _ => Schemes::Both,
    }
}

/// Declarations of the images behind the page and behind the form, in one palette.
fn backgrounds(
    branding: &Branding,
    settings: &Settings,
    mode: Mode,
    path: impl Fn(&ImageId) -> String,
) -> String {
    let mut css = String::new();
    for (category, switch, variable) in [
        (
            Category::PageBackground,
            "components.pageBackground.image.enabled",
            "page-image",
        ),
        (
            Category::FormBackground,
            "components.form.backgroundImage.enabled",
            "card-image",
        ),
    ] {
        if settings.switch(switch) != Some(false)
            && let Some(image) = branding.image(category, mode)
        {
            let _ = write!(css, "--{variable}:url({});", path(image));
        }
    }
    css
}

fn icon(branding: &Branding) -> Option<&ImageId> {
    branding
        .image(Category::FaviconSvg, Mode::Light)
        .or_else(|| branding.image(Category::FaviconIco, Mode::Light))
}

/// Where the form and its logo stand.
fn placed(settings: &Settings) -> String {
    let mut css = String::new();
    let horizontal = match settings.word("categories.form.location.horizontal") {
        "START" => "margin-inline:0 auto;",
        "END" => "margin-inline:auto 0;",
        _ => "",
    };
    let vertical = match settings.word("categories.form.location.vertical") {
        "TOP" => "margin-block:0 auto;",
        "BOTTOM" => "margin-block:auto 0;",
        _ => "",
    };
    if !(horizontal.is_empty() && vertical.is_empty()) {
        let _ = writeln!(
            css,
            "@media (min-width: 32rem){{.card{{{horizontal}{vertical}}}}}"
        );
    }
    match settings.word("components.form.logo.location") {
        "START" => css.push_str(".logo{margin-inline:0 auto}\n"),
        "END" => css.push_str(".logo{margin-inline:auto 0}\n"),
        _ => {}
    }
    css
}
