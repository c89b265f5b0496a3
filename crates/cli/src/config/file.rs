//! `switchboard.toml`: tables and keys become dotted names, values become text.

use std::path::Path;

use super::ConfigError;

/// The file's settings by dotted name, in its own order.
pub(super) fn read(path: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let fault = |why: String| ConfigError::File { path: path.display().to_string(), why };
    let text = std::fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|e| fault(position(&text, &e)))?;
    let mut found = Vec::new();
    flatten("", &table, &mut found).map_err(fault)?;
    Ok(found)
}

fn flatten(prefix: &str, table: &toml::Table, found: &mut Vec<(String, String)>) -> Result<(), String> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, found)?,
            other => found.push((key.clone(), plain(&key, other)?)),
        }
    }
    Ok(())
}

/// Lists are joined with commas, as the environment spells them.
fn plain(key: &str, value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        // `off` in a file is most naturally written `false`.
        toml::Value::Boolean(on) => Ok(if *on { "on" } else { "off" }.to_owned()),
        toml::Value::Array(items) => {
            items.iter().map(|i| plain(key, i)).collect::<Result<Vec<_>, _>>().map(|v| v.join(","))
        }
        _ => Err(format!("{key} is neither a text, a number, a yes/no nor a list of these")),
    }
}

/// One line with the position; the library's own rendering quotes the source, secrets included.
fn position(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |s| text[..s.start.min(text.len())].lines().count().max(1));
    format!("line {line} is not valid TOML ({})", error.message().lines().next().unwrap_or_default())
}
