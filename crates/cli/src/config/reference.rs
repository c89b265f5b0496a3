//! `docs/configuration.md`, written from the table.

use std::fmt::Write as _;

use super::{SETTINGS, Setting};

/// What each heading is about.
const GROUPS: [(&str, &str); 10] = [
    ("general", "General"),
    ("listen", "Where it listens"),
    ("data", "Where its data is"),
    ("database", "Database"),
    ("auth", "Who gets in"),
    ("network", "The network, and other networks"),
    ("sinks", "Servers that get every event"),
    ("sessions", "Sessions and what they send"),
    ("client", "The command line"),
    ("log", "The log"),
];

/// The page as it belongs under `docs/`.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         Written from the code by `scripts/update-docs`.\n\n\
         A setting is taken from the first of these that has it: a flag, the environment, `.env` in the working\n\
         directory, `switchboard.toml` there (or `SWITCHBOARD_CONFIG`), the default. `switchboard config check` prints each\n\
         effective value and where it came from; `switchboard config example > .env` writes a commented file to begin with;\n\
         `switchboard doctor` says whether a start with these settings would succeed. In `switchboard.toml` the part of\n\
         a name before the dot is the table:\n\n\
         ```toml\n\
         [listen]\n\
         main = \"127.0.0.1:9000\"\n\
         ```\n",
    );
    let mut group = "";
    for setting in SETTINGS {
        if setting.group() != group {
            group = setting.group();
            let title = GROUPS.iter().find(|(known, _)| *known == group).map_or(group, |(_, title)| title);
            // Writing to a String cannot fail.
            let _ = write!(text, "\n## {title}\n\n| setting | value | default | |\n| --- | --- | --- | --- |\n");
        }
        text.push_str(&line(setting));
    }
    text
}

fn line(setting: &Setting) -> String {
    let flag = setting.flag.map(|flag| format!("<br>`--{flag}`")).unwrap_or_default();
    let default = setting.default.map_or_else(|| "–".to_owned(), |default| format!("`{default}`"));
    let secret = if setting.secret { " Secret: shown nowhere." } else { "" };
    format!(
        "| `{}`<br>`{}`{flag} | `{}` | {default} | {}{secret} |\n",
        setting.env,
        setting.key,
        escaped(setting.shape),
        escaped(setting.doc)
    )
}

/// A bar would end the cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
