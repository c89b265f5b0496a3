//! The surfaces, as their descriptions have them.

use axum::{Router, http::Method};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use super::{about::about, sample};
use crate::{
    dialects::{bots, docs, microservice, multisession, wa_api},
    http::Api,
    native,
    testing::{Answer, Ask, House, SERVICE},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    Native,
    Multisession,
    Bots,
    WaApi,
    Microservice,
}

/// One operation of a description.
pub(super) struct Operation {
    pub(super) surface: Surface,
    pub(super) method: Method,
    pub(super) path: String,
    /// A good body, where one is taken.
    pub(super) body: Option<Value>,
    pub(super) required: Vec<String>,
    /// The parameters behind the question mark.
    pub(super) queries: Vec<String>,
    pub(super) statuses: Vec<u16>,
    /// Asks for no credential.
    pub(super) open: bool,
}

impl Surface {
    pub(super) fn routes(self, api: Api) -> Router {
        match self {
            Self::Native => native::router(api),
            Self::Multisession => multisession::router(api),
            Self::Bots => bots::router(api),
            Self::WaApi => wa_api::router(api, wa_api::Door::Open),
            Self::Microservice => microservice::router(api, microservice::Clients::default(), well()),
        }
    }

    fn description(self) -> OpenApi {
        match self {
            Self::Native => native::openapi(),
            Self::Multisession | Self::Bots => docs::main_listener(),
            Self::WaApi => docs::wa_api(),
            Self::Microservice => docs::microservice(),
        }
    }

    pub(super) fn operations(self) -> Vec<Operation> {
        let document = serde_json::to_value(self.description()).unwrap();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, described) in item.as_object().unwrap() {
                operations.push(Operation::of(self, &document, (method, path), described));
            }
        }
        operations.retain(|operation| (self == Self::Bots) == operation.is_of_bots());
        operations
    }

    /// What shows something of one session.
    pub(super) fn about_one_session(self) -> Operation {
        let about_one = |one: &Operation| one.method == Method::GET && one.path.matches('{').count() == 1;
        let operation = self.operations().into_iter().find(|one| about_one(one) && one.path.contains("{id}"));
        operation.expect("every surface shows something of a session")
    }

    /// Fails unless the answer is this surface's error.
    #[track_caller]
    pub(super) fn assert_refusal(self, answer: &Answer, asked: &str) {
        assert!(answer.header("content-type").contains("json"), "{asked}: {} {}", answer.status, answer.text());
        let body = answer.json();
        let fields: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let (shape, message): (&[&str], _) = match self {
            Self::Native => {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{asked}");
                (&["code", "detail", "status", "title", "type"], "detail")
            }
            Self::Multisession => (&["error", "message"], "message"),
            Self::Bots => (&["code", "error", "success"], "error"),
            Self::WaApi | Self::Microservice => (&["error", "success"], "error"),
        };
        let fields: Vec<_> = fields.into_iter().filter(|field| self != Self::Native || *field != "field").collect();
        assert_eq!(fields, shape, "{asked}: {body}");
        assert!(body[message].as_str().is_some_and(|text| !text.is_empty() && text.len() < 1000), "{asked}: {body}");
        assert!(body.get("success").is_none_or(|success| *success == false), "{asked}: {body}");
    }
}

impl Operation {
    fn of(surface: Surface, document: &Value, (method, path): (&str, &str), described: &Value) -> Self {
        let reference = described["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let schema = reference.map(|reference| document.pointer(reference.trim_start_matches('#')).unwrap());
        let parameters = described["parameters"].as_array().cloned().unwrap_or_default();
        let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let required = schema.and_then(|schema| schema["required"].as_array()).cloned().unwrap_or_default();
        Self {
            surface,
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            body: sample::body(document, described),
            required: required.iter().map(|field| field.as_str().unwrap().to_owned()).collect(),
            queries: queries.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect(),
            statuses: described["responses"].as_object().unwrap().keys().map(|code| code.parse().unwrap()).collect(),
            open: described["security"] == json!([{}]),
        }
    }

    fn is_of_bots(&self) -> bool {
        self.path.starts_with("/api/bots") || self.path.starts_with("/api/system")
    }

    /// Sessions are managed by whoever is on this machine.
    pub(super) fn by_location(&self) -> bool {
        self.surface == Surface::WaApi && self.path.starts_with("/api/sessions")
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Asked about these things: each parameter of the path by its name.
    pub(super) fn about<'h>(&self, house: &'h House, things: &[(&str, &str)]) -> Ask<'h> {
        self.about_with(house, things, "")
    }

    /// The same with this behind the path.
    pub(super) fn about_with<'h>(&self, house: &'h House, things: &[(&str, &str)], query: &str) -> Ask<'h> {
        let mut path = self.path.clone();
        for (name, value) in things {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let ask = house.ask(self.method.clone(), &format!("{path}{query}"));
        if self.surface == Surface::WaApi { ask.header("host", "localhost:3000") } else { ask }
    }

    /// By somebody who may do it.
    pub(super) fn signed<'h>(&self, ask: Ask<'h>) -> Ask<'h> {
        match self.surface {
            Surface::Microservice => ask.bearer(SERVICE),
            _ => ask.admin(),
        }
    }

    /// The good body, about this session.
    pub(super) fn body_about(&self, session: &str) -> Option<Value> {
        Some(about(self.body.clone()?, session))
    }
}

fn well() -> microservice::HealthProbe {
    microservice::HealthProbe::new(async || microservice::Wellness::default())
}
