//! What the documents say of this repository is there.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "screenshots"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn files(folder: &Path, ends: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
            files(&path, ends, found);
        } else if name.ends_with(ends) {
            found.push(path);
        }
    }
}

fn all(ends: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root(), ends, &mut found);
    found
}

/// The text without what stands in fences: code may look like links.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut kept = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    };
    text.lines().filter(|line| kept(line)).collect::<Vec<_>>().join("\n")
}

fn targets(text: &str) -> Vec<String> {
    let ends = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    ends.map(|(target, _)| target.trim().to_owned()).collect()
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

fn has_heading(text: &str, wanted: &str) -> bool {
    prose(text)
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .any(|line| anchor(line.trim_start_matches('#')) == wanted)
}

/// Why a link leads nowhere.
fn broken(page: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let aim = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    if !aim.exists() {
        return Some(format!("{}: {target} is not there", page.display()));
    }
    let missing = !heading.is_empty() && !has_heading(&fs::read_to_string(&aim).unwrap_or_default(), heading);
    missing.then(|| format!("{}: {target} has no such heading", page.display()))
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for page in all(".md") {
        for target in targets(&prose(&fs::read_to_string(&page).unwrap())) {
            count += 1;
            wrong.extend(broken(&page, &target));
        }
    }
    assert!(count > 50, "only {count} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_link_to_nowhere_is_found() {
    let readme = root().join("README.md");
    assert!(broken(&readme, "docs/none.md").is_some());
    assert!(broken(&readme, "#no-such-heading").is_some());
    assert!(broken(&readme, "LICENSE").is_none());
}

#[test]
fn every_page_of_documentation_is_reached_from_the_readme() {
    let root = root();
    let mut reached = BTreeSet::from([root.join("README.md")]);
    let mut open: Vec<_> = reached.iter().cloned().collect();
    while let Some(page) = open.pop() {
        for target in targets(&prose(&fs::read_to_string(&page).unwrap())) {
            let file = target.split('#').next().unwrap_or_default();
            let Ok(aim) = page.parent().unwrap().join(file).canonicalize() else { continue };
            if aim.extension().is_some_and(|end| end == "md") && reached.insert(aim.clone()) {
                open.push(aim);
            }
        }
    }
    let mut pages = Vec::new();
    files(&root.join("docs"), ".md", &mut pages);
    let lost: Vec<_> = pages.into_iter().filter(|page| !reached.contains(page)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

fn metrics(text: &str) -> BTreeSet<String> {
    let word = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    let found = text.match_indices("switchboard_").map(|(at, _)| word(&text[at..]));
    found.filter(|name| !name.ends_with('_')).collect()
}

#[test]
fn metrics_that_are_watched_are_recorded() {
    let recorded: BTreeSet<_> = all(".rs")
        .iter()
        .filter(|file| file.components().any(|part| part.as_os_str() == "src"))
        .flat_map(|file| metrics(&fs::read_to_string(file).unwrap()))
        .collect();
    let watchers =
        ["deploy/grafana/switchboard.json", "deploy/prometheus/alerts.yaml", "docs/operations.md", "docs/sinks.md"];
    for watcher in watchers {
        let watched = metrics(&fs::read_to_string(root().join(watcher)).unwrap());
        let unknown: Vec<_> = watched.iter().filter(|name| !recorded.contains(*name)).collect();
        assert!(!watched.is_empty() && unknown.is_empty(), "{watcher} names {unknown:?}, which nothing records");
    }
}

/// Where labels are matched between a number and series. A number has no labels: Prometheus cannot read that, and for
/// one such expression it refuses the whole file.
fn matches_labels_of_a_number(expression: &str) -> bool {
    let words = [" on(", " on (", " ignoring(", " ignoring ("];
    let mut before = words.iter().flat_map(|word| expression.match_indices(word)).map(|(at, _)| &expression[..at]);
    before.any(|text| text.split_whitespace().rev().nth(1).is_some_and(|operand| operand.parse::<f64>().is_ok()))
}

#[test]
fn rules_match_labels_of_series_only() {
    assert!(matches_labels_of_a_number("a > 0.1 * ignoring(result) sum(b)"));
    assert!(matches_labels_of_a_number("2 + on (x) a"));
    assert!(!matches_labels_of_a_number("a{x=\"1\"} > ignoring(result) 0.1 * sum(b)"));
    let rules = fs::read_to_string(root().join("deploy/prometheus/alerts.yaml")).unwrap();
    let expressions: Vec<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    assert!(expressions.len() > 5, "{expressions:?}");
    let wrong: Vec<_> = expressions.iter().filter(|expression| matches_labels_of_a_number(expression)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
