//! `/v1` and the documented APIs, as their descriptions have them.

use axum::{Router, http::Method};
use serde_json::Value;
use switchboard_api::{
    Api,
    dialects::{bots, docs, microservice, multisession, wa_api},
    native,
};

use crate::gateway::{ADMIN, SERVICE};

/// The tests of the API begin with the same bodies.
#[path = "../../crates/api/src/contract/about.rs"]
mod about;
#[path = "../../crates/api/src/contract/sample.rs"]
mod sample;

/// Somebody whom the account writes to.
pub(crate) const PEER: &str = "6281381393739";

#[derive(Clone, Copy)]
pub(crate) enum Surface {
    Native,
    Multisession,
    Bots,
    WaApi,
    Microservice,
}

/// In the order in which they are declared.
pub(crate) const SURFACES: [Surface; 5] =
    [Surface::Native, Surface::Multisession, Surface::Bots, Surface::WaApi, Surface::Microservice];

/// One operation of a description.
pub(crate) struct Operation {
    pub(crate) surface: Surface,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// A good body, where one is taken.
    pub(crate) body: Option<Value>,
    /// Good parameters behind the question mark; where one says how long to wait, it says not at all.
    pub(crate) query: Vec<(String, String)>,
    /// The names of all others.
    pub(crate) parameters: Vec<String>,
    pub(crate) statuses: Vec<u16>,
}

impl Surface {
    pub(crate) fn routes(self, api: Api) -> Router {
        match self {
            Self::Native => native::router(api),
            Self::Multisession => multisession::router(api),
            Self::Bots => bots::router(api),
            Self::WaApi => wa_api::router(api, wa_api::Door::Open),
            Self::Microservice => microservice::router(api, microservice::Clients::default(), well()),
        }
    }

    /// Of somebody who may do everything.
    pub(crate) fn credential(self) -> &'static str {
        if matches!(self, Self::Microservice) { SERVICE } else { ADMIN }
    }

    pub(crate) fn operations(self) -> Vec<Operation> {
        let document = self.description();
        let paths = document["paths"].as_object().expect("paths");
        let items = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().expect("methods").iter();
            methods.map(move |(method, told)| (path, method, told))
        });
        let all = items.map(|(path, method, told)| Operation::of(self, &document, (method, path), told));
        all.filter(|operation| matches!(self, Self::Bots) == operation.is_of_bots()).collect()
    }

    /// `multisession` and `bots` share a listener, and with it a description.
    fn description(self) -> Value {
        let document = match self {
            Self::Native => native::openapi(),
            Self::Multisession | Self::Bots => docs::main_listener(),
            Self::WaApi => docs::wa_api(),
            Self::Microservice => docs::microservice(),
        };
        serde_json::to_value(document).expect("JSON")
    }
}

impl Operation {
    fn of(surface: Surface, document: &Value, (method, path): (&str, &str), told: &Value) -> Self {
        let told_of = told["parameters"].as_array().into_iter().flatten();
        let parameters = told_of.filter(|one| one["in"] == "query").map(parameter);
        let (good, others): (Vec<_>, Vec<_>) = parameters.partition(|(_, good)| good.is_some());
        let codes = told["responses"].as_object().expect("responses").keys();
        Self {
            surface,
            method: method.to_uppercase().parse().expect("a method"),
            path: path.to_owned(),
            body: sample::body(document, told),
            query: good.into_iter().filter_map(|(name, good)| Some((name, good?))).collect(),
            parameters: others.into_iter().map(|(name, _)| name).collect(),
            statuses: codes.filter_map(|code| code.parse().ok()).collect(),
        }
    }

    fn is_of_bots(&self) -> bool {
        self.path.starts_with("/api/bots") || self.path.starts_with("/api/system")
    }

    /// The good body, about this session.
    pub(crate) fn body_about(&self, session: &str) -> Option<Value> {
        Some(about::about(self.body.clone()?, session))
    }
}

/// Its name, and a good value if it needs one.
fn parameter(told: &Value) -> (String, Option<String>) {
    let name = told["name"].as_str().expect("a name").to_owned();
    let good = match name.as_str() {
        "wait" => Some("0"),
        _ if told["required"] == true => told["schema"]["enum"][0].as_str().or(Some(PEER)),
        _ => None,
    };
    (name, good.map(str::to_owned))
}

fn well() -> microservice::HealthProbe {
    microservice::HealthProbe::new(async || microservice::Wellness::default())
}
