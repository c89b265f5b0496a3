//! From the text of a setting to its meaning.

use std::path::PathBuf;
use std::time::Duration;

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

/// A number and its unit, such as `90s` or `7d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("is `{text}`, which is not a number above zero with a unit (s, m, h, d or w), such as 7d");
    let (number, unit) = text.char_indices().last().map(|(at, unit)| (&text[..at], unit)).ok_or_else(fault)?;
    let seconds = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
    let each = seconds.iter().find(|(name, _)| *name == unit).map(|(_, each)| *each).ok_or_else(fault)?;
    Ok(Duration::from_secs(each * u64::from(number.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(fault)?)))
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("is `{text}`, which is not a port (0 to 65535)"))
}

/// A whole number above zero, or none for `off`.
pub(super) fn limit(text: &str) -> Result<Option<u32>, String> {
    if text == "off" { Ok(None) } else { number(text).map(Some) }
}

/// Address ranges, with commas between; a single address stands for itself.
pub(super) fn networks(text: &str) -> Result<Vec<ipnet::IpNet>, String> {
    switchboard_egress::parse_networks(text).map_err(|wrong| format!("is wrong: {wrong}"))
}
