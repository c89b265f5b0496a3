//! Making, reading, changing and deleting webhooks.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use switchboard_core::{Error, WebhookQuery, paging};
use utoipa::IntoParams;

use super::wire::{ChangeWebhook, CreateWebhook, SecretWebhook, Webhook, WebhookPage, session};
use crate::{
    http::{Api, Failure, JsonBody, QueryOf, Signed, WebhookPath},
    native::problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Of this session only.
    session: Option<String>,
    cursor: Option<String>,
    /// 200 at most, 50 by default.
    limit: Option<u64>,
}

/// List webhooks: yours, or all for administrators. Newest first.
#[utoipa::path(get, operation_id = "list_webhooks", path = "/v1/webhooks", tag = "webhooks", params(Page), responses((status = 200, body = WebhookPage)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<WebhookPage>, Failure> {
    let limit = paging::size(page.limit);
    let query = WebhookQuery {
        session: page.session.as_deref().map(session).transpose()?,
        before: page.cursor.map(cursor).transpose()?,
        limit: Some(limit),
    };
    Ok(Json(WebhookPage::new(api.core.webhooks(&caller, query).await?, limit)))
}

/// Make a webhook. What happens from now on is delivered at least once, signed in the form of Standard Webhooks.
#[utoipa::path(post, operation_id = "create_webhook", path = "/v1/webhooks", tag = "webhooks", request_body = CreateWebhook, responses(
    (status = 201, description = "The secret is shown this once", body = SecretWebhook),
    (status = 400, body = Problem),
    (status = 404, description = "There is no such session", body = Problem),
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<CreateWebhook>,
) -> Result<impl IntoResponse, Failure> {
    let issued = api.core.create_webhook(&caller, body.try_into()?).await?;
    let location = format!("/v1/webhooks/{}", issued.webhook.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(SecretWebhook::from(issued))))
}

/// Show a webhook, without its secrets.
#[utoipa::path(get, operation_id = "show_webhook", path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = String, Path)), responses(
    (status = 200, body = Webhook),
    (status = 404, body = Problem),
))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
) -> Result<Json<Webhook>, Failure> {
    Ok(Json(api.core.webhook(&caller, &id).await?.into()))
}

/// Change a webhook. Holds for what waits to be delivered, too.
#[utoipa::path(patch, operation_id = "change_webhook", path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = String, Path)), request_body = ChangeWebhook, responses(
    (status = 200, body = Webhook),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
    JsonBody(body): JsonBody<ChangeWebhook>,
) -> Result<Json<Webhook>, Failure> {
    Ok(Json(api.core.update_webhook(&caller, &id, body.try_into()?).await?.into()))
}

/// Delete a webhook, with everything that was still to be delivered.
#[utoipa::path(delete, operation_id = "delete_webhook", path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = String, Path)), responses(
    (status = 204),
    (status = 404, body = Problem),
))]
pub(super) async fn delete(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
) -> Result<StatusCode, Failure> {
    api.core.delete_webhook(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn cursor(text: String) -> Result<String, Error> {
    let plain = text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { Ok(text) } else { Err(Error::invalid("cursor", "is not a cursor of this list")) }
}
