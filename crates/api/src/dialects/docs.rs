//! The documented APIs described in OpenAPI: a document for each listener, since paths repeat between them. The files
//! under `docs/` are made of these, and served beside the code.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::get,
};
use utoipa::{
    OpenApi as _, ToSchema,
    openapi::{OpenApi, Server, tag::TagBuilder},
};

use super::{bots, microservice, multisession, wa_api};
use crate::http::{Credentials, describe_refusals};

#[derive(utoipa::OpenApi)]
#[openapi(info(title = "Switchboard", license(name = "MIT", identifier = "MIT")))]
struct Document;

/// What the main listener serves under `/api`: `multisession` and `bots`.
#[must_use]
pub fn main_listener() -> OpenApi {
    let mut multisession = multisession::openapi();
    refusals::<multisession::MultisessionError>(&mut multisession);
    let mut bots = bots::openapi();
    refusals::<bots::BotsError>(&mut bots);
    let told = "The documented APIs of the main listener. Those of the other listeners are described in \
                `api-docs-wa-api.yaml` and `api-docs-microservice.yaml`, the native API at `/v1/openapi.json`.";
    let mut document = document("multisession and bots", told, "http://localhost:8080", &Credentials::BearerOrKey);
    document.merge(multisession);
    document.merge(bots);
    with_tags(
        document,
        &[
            ("multisession", "Users sign in, each with sessions of their own; a WebSocket shows the QR code"),
            ("bots", "What other programs ask about a session: hand-over, calls, blocked callers"),
        ],
    )
}

/// What the `wa_api` listener serves.
#[must_use]
pub fn wa_api() -> OpenApi {
    let told = "Device sessions with an API key each. Sessions are managed without a credential while the listener is \
                bound to loopback; elsewhere an administrator's is needed.";
    let mut document = document("wa_api", told, "http://localhost:3000", &Credentials::OptionalBearer);
    document.merge(wa_api::openapi());
    refusals::<wa_api::WaApiError>(&mut document);
    with_tags(document, &[("wa_api", "Device sessions, QR codes, one API key for each session, sending")])
}

/// What the `microservice` listener serves. Its WebSocket has a listener of its own.
#[must_use]
pub fn microservice() -> OpenApi {
    let told = "Sessions over REST. Events come over the WebSocket of port 3002.";
    let mut document = document("microservice", told, "http://localhost:3001", &Credentials::Bearer);
    document.merge(microservice::openapi());
    refusals::<microservice::MicroserviceError>(&mut document);
    with_tags(document, &[("microservice", "Connect, send and look")])
}

/// The files for clients, beside the main listener's APIs.
pub(crate) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new();
    for (path, kind, text) in FILES {
        router = router.route(path, get(async move || file(kind, text)));
    }
    router
}

const FILES: [(&str, &str, &str); 5] = [
    ("/api-docs.yaml", "application/yaml", include_str!("../../../../docs/api-docs.yaml")),
    ("/api-docs-wa-api.yaml", "application/yaml", include_str!("../../../../docs/api-docs-wa-api.yaml")),
    ("/api-docs-microservice.yaml", "application/yaml", include_str!("../../../../docs/api-docs-microservice.yaml")),
    ("/postman-collection.json", "application/json", include_str!("../../../../docs/postman-collection.json")),
    ("/POSTMAN.md", "text/markdown; charset=utf-8", include_str!("../../../../POSTMAN.md")),
];

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text)
}

fn document(name: &str, told: &str, server: &str, credentials: &Credentials) -> OpenApi {
    let mut document = Document::openapi();
    document.info.title = format!("Switchboard: {name}");
    document.info.description = Some(told.to_owned());
    document.servers = Some(vec![Server::new(server)]);
    credentials.describe(&mut document);
    document
}

fn with_tags(mut document: OpenApi, tags: &[(&str, &str)]) -> OpenApi {
    let tag = |(name, told): &(&str, &str)| TagBuilder::new().name(*name).description(Some(*told)).build();
    document.tags = Some(tags.iter().map(tag).collect());
    document
}

/// `T` is the surface's error.
fn refusals<T: ToSchema>(document: &mut OpenApi) {
    describe_refusals(document, &T::name(), "application/json");
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.insert(T::name().into_owned(), T::schema());
}
