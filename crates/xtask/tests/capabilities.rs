//! The page of capabilities names the test that shows each: a test that is not there shows nothing.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the page's tables, each by its cells.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|') && !line.starts_with("| ---"));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| cells[0] != "capability").collect()
}

/// The tests that a cell names, as `file:function`.
fn named(cell: &str) -> Vec<(&str, &str)> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.map(|name| name.split_once(':').unwrap_or_else(|| panic!("`{name}` is no file:function"))).collect()
}

#[test]
fn every_capability_is_shown_by_a_test_that_is_there() {
    let page = std::fs::read_to_string(root().join("docs/capabilities.md")).unwrap();
    let rows = rows(&page);
    assert!(rows.len() > 20, "the tables are not where they were");
    for cells in &rows {
        let [capability, phone, client] = cells[..] else { panic!("{cells:?} has not three cells") };
        assert!(!named(phone).is_empty(), "{capability}: no test shows it with a phone");
        assert!(!client.is_empty(), "{capability}: say what shows it with Baileys, or why nothing does");
        for (file, function) in named(phone).into_iter().chain(named(client)) {
            let path = root().join("crates").join(file);
            let source = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{capability}: no file {file}"));
            assert!(source.contains(&format!("fn {function}")), "{capability}: no {function} in {file}");
        }
    }
}
