//! The auth state that Baileys' `useMultiFileAuthState` keeps: one file for each record.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::Failure;

/// The longer names first, where one begins with another.
const KINDS: [&str; 10] = [
    "app-state-sync-version",
    "app-state-sync-key",
    "sender-key-memory",
    "sender-key",
    "identity-key",
    "device-list",
    "lid-mapping",
    "pre-key",
    "session",
    "tctoken",
];

/// `{creds, keys}` of such a folder.
pub fn read(path: &Path) -> Result<Value, Failure> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let creds = parsed(&path.join("creds.json"))?;
    let mut keys = Map::new();
    for entry in std::fs::read_dir(path).map_err(told)? {
        let file = entry.map_err(told)?.path();
        let name = file.file_name().and_then(|name| name.to_str()?.strip_suffix(".json"));
        if let Some((kind, id)) = name.and_then(named) {
            let table = keys.entry(kind).or_insert_with(|| json!({}));
            table[id] = parsed(&file)?;
        }
    }
    Ok(json!({ "creds": creds, "keys": keys }))
}

/// Kind and id behind a file's name, where `/` was written as `__` and `:` as `-`.
fn named(name: &str) -> Option<(&'static str, String)> {
    let (kind, id) = KINDS.iter().find_map(|kind| Some((*kind, name.strip_prefix(kind)?.strip_prefix('-')?)))?;
    let id = id.replace("__", "/");
    let id = if kind == "sender-key" { id.replace("--", "::") } else { id };
    Some((kind, id))
}

fn parsed(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text).map_err(|error| format!("{}: is not JSON: {error}", path.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_kinds_and_ids_again() {
        for (name, kind, id) in [
            ("pre-key-12", "pre-key", "12"),
            ("session-100001_1.3", "session", "100001_1.3"),
            ("sender-key-120363@g.us--100001_1--0", "sender-key", "120363@g.us::100001_1::0"),
            ("sender-key-memory-120363@g.us", "sender-key-memory", "120363@g.us"),
            ("app-state-sync-key-AAAA__b+c=", "app-state-sync-key", "AAAA/b+c="),
            ("app-state-sync-version-regular_high", "app-state-sync-version", "regular_high"),
            ("lid-mapping-100001_reverse", "lid-mapping", "100001_reverse"),
        ] {
            assert_eq!(named(name), Some((kind, id.to_owned())), "{name}");
        }
        assert_eq!(named("creds"), None);
    }
}
