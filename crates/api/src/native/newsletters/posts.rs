//! Reading what was posted.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::Posts;
use crate::{
    http::{Api, Failure, NewsletterPath, QueryOf, Signed},
    native::problem::Problem,
};

const PAGE: u32 = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many posts: 50 by default, 100 at most.
    limit: Option<u32>,
    /// Only posts with a smaller number than this.
    before: Option<u64>,
}

/// List a newsletter's posts as the network keeps them, followed or not, the newest first.
#[utoipa::path(get, operation_id = "list_newsletter_posts", path = "/v1/sessions/{id}/newsletters/{newsletter}/posts", tag = "newsletters",
    params(("id" = String, Path), ("newsletter" = String, Path), Wanted),
    responses((status = 200, body = Posts), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    NewsletterPath(session, newsletter): NewsletterPath,
    QueryOf(Wanted { limit, before }): QueryOf<Wanted>,
) -> Result<Json<Posts>, Failure> {
    let limit = limit.unwrap_or(PAGE);
    Ok(Json(api.core.newsletter_posts(&caller, &session, &newsletter, limit, before).await?.into()))
}
