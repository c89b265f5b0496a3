//! Every example that the documents print has a test here, or a reason why not. `examples.txt` says which.
//!
//! The documents themselves are not part of the repository: with `SWITCHBOARD_TEST_DOCUMENTS` naming their folder, the
//! table is compared with them too, so that an example that was added or changed is noticed.

use std::{collections::BTreeSet, fs, path::Path};

const TABLE: &str = include_str!("examples.txt");
const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Example {
    digest: String,
    document: String,
    heading: String,
    number: usize,
}

fn table() -> Vec<(Example, &'static str)> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| {
        let [digest, document, heading, number, proof] = line.splitn(5, " | ").collect::<Vec<_>>()[..] else {
            panic!("not a row of the table: {line}");
        };
        let (digest, document, heading) = (digest.to_owned(), document.to_owned(), heading.to_owned());
        (Example { digest, document, heading, number: number.parse().unwrap() }, proof)
    })
    .collect()
}

#[test]
fn every_example_has_a_test_or_a_reason() {
    for (example, proof) in table() {
        if let Some(reason) = proof.strip_prefix("reason: ") {
            assert!(reason.len() > 10, "{example:?}: that is no reason");
            continue;
        }
        let (file, test) = proof.rsplit_once("::").unwrap_or_else(|| panic!("{example:?}: neither test nor reason"));
        let source = fs::read_to_string(Path::new(CRATES).join(file)).unwrap_or_else(|_| panic!("there is no {file}"));
        assert!(is_a_test(&source, test), "{example:?}: {file} has no test {test}");
    }
}

/// The attribute stands in one of the lines right above the function.
fn is_a_test(source: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let Some(at) = lines.iter().position(|line| line.contains(&format!("fn {name}("))) else { return false };
    lines[..at].iter().rev().take_while(|line| line.starts_with('#')).any(|line| line.contains("test"))
}

#[test]
fn no_example_stands_twice_in_the_table() {
    let rows = table();
    let examples: BTreeSet<_> = rows.iter().map(|(e, _)| (&e.document, &e.heading, e.number)).collect();
    assert_eq!((examples.len(), rows.is_empty()), (rows.len(), false));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests have no configuration but their environment")]
fn the_table_is_that_of_the_documents() {
    let Some(folder) = std::env::var_os("SWITCHBOARD_TEST_DOCUMENTS") else {
        eprintln!("SWITCHBOARD_TEST_DOCUMENTS names no folder: the table is not compared with the documents");
        return;
    };
    let mut printed = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let document = path.file_stem().unwrap().to_str().unwrap().to_owned();
        printed.extend(examples(&document, &fs::read_to_string(&path).unwrap()));
    }
    let known: BTreeSet<_> = table().into_iter().map(|(example, _)| example).collect();
    assert_eq!(printed.difference(&known).collect::<Vec<_>>(), Vec::<&Example>::new(), "not in the table");
    assert_eq!(known.difference(&printed).collect::<Vec<_>>(), Vec::<&Example>::new(), "no longer in the documents");
}

/// Fenced blocks, and the rows of tables of endpoints, numbered under each heading.
fn examples(document: &str, text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let (mut heading, mut fenced) = (String::new(), None::<Vec<String>>);
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let ended = match (&mut fenced, line.as_str()) {
            (Some(block), "```") => Some(block.join("\n").trim().to_owned()),
            (Some(block), _) => {
                block.push(line.clone());
                continue;
            }
            (None, line) if line.starts_with("```") => {
                fenced = Some(Vec::new());
                continue;
            }
            (None, line) if line.starts_with("| `/") => Some(line.to_owned()),
            (None, line) => {
                if line.starts_with('#') {
                    heading = line.trim_start_matches('#').trim().to_owned();
                }
                None
            }
        };
        if let Some(example) = ended {
            fenced = None;
            let number = found.iter().filter(|other| other.heading == heading).count() + 1;
            found.push(Example {
                digest: digest(&example),
                document: document.to_owned(),
                heading: heading.clone(),
                number,
            });
        }
    }
    found
}

/// FNV-1a: tells examples apart, and says nothing of them.
fn digest(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[test]
fn examples_are_found_as_they_are_printed() {
    let text = "# One\n```http\nGET /x\n```\n| `/a` | GET |\n## Two\n```\n  {\n  \"a\":   1\n}\n```\n";
    let found = examples("d", text);
    let told: Vec<_> = found.iter().map(|e| (e.heading.as_str(), e.number, e.digest.clone())).collect();
    assert_eq!(
        told,
        [("One", 1, digest("GET /x")), ("One", 2, digest("| `/a` | GET |")), ("Two", 1, digest("{\n\"a\": 1\n}")),]
    );
}
