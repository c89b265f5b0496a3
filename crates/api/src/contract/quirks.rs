//! Each `QUIRKS.md` names the tests that keep its quirks; they have to be there.

use std::{fs, path::Path};

const DIALECTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialects");

/// Each quirk with the tests it names: a row of a table, or an item of a list.
fn quirks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut quirks: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("| ") || line.starts_with("- ") {
            quirks.push(line.to_owned());
        } else if let (Some(quirk), true) = (quirks.last_mut(), line.starts_with("  ")) {
            quirk.push_str(line);
        }
    }
    quirks.retain(|quirk| !quirk.starts_with("| Quirk |") && !quirk.starts_with("| ---"));
    quirks.into_iter().map(|quirk| (quirk.clone(), tests_named(&quirk))).collect()
}

/// Words in backquotes that have the form of a test: in the row's last cell, or behind a module.
fn tests_named(quirk: &str) -> Vec<String> {
    let cell = quirk.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or(quirk);
    let quoted = cell.split('`').skip(1).step_by(2);
    let is_name = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte))
    };
    let named = quoted.filter(is_name).filter(|word| quirk.starts_with('|') || word.contains("::"));
    named.map(str::to_owned).collect()
}

/// Whether the dialect has the test: `file::name`, or `name` in its `tests.rs`.
fn is_there(folder: &Path, test: &str) -> bool {
    let (module, name) = test.rsplit_once("::").unwrap_or(("tests", test));
    let file = module.trim_end_matches("::tests");
    let Ok(source) = fs::read_to_string(folder.join(format!("{file}.rs"))) else { return false };
    // A whole module of tests may be named.
    if name == "tests" { source.contains("mod tests") } else { source.contains(&format!("fn {name}(")) }
}

#[test]
fn every_quirk_has_a_test() {
    let mut seen = 0;
    for entry in fs::read_dir(DIALECTS).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(folder.join("QUIRKS.md")) else { continue };
        for (quirk, tests) in quirks(&text) {
            seen += 1;
            assert!(!tests.is_empty(), "{}: no test is named: {quirk}", folder.display());
            for test in tests {
                assert!(is_there(&folder, &test), "{}: there is no {test}: {quirk}", folder.display());
            }
        }
    }
    assert!(seen > 20, "only {seen} quirks were found");
}
