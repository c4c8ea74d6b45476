use askama::Template;

use super::{Frame, Page};

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What was wanted is done.
    Done,
    /// It is not, and the text says what to do.
    Problem,
}

/// A page that says one thing.
#[derive(Debug, Clone, Template)]
#[template(path = "notice.html")]
pub struct Notice {
    frame: Frame,
    tone: Tone,
    heading: String,
    text: String,
}

impl Notice {
    /// A notice.
    pub fn new(frame: Frame, tone: Tone, heading: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            frame,
            tone,
            heading: heading.into(),
            text: text.into(),
        }
    }

    /// The word by which the stylesheet knows the tone.
    const fn class(&self) -> &'static str {
        match self.tone {
            Tone::Done => "done",
            Tone::Problem => "problem",
        }
    }
}

impl Page for Notice {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn samples() -> Vec<Self> {
        let harm = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        vec![
            Self::new(
                Frame::default(),
                Tone::Done,
                "Your account is confirmed",
                "You can sign in now.",
            ),
            Self::new(Frame::default(), Tone::Problem, harm, harm),
        ]
    }
}
