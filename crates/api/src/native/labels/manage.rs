//! Listing, making, changing and deleting labels.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use switchboard_core::{ChangeLabel as CoreChange, NewLabel as CoreNew};
use switchboard_model::Label as ModelLabel;
use utoipa::ToSchema;

use crate::{
    http::{Api, Failure, JsonBody, LabelPath, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

#[derive(Serialize, ToSchema)]
pub(super) struct Label {
    #[schema(example = "1")]
    id: String,
    #[schema(example = "New customer")]
    name: String,
    /// A place in the app's palette, from 0 to 19.
    #[schema(example = 3)]
    color: u32,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LabelList {
    labels: Vec<Label>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLabel {
    /// 1 to 100 characters.
    #[schema(example = "New customer")]
    name: String,
    /// From 0 to 19.
    #[serde(default)]
    #[schema(example = 3)]
    color: u32,
}

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeLabel {
    name: Option<String>,
    color: Option<u32>,
}

/// List the account's labels.
#[utoipa::path(get, operation_id = "list_labels", path = "/v1/sessions/{id}/labels", tag = "labels",
    params(("id" = String, Path)), responses((status = 200, body = LabelList), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<LabelList>, Failure> {
    let labels = api.core.labels(&caller, &session).await?;
    Ok(Json(LabelList { labels: labels.into_iter().map(Label::from).collect() }))
}

/// Make a label.
#[utoipa::path(post, operation_id = "create_label", path = "/v1/sessions/{id}/labels", tag = "labels",
    params(("id" = String, Path)), request_body = NewLabel, responses(
    (status = 201, body = Label),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(NewLabel { name, color }): JsonBody<NewLabel>,
) -> Result<(StatusCode, Json<Label>), Failure> {
    let made = api.core.create_label(&caller, &session, CoreNew { name, color }).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Rename or recolour a label.
#[utoipa::path(patch, operation_id = "change_label", path = "/v1/sessions/{id}/labels/{label}", tag = "labels",
    params(("id" = String, Path), ("label" = String, Path)), request_body = ChangeLabel, responses(
    (status = 200, body = Label),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    LabelPath(session, label): LabelPath,
    JsonBody(ChangeLabel { name, color }): JsonBody<ChangeLabel>,
) -> Result<Json<Label>, Failure> {
    Ok(Json(api.core.change_label(&caller, &session, &label, CoreChange { name, color }).await?.into()))
}

/// Delete a label; the chats it was on have it no more.
#[utoipa::path(delete, operation_id = "delete_label", path = "/v1/sessions/{id}/labels/{label}", tag = "labels",
    params(("id" = String, Path), ("label" = String, Path)), responses(
    (status = 204, description = "Told to the account's other devices"),
    NeedsConnection,
))]
pub(super) async fn delete(
    State(api): State<Api>,
    Signed(caller): Signed,
    LabelPath(session, label): LabelPath,
) -> Result<StatusCode, Failure> {
    api.core.delete_label(&caller, &session, &label).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ModelLabel> for Label {
    fn from(ModelLabel { id, name, color }: ModelLabel) -> Self {
        Self { id, name, color }
    }
}
