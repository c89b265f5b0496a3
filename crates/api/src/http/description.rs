//! What every operation of a surface has in common, added to its description in one place.

use axum::http::StatusCode;
use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement,
    path::Operation,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// How the requests of a surface say who asks.
pub(crate) enum Credentials {
    Bearer,
    BearerOrKey,
    /// None at all, where the listener's address allows it.
    OptionalBearer,
}

impl Credentials {
    pub(crate) fn describe(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        if matches!(self, Self::BearerOrKey) {
            let key = ApiKey::Header(ApiKeyValue::new("x-api-key"));
            components.add_security_scheme("key", SecurityScheme::ApiKey(key));
        }
        let named = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
        document.security = Some(match self {
            Self::Bearer => vec![named("bearer")],
            Self::BearerOrKey => vec![named("bearer"), named("key")],
            Self::OptionalBearer => vec![SecurityRequirement::default(), named("bearer")],
        });
    }
}

/// Adds the refusals that follow from an operation's shape, and gives all refusals the surface's error for a body.
pub(crate) fn describe_refusals(document: &mut OpenApi, error: &str, media: &str) {
    for (path, item) in &mut document.paths.paths {
        let methods = [
            (&mut item.get, false),
            (&mut item.post, true),
            (&mut item.put, true),
            (&mut item.patch, true),
            (&mut item.delete, true),
        ];
        for (operation, changes) in methods {
            let Some(operation) = operation else { continue };
            for (status, told) in usual(operation, path, changes) {
                let unsaid = || RefOr::T(ResponseBuilder::new().description(told).build());
                operation.responses.responses.entry(status.to_owned()).or_insert_with(unsaid);
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    complete(response, status, error, media);
                }
            }
        }
    }
}

fn usual(operation: &Operation, path: &str, changes: bool) -> Vec<(&'static str, &'static str)> {
    let open = operation.security.as_ref().is_some_and(|asked| asked.contains(&SecurityRequirement::default()));
    let body = operation.request_body.is_some();
    let read = body || operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let mut usual = vec![("429", "Too many requests: `Retry-After` says when to come back")];
    if !open {
        usual.push(("401", "The credential is missing or wrong"));
        usual.push(("403", "The credential is not good for this"));
    }
    if read {
        usual.push(("400", "Something sent does not fit: the message names it"));
    }
    if body {
        usual.push(("413", "The body is too large"));
    }
    if path.contains('{') {
        usual.push(("404", "There is no such thing, or it is another user's"));
    }
    if changes && !open {
        usual.push(("409", "The state of things does not allow it"));
        usual.push(("422", "The network refused it"));
    }
    usual
}

fn complete(response: &mut Response, status: &str, error: &str, media: &str) {
    let Ok(status) = StatusCode::from_bytes(status.as_bytes()) else { return };
    if response.description.is_empty() {
        response.description = status.canonical_reason().unwrap_or("Done").to_owned();
    }
    if status.is_client_error() {
        let content = Content::new(Some(Ref::from_schema_name(error)));
        response.content = [(media.to_owned(), RefOr::T(content))].into_iter().collect();
    }
}
