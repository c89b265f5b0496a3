//! The files for clients are made of the code: this fails when one is not current. `scripts/update-docs` writes them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod postman;
#[path = "../../src/contract/sample.rs"]
mod sample;

use std::{fs, path::PathBuf};

use serde_json::Value;
use switchboard_api::dialects::docs;
use utoipa::openapi::OpenApi;

/// The descriptions, each with the file it is written to.
fn descriptions() -> [(&'static str, OpenApi); 3] {
    [
        ("docs/api-docs.yaml", docs::main_listener()),
        ("docs/api-docs-wa-api.yaml", docs::wa_api()),
        ("docs/api-docs-microservice.yaml", docs::microservice()),
    ]
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the gateway")]
fn to_be_written() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

fn json(document: &OpenApi) -> Value {
    serde_json::to_value(document).unwrap()
}

#[test]
fn the_files_for_clients_are_current() {
    let mut files: Vec<_> =
        descriptions().iter().map(|(path, document)| (*path, document.to_yaml().unwrap())).collect();
    let collection = postman::collection(&descriptions().map(|(_, document)| json(&document)));
    files.push(("docs/postman-collection.json", format!("{collection:#}\n")));
    for (path, text) in files {
        let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path);
        if to_be_written() {
            fs::write(&file, &text).unwrap();
        }
        let stored = fs::read_to_string(&file).unwrap();
        assert!(stored == text, "{path} is not current: run scripts/update-docs");
    }
}

#[test]
fn descriptions_name_no_type_that_is_not_there_and_no_operation_twice() {
    for (path, document) in descriptions() {
        let document = json(&document);
        assert_eq!(document["openapi"], "3.1.0");
        for reference in document.to_string().split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "{path} {name}");
        }
        let mut ids = std::collections::BTreeSet::new();
        for operation in postman::operations(&document) {
            assert!(operation.description["summary"].is_string(), "{path}: {}", operation.path);
            assert!(ids.insert(operation.description["operationId"].to_string()), "{path}: {}", operation.path);
        }
    }
}

/// The guide for people names every variable of the collection, and none that it does not have.
#[test]
fn the_guide_fits_the_collection() {
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../POSTMAN.md")).unwrap();
    let collection = postman::collection(&descriptions().map(|(_, document)| json(&document)));
    for variable in collection["variable"].as_array().unwrap() {
        let name = variable["key"].as_str().unwrap();
        assert!(guide.contains(&format!("`{name}`")), "POSTMAN.md does not explain {name}");
    }
    for named in guide.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
        let known = collection["variable"].as_array().unwrap().iter().any(|variable| variable["key"] == named);
        assert!(known, "the collection has no variable {named}");
    }
}
