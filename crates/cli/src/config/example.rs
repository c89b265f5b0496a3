//! `env.example`, written from the table.

use std::fmt::Write as _;

use super::{SETTINGS, Setting};

/// The file as it belongs at the root of the repository. Every line is a comment: an unchanged copy changes nothing.
#[must_use]
pub fn env_example() -> String {
    let mut text = String::from(
        "# Settings of Switchboard. Copy to `.env` and uncomment what you change.\n\
         # Order: defaults < switchboard.toml < .env < environment < flags; `switchboard config check` shows the result.\n",
    );
    let mut group = "";
    for setting in SETTINGS {
        if setting.group() != group {
            group = setting.group();
            let _ = writeln!(text, "\n# --- {group} ---");
        }
        text.push_str(&entry(setting));
    }
    text
}

fn entry(setting: &Setting) -> String {
    let example = setting.default.unwrap_or_default();
    format!("\n# {}\n# {} ({} in the file)\n#{}={example}\n", setting.doc, setting.shape, setting.key, setting.env)
}
