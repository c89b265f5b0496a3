//! Following newsletters.

use axum::{Json, extract::State, http::StatusCode};

use super::wire::Newsletter;
use crate::{
    http::{Api, Failure, NewsletterPath, Signed},
    native::problem::Problem,
};

/// Follow a newsletter: its posts come in from now on, as `message.received`.
#[utoipa::path(post, operation_id = "follow_newsletter", path = "/v1/sessions/{id}/newsletters/{newsletter}/follow", tag = "newsletters",
    params(("id" = String, Path), ("newsletter" = String, Path)),
    responses((status = 200, body = Newsletter), (status = 404, body = Problem)))]
pub(super) async fn follow(
    State(api): State<Api>,
    Signed(caller): Signed,
    NewsletterPath(session, newsletter): NewsletterPath,
) -> Result<Json<Newsletter>, Failure> {
    Ok(Json(api.core.follow_newsletter(&caller, &session, &newsletter).await?.into()))
}

/// Follow a newsletter no more.
#[utoipa::path(post, operation_id = "unfollow_newsletter", path = "/v1/sessions/{id}/newsletters/{newsletter}/unfollow", tag = "newsletters",
    params(("id" = String, Path), ("newsletter" = String, Path)), responses(
    (status = 204, description = "Not followed any more"),
    (status = 403, description = "It was not followed", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn unfollow(
    State(api): State<Api>,
    Signed(caller): Signed,
    NewsletterPath(session, newsletter): NewsletterPath,
) -> Result<StatusCode, Failure> {
    api.core.unfollow_newsletter(&caller, &session, &newsletter).await?;
    Ok(StatusCode::NO_CONTENT)
}
