use std::collections::BTreeSet;

use serde_json::Value;

use super::house;

#[tokio::test]
async fn the_description_is_valid_and_names_no_type_that_is_not_there() {
    let house = house().await;
    let document = house.get("/v1/openapi.json").send().await.ok(200);
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let shown = document["tags"].as_array().unwrap().iter().any(|tag| tag["name"] == operation["tags"][0]);
            assert!(shown, "{method} {path} stands in no section of the page");
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} names two operations");
            described_parameters(path, operation);
        }
    }
}

fn described_parameters(path: &str, operation: &Value) {
    let empty = Vec::new();
    let named: Vec<_> =
        operation["parameters"].as_array().unwrap_or(&empty).iter().map(|p| p["name"].as_str().unwrap()).collect();
    for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        assert!(named.contains(&part), "{path} does not describe {part}");
    }
}

#[tokio::test]
async fn every_path_described_is_served_and_asks_for_a_credential() {
    let house = house().await;
    let document = house.get("/v1/openapi.json").send().await.ok(200);
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if path == "/v1/login" {
                continue;
            }
            let method = method.to_uppercase().parse().unwrap();
            let answer = house.ask(method, &path.replace(['{', '}'], "")).send().await;
            // Ids of the wrong form are refused first, and tell nothing.
            if answer.status != 404 {
                answer.problem(401, "unauthenticated");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let house = house().await;
    let page = house.get("/docs").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for name in ["page.js", "page.css"] {
        assert!(page.text().contains(&format!("/docs/{name}")));
        let asset = house.get(&format!("/docs/{name}")).send().await;
        assert_eq!(asset.status.as_u16(), 200);
        assert!(!asset.text().contains("http://") && !asset.text().contains("https://"), "{name}");
    }
    assert!(!page.text().contains("<script>") && !page.text().contains("style="));
}
