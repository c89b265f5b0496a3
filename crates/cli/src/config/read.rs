//! From the text of a setting to its meaning.

use std::path::PathBuf;

use super::{ConfigError, Setting, Value, Values};

/// The meaning of a setting that may be absent. `parse` fails with the rest of a sentence that the name begins.
pub(super) fn optional<T>(
    values: &Values,
    setting: &'static Setting,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, ConfigError> {
    let Some(Value { text, origin }) = values.get(setting) else { return Ok(None) };
    parse(text.trim()).map(Some).map_err(|what| ConfigError::invalid(setting, origin, what))
}

/// The meaning of a setting that has a default in the table.
pub(super) fn required<T>(
    values: &Values,
    setting: &'static Setting,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    optional(values, setting, parse)?.ok_or_else(|| ConfigError::Invalid {
        name: setting.env,
        origin: "not given".to_owned(),
        what: format!("is needed: {}", setting.doc),
    })
}

pub(super) fn path_or(values: &Values, setting: &Setting, other: impl FnOnce() -> PathBuf) -> PathBuf {
    values.get(setting).map_or_else(other, |v| PathBuf::from(&v.text))
}

pub(super) fn text(values: &Values, setting: &Setting) -> Option<String> {
    values.get(setting).map(|v| v.text.clone())
}

pub(super) fn number(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("is `{text}`, which is not a whole number above zero"))
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("is `{text}`, which is not a port (0 to 65535)"))
}

pub(super) fn web_socket_url(text: &str) -> Result<url::Url, String> {
    let fault = || format!("is `{text}`, which is not a URL of the form ws://HOST:PORT/PATH or wss://...");
    let url = url::Url::parse(text).map_err(|_| fault())?;
    (matches!(url.scheme(), "ws" | "wss") && url.has_host()).then_some(url).ok_or_else(fault)
}

/// Address ranges, with commas between; a single address stands for itself.
pub(super) fn networks(text: &str) -> Result<Vec<ipnet::IpNet>, String> {
    switchboard_egress::parse_networks(text).map_err(|wrong| format!("is wrong: {wrong}"))
}
