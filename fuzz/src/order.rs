//! A good request, and what the fuzzer makes of it.

use std::net::IpAddr;

use axum::{body::Body, http::Request};
use serde_json::Value;
use switchboard_egress::Url;

use crate::{harm::change, input::Input, surfaces::Operation};

/// What the parameters of paths are: their names and values.
pub(crate) type Things = Vec<(&'static str, String)>;

pub(crate) struct Order<'o> {
    operation: &'o Operation,
    things: Things,
    query: Vec<(String, String)>,
    credential: Vec<u8>,
    kind: &'static str,
    body: Vec<u8>,
}

impl<'o> Order<'o> {
    pub(crate) fn good(operation: &'o Operation, session: &str, things: &Things) -> Self {
        let body = operation.body_about(session).map(|body| body.to_string().into_bytes());
        Self {
            operation,
            things: things.clone(),
            query: operation.query.clone(),
            credential: operation.surface.credential().into(),
            kind: "application/json",
            body: body.unwrap_or_default(),
        }
    }

    /// Replaces one part of it. Nothing where it has no such part.
    pub(crate) fn twisted(mut self, input: &mut Input<'_>) -> Option<Self> {
        match input.byte() % 6 {
            0 => self.body = input.rest().to_vec(),
            1 => self.body = changed(&self.body, input)?,
            2 => self.twist_path(input)?,
            3 => self.twist_query(input)?,
            4 => self.credential = input.rest().to_vec(),
            _ => {
                self.kind = "multipart/form-data; boundary=x";
                self.body = input.rest().to_vec();
            }
        }
        Some(self)
    }

    fn twist_path(&mut self, input: &mut Input<'_>) -> Option<()> {
        let path = &self.operation.path;
        let mut named: Vec<_> = self.things.iter_mut().filter(|(name, _)| path.contains(&place(name))).collect();
        let at = input.below(named.len());
        named.get_mut(at)?.1 = escaped(input.rest());
        Some(())
    }

    fn twist_query(&mut self, input: &mut Input<'_>) -> Option<()> {
        let needed = self.query.iter().map(|(name, _)| name);
        let names: Vec<String> = needed.chain(&self.operation.parameters).cloned().collect();
        let name = names.get(input.below(names.len()))?;
        self.query.retain(|(other, _)| other != name);
        self.query.push((name.clone(), escaped(input.rest())));
        Some(())
    }

    /// Nothing where it cannot be written down as a request, or would lead out of this machine.
    pub(crate) fn request(self) -> Option<Request<Body>> {
        if serde_json::from_slice::<Value>(&self.body).is_ok_and(|body| dials(&body)) {
            return None;
        }
        let filled = |path: String, (name, value): &(&str, String)| path.replace(&place(name), value);
        let path = self.things.iter().fold(self.operation.path.clone(), filled);
        let query: Vec<_> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(self.operation.method.clone())
            .uri(format!("{path}?{}", query.join("&")))
            // Who manages sessions of `wa_api` is judged by it.
            .header("host", "localhost:3000")
            .header("authorization", [b"Bearer ".as_slice(), &self.credential].concat())
            .header("content-type", self.kind);
        request.body(Body::from(self.body)).ok()
    }
}

fn place(name: &str) -> String {
    format!("{{{name}}}")
}

fn changed(body: &[u8], input: &mut Input<'_>) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    change(&mut body, input);
    Some(body.to_string().into_bytes())
}

fn escaped(bytes: &[u8]) -> String {
    let escape = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(escape).collect()
}

/// Whether there is the address of a host in it: only names lead nowhere here.
fn dials(body: &Value) -> bool {
    let literal = |host: &str| host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    match body {
        Value::String(text) => Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(literal)),
        Value::Array(items) => items.iter().any(dials),
        Value::Object(fields) => fields.values().any(dials),
        _ => false,
    }
}
