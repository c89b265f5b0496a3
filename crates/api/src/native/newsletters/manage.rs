//! Listing newsletters, making them, saying what they are about.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use switchboard_core::ChangeNewsletter;
use utoipa::ToSchema;

use super::wire::{Newsletter, NewsletterList};
use crate::{
    http::{Api, Failure, JsonBody, NewsletterPath, SessionPath, Signed},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNewsletter {
    #[schema(example = "Bakery News")]
    name: String,
    description: Option<String>,
}

/// What is not named stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewsletterChange {
    name: Option<String>,
    /// An empty one is taken away.
    description: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenNewsletter {
    /// A newsletter's link, or its code.
    #[schema(example = "https://whatsapp.com/channel/0029VaAbCdEfGhIjKlMnOp")]
    invite: String,
}

/// List the newsletters that the account runs or follows.
#[utoipa::path(get, operation_id = "list_newsletters", path = "/v1/sessions/{id}/newsletters", tag = "newsletters",
    params(("id" = String, Path)), responses(
    (status = 200, body = NewsletterList),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not connected", body = Problem),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<NewsletterList>, Failure> {
    Ok(Json(api.core.newsletters(&caller, &session).await?.into()))
}

/// Make a newsletter. Post in it by sending messages to its id.
#[utoipa::path(post, operation_id = "create_newsletter", path = "/v1/sessions/{id}/newsletters", tag = "newsletters",
    params(("id" = String, Path)), request_body = NewNewsletter, responses(
    (status = 201, body = Newsletter),
    (status = 400, description = "A text does not fit", body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not connected", body = Problem),
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<NewNewsletter>,
) -> Result<(StatusCode, Json<Newsletter>), Failure> {
    let made = api.core.create_newsletter(&caller, &session, &body.name, body.description.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Look at a newsletter, followed or not.
#[utoipa::path(get, operation_id = "show_newsletter", path = "/v1/sessions/{id}/newsletters/{newsletter}", tag = "newsletters",
    params(("id" = String, Path), ("newsletter" = String, Path)),
    responses((status = 200, body = Newsletter), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    NewsletterPath(session, newsletter): NewsletterPath,
) -> Result<Json<Newsletter>, Failure> {
    Ok(Json(api.core.newsletter(&caller, &session, &newsletter).await?.into()))
}

/// Change a newsletter's name or description.
#[utoipa::path(patch, operation_id = "change_newsletter", path = "/v1/sessions/{id}/newsletters/{newsletter}", tag = "newsletters",
    params(("id" = String, Path), ("newsletter" = String, Path)), request_body = NewsletterChange, responses(
    (status = 200, body = Newsletter),
    (status = 400, body = Problem),
    (status = 403, description = "The account does not run it", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    NewsletterPath(session, newsletter): NewsletterPath,
    JsonBody(body): JsonBody<NewsletterChange>,
) -> Result<Json<Newsletter>, Failure> {
    let NewsletterChange { name, description } = body;
    let change = ChangeNewsletter { name, description };
    Ok(Json(api.core.change_newsletter(&caller, &session, &newsletter, change).await?.into()))
}

/// Look at what a newsletter's link leads to.
#[utoipa::path(post, operation_id = "preview_newsletter_invite", path = "/v1/sessions/{id}/newsletter-invites/preview", tag = "newsletters",
    params(("id" = String, Path)), request_body = GivenNewsletter,
    responses((status = 200, body = Newsletter), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn preview(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<GivenNewsletter>,
) -> Result<Json<Newsletter>, Failure> {
    Ok(Json(api.core.invited_newsletter(&caller, &session, &body.invite).await?.into()))
}
