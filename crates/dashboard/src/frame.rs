//! What every page has around it.

use crate::{assets, text::Text};

pub(crate) struct Frame {
    pub(crate) t: &'static Text,
    pub(crate) version: &'static str,
    /// The entry of the navigation that the page belongs to.
    pub(crate) here: &'static str,
    pub(crate) csrf: String,
    /// Whoever is signed in.
    pub(crate) name: Option<String>,
    pub(crate) admin: bool,
    /// A simulated network is at hand.
    pub(crate) phones: bool,
}

impl Frame {
    /// For pages that anybody may see.
    pub(crate) fn bare(t: &'static Text) -> Self {
        Self { t, version: &assets::VERSION, here: "", csrf: String::new(), name: None, admin: false, phones: false }
    }

    /// Marks the entry one is at, for eyes and screen readers.
    pub(crate) fn current(&self, entry: &str) -> &'static str {
        if self.here == entry { "page" } else { "false" }
    }
}
