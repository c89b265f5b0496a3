//! A body to begin with, made of the examples in a schema.

use serde_json::{Map, Value, json};

pub(crate) fn body(document: &Value, operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    (!schema.is_null()).then(|| of(document, schema))
}

fn of(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return of(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices.iter().find(|one| one["type"] != "null").map_or(json!(null), |one| of(document, one));
    }
    match kind(schema) {
        "string" => schema["enum"][0].as_str().unwrap_or_default().into(),
        "integer" | "number" => json!(0),
        "boolean" => json!(false),
        "array" => json!([]),
        _ => object(document, schema),
    }
}

/// What is required, and what has an example.
fn object(document: &Value, schema: &Value) -> Value {
    let mut sample = Map::new();
    let required = schema["required"].as_array();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let needed = required.is_some_and(|required| required.iter().any(|one| one == name));
        if needed || !property["example"].is_null() || !property["$ref"].is_null() {
            sample.insert(name.clone(), of(document, property));
        }
    }
    Value::Object(sample)
}

fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("object"),
        kind => kind.as_str().unwrap_or("object"),
    }
}
