//! The Postman collection (format 2.1): one folder for each API, one request for each operation.

use serde_json::{Value, json};

use crate::sample;

pub(crate) struct Operation<'d> {
    pub(crate) method: String,
    pub(crate) path: &'d str,
    pub(crate) description: &'d Value,
}

pub(crate) fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, description)| Operation { method: method.to_uppercase(), path, description })
    })
}

pub(crate) fn collection(documents: &[Value]) -> Value {
    let folders: Vec<_> = documents.iter().flat_map(folders).collect();
    json!({
        "info": {
            "name": "Switchboard",
            "description": "The documented APIs of Switchboard. POSTMAN.md says how to begin.",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "variable": variables(),
        "item": folders,
    })
}

fn variables() -> Value {
    let variables = [
        ("main_url", "http://localhost:8080"),
        ("wa_api_url", "http://localhost:3000"),
        ("microservice_url", "http://localhost:3001"),
        ("username", "admin"),
        ("password", "admin"),
        ("token", ""),
        ("session_id", ""),
        ("device_id", "device-001"),
        ("device_key", ""),
        ("service_token", "sandbox-token"),
        ("microservice_session", "business"),
        ("api_key", ""),
        ("bot_id", "business"),
    ];
    variables.map(|(key, value)| json!({ "key": key, "value": value, "type": "string" })).to_vec().into()
}

fn folders(document: &Value) -> Vec<Value> {
    let tags = document["tags"].as_array().unwrap().iter();
    tags.map(|tag| {
        let own = |operation: &Operation<'_>| operation.description["tags"][0] == tag["name"];
        let items: Vec<_> = operations(document).filter(own).map(|operation| item(document, &operation)).collect();
        json!({ "name": tag["name"], "description": tag["description"], "item": items })
    })
    .collect()
}

fn item(document: &Value, operation: &Operation<'_>) -> Value {
    let tag = operation.description["tags"][0].as_str().unwrap();
    let mut request = json!({
        "method": operation.method,
        "header": [],
        "auth": auth(tag, operation),
        "url": url(tag, operation),
        "description": operation.description["description"].as_str().unwrap_or_default(),
    });
    if let Some(body) = sample::body(document, operation.description) {
        request["header"] = json!([{ "key": "Content-Type", "value": "application/json" }]);
        let raw = format!("{:#}", personal(tag, body));
        request["body"] = json!({ "mode": "raw", "raw": raw, "options": { "raw": { "language": "json" } } });
    }
    let mut item = json!({ "name": operation.description["summary"], "request": request, "response": [] });
    if let Some(script) = script(tag, operation.description["operationId"].as_str().unwrap()) {
        item["event"] = json!([{ "listen": "test", "script": { "type": "text/javascript", "exec": script } }]);
    }
    item
}

fn url(tag: &str, operation: &Operation<'_>) -> Value {
    let base = match tag {
        "wa_api" => "{{wa_api_url}}",
        "microservice" => "{{microservice_url}}",
        _ => "{{main_url}}",
    };
    let path = operation.path.trim_start_matches('/').split('/').map(|part| match named(part) {
        Some(name) => format!(":{name}"),
        None => part.to_owned(),
    });
    let path: Vec<_> = path.collect();
    let variables = operation.path.split('/').filter_map(named);
    let variables: Vec<_> = variables.map(|name| json!({ "key": name, "value": path_value(tag, name) })).collect();
    let query = queries(operation);
    json!({
        "raw": format!("{base}/{}", path.join("/")), "host": [base], "path": path, "variable": variables, "query": query,
    })
}

/// Switched off: each narrows what is shown, and none is needed.
fn queries(operation: &Operation<'_>) -> Vec<Value> {
    let parameters = operation.description["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let query = |query: &Value| json!({ "key": query["name"], "value": "", "description": query["description"], "disabled": true });
    queries.map(query).collect()
}

fn named(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn path_value(tag: &str, name: &str) -> &'static str {
    match (tag, name) {
        ("wa_api", "id") => "{{device_id}}",
        ("microservice", "id") => "{{microservice_session}}",
        ("bots", "id" | "bot_id") => "{{bot_id}}",
        (_, "id") => "{{session_id}}",
        (_, "contact") => "6281381393739",
        _ => "",
    }
}

/// The examples of a description are good to read; a request has to name what was really made.
fn personal(tag: &str, mut body: Value) -> Value {
    let names = [
        ("username", "{{username}}"),
        ("password", "{{password}}"),
        ("deviceId", "{{device_id}}"),
        ("sessionId", "{{microservice_session}}"),
    ];
    for (field, variable) in names {
        if tag != "bots" && body.get(field).is_some() {
            body[field] = json!(variable);
        }
    }
    body
}

fn auth(tag: &str, operation: &Operation<'_>) -> Value {
    let bearer = |variable: &str| json!({ "type": "bearer", "bearer": [{ "key": "token", "value": variable, "type": "string" }] });
    let open = operation.description["security"] == json!([{}]);
    match tag {
        _ if open => json!({ "type": "noauth" }),
        "wa_api" if operation.path == "/api/messages/send" => bearer("{{device_key}}"),
        "wa_api" => json!({ "type": "noauth" }),
        "microservice" => bearer("{{service_token}}"),
        "bots" => {
            let said = [("key", "x-api-key"), ("value", "{{api_key}}"), ("in", "header")];
            let said: Vec<_> =
                said.iter().map(|(key, value)| json!({ "key": key, "value": value, "type": "string" })).collect();
            json!({ "type": "apikey", "apikey": said })
        }
        _ => bearer("{{token}}"),
    }
}

/// Keeps what later requests need.
fn script(tag: &str, operation: &str) -> Option<Value> {
    let (status, variable, field) = match (tag, operation) {
        ("multisession", "login") => (200, "token", "token"),
        ("multisession", "create_session") => (201, "session_id", "id"),
        ("wa_api", "set_api_key") => (200, "device_key", "apiKey"),
        _ => return None,
    };
    Some(json!([
        format!("pm.test('answers {status}', () => pm.response.to.have.status({status}));"),
        format!("pm.collectionVariables.set('{variable}', pm.response.json().{field});"),
    ]))
}
