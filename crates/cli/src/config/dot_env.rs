//! `.env`: lines of NAME=value. Values are taken as they stand, `$` included; quotes keep spaces and `#`.

use std::collections::BTreeMap;
use std::path::Path;

use super::ConfigError;

/// The variables of the file; none if there is no file.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let fault = |why: String| ConfigError::File { path: path.display().to_string(), why };
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).map_err(fault),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(fault(e.to_string())),
    }
}

/// A message names the line by number alone: the line may hold a secret.
fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| variable(line).ok_or_else(|| format!("line {at} is not of the form NAME=value")))
        .collect()
}

fn variable(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { Some((name.to_owned(), value(rest.trim())?)) } else { None }
}

fn value(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else { return Some(unquoted(text)) };
    let (inside, after) = text[1..].split_once(quote)?;
    let after = after.trim();
    (after.is_empty() || after.starts_with('#')).then(|| inside.to_owned())
}

/// A comment begins at a `#` after a space.
fn unquoted(text: &str) -> String {
    if text.starts_with('#') {
        return String::new();
    }
    text.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_are_read() {
        let text = "# head\n\nA=1\nexport B = two words # note\nC='p$a#s \"s' # note\nD=\"x y\"\nE=\nF=a#b\nG=# none\n";
        let found = parse(text).unwrap();
        let get = |name: &str| found[name].as_str();
        assert_eq!((get("A"), get("B"), get("C"), get("D")), ("1", "two words", "p$a#s \"s", "x y"));
        assert_eq!((get("E"), get("F"), get("G")), ("", "a#b", ""));
    }

    #[test]
    fn a_broken_line_is_told_by_number_and_not_repeated() {
        for text in ["A=1\nhush", "A=1\nB='hush", "A=1\nB X=hush", "A=1\nB='x' hush"] {
            assert_eq!(parse(text).unwrap_err(), "line 2 is not of the form NAME=value");
        }
    }
}
