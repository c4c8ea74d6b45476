//! Where requests come from, and what is remembered of a session's last use in pools that track sessions.

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Characters of a `User-Agent` that are kept.
const LONGEST_USER_AGENT: usize = 512;

/// Where a request came from, as the API's entrance saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's IP address.
    pub ip: Option<Sensitive>,
    /// Header `User-Agent`, its beginning.
    pub user_agent: Option<String>,
}

impl Origin {
    /// An origin of an address and the text of a `User-Agent`.
    pub fn new(ip: Option<String>, user_agent: Option<&str>) -> Self {
        Self {
            ip: ip.filter(|ip| !ip.is_empty()).map(Sensitive::from),
            user_agent: user_agent.map(|text| text.chars().take(LONGEST_USER_AGENT).collect()),
        }
    }
}

/// The last use of a session: its sign-in, or the renewal of its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When it was.
    pub at: Timestamp,
    /// The caller's IP address.
    pub ip: Option<Sensitive>,
    /// Header `User-Agent`, its beginning.
    pub user_agent: Option<String>,
}

impl Activity {
    /// A use at `now`.
    pub fn new(origin: &Origin, now: Timestamp) -> Self {
        Self {
            at: now,
            ip: origin.ip.clone(),
            user_agent: origin.user_agent.clone(),
        }
    }

    /// Operating system and browser or app, such as `Windows, Firefox 128`; `unknown` where the user agent tells
    /// neither.
    pub fn device(&self) -> String {
        let agent = self.user_agent.as_deref().unwrap_or_default();
        let parts: Vec<_> = [system(agent), app(agent)].into_iter().flatten().collect();
        if parts.is_empty() {
            "unknown".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// The operating system. Browsers write it in prose, AWS SDKs as `os/<name>#<version>`.
fn system(agent: &str) -> Option<String> {
    // A later one is contained in an earlier one's text: Android says Linux too, an iPhone `like Mac OS X`.
    const SYSTEMS: [(&str, &str); 9] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("iOS", "iOS"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Darwin", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = SYSTEMS.iter().find(|(mark, _)| agent.contains(mark));
    named.map(|(_, name)| (*name).to_owned()).or_else(|| {
        let name = agent
            .split(' ')
            .find_map(|token| token.strip_prefix("os/"))?
            .split('#')
            .next()?;
        Some(match name {
            "linux" => "Linux".to_owned(),
            "windows" => "Windows".to_owned(),
            "macos" => "macOS".to_owned(),
            other => plain(other)?,
        })
    })
}

/// The browser, or the product that the user agent names first, with the first part of its version.
fn app(agent: &str) -> Option<String> {
    // Every browser claims to be the ones that came before it.
    const BROWSERS: [(&str, &str); 11] = [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("FxiOS/", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
        ("Mozilla/", "browser"),
    ];
    let browser = BROWSERS
        .iter()
        .find_map(|(mark, name)| agent.split_once(mark).map(|(_, rest)| (*name, rest)));
    match browser {
        Some(("browser", _)) => None,
        Some((name, version)) => Some(with_version(name, version)),
        None => {
            let product = agent.split_whitespace().next()?;
            let (name, version) = product.split_once('/').unwrap_or((product, ""));
            Some(with_version(&plain(name)?, version))
        }
    }
}

fn with_version(name: &str, version: &str) -> String {
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    if major.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {major}")
    }
}

/// A product's name, if it is one: what is shown was written by whoever signed in.
fn plain(name: &str) -> Option<String> {
    let fits = (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    fits.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;
    use proptest::prelude::*;

    fn device(agent: &str) -> String {
        Activity::new(&Origin::new(None, Some(agent)), NOON).device()
    }

    #[test]
    fn browsers_and_apps_are_told_by_their_user_agents() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Windows, Firefox 128",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                 Safari/537.36 Edg/126.0.0.0",
                "Windows, Edge 126",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile \
                 Safari/537.36",
                "Android, Chrome 126",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.5 Mobile/15E148 Safari/604.1",
                "iOS, Safari 17",
            ),
            (
                "Boto3/1.42.0 md/Botocore#1.42.0 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7",
                "Linux, Boto3 1",
            ),
            ("MyApp/7.2 CFNetwork/1494 Darwin/23.4.0", "macOS, MyApp 7"),
            ("curl/8.5.0", "curl 8"),
            ("Mozilla/5.0", "unknown"),
            ("<script>alert(1)</script>", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(device(agent), expected, "{agent}");
        }
    }

    proptest! {
        #[test]
        fn any_user_agent_makes_a_short_line(agent in ".{0,600}") {
            let shown = device(&agent);
            prop_assert!(shown.len() <= 1024 && !shown.contains(['<', '>', '\n']));
        }
    }
}
