//! Setting pictures: the body is the picture itself, of any size and shape.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::StatusCode,
};

use super::{LARGEST_PICTURE, wire::Picture};
use crate::{
    http::{Api, Failure, GroupPath, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

/// Set the account's picture: JPEG, PNG, WebP or GIF, cut to a square and made small here.
#[utoipa::path(put, operation_id = "set_own_picture", path = "/v1/sessions/{id}/profile/picture", tag = "profile",
    params(("id" = String, Path)), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 204, description = "Set"),
    (status = 400, description = "Not a picture, or one with too many pixels", body = Problem),
    NeedsConnection,
))]
pub(super) async fn set_own(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    PictureBody(picture): PictureBody,
) -> Result<StatusCode, Failure> {
    api.core.set_own_picture(&caller, &session, Some(picture)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the account's picture away.
#[utoipa::path(delete, operation_id = "remove_own_picture", path = "/v1/sessions/{id}/profile/picture", tag = "profile",
    params(("id" = String, Path)), responses(
    (status = 204, description = "Taken away"),
    NeedsConnection,
))]
pub(super) async fn remove_own(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<StatusCode, Failure> {
    api.core.set_own_picture(&caller, &session, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show where a group's picture is.
#[utoipa::path(get, operation_id = "show_group_picture", path = "/v1/sessions/{id}/groups/{group}/picture", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)), responses(
    (status = 200, body = Picture),
    (status = 404, description = "No such group, or it has no picture", body = Problem),
    (status = 409, description = "The session is not connected", body = Problem),
))]
pub(super) async fn show_of_group(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<Json<Picture>, Failure> {
    Ok(Json(api.core.group_picture(&caller, &session, &group).await?.into()))
}

/// Set a group's picture: JPEG, PNG, WebP or GIF, cut to a square and made small here.
#[utoipa::path(put, operation_id = "set_group_picture", path = "/v1/sessions/{id}/groups/{group}/picture", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 204, description = "Set"),
    (status = 400, description = "Not a picture, or one with too many pixels", body = Problem),
    (status = 403, body = Problem),
    NeedsConnection,
))]
pub(super) async fn set_of_group(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
    PictureBody(picture): PictureBody,
) -> Result<StatusCode, Failure> {
    api.core.set_group_picture(&caller, &session, &group, Some(picture)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a group's picture away.
#[utoipa::path(delete, operation_id = "remove_group_picture", path = "/v1/sessions/{id}/groups/{group}/picture",
    tag = "groups", params(("id" = String, Path), ("group" = String, Path)), responses(
    (status = 204, description = "Taken away"),
    (status = 403, body = Problem),
    NeedsConnection,
))]
pub(super) async fn remove_of_group(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<StatusCode, Failure> {
    api.core.set_group_picture(&caller, &session, &group, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) struct PictureBody(Vec<u8>);

impl FromRequest<Api> for PictureBody {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let read = Bytes::from_request(request, api).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge { limit: LARGEST_PICTURE },
            _ => Failure::invalid("picture", "broke off before its end"),
        })?;
        if read.is_empty() {
            return Err(Failure::invalid("picture", "is missing: the body of the request is the picture"));
        }
        Ok(Self(read.to_vec()))
    }
}
