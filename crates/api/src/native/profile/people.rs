//! What another person shows.

use axum::{Json, extract::State};

use super::wire::{PersonProfile, person};
use crate::{
    http::{Api, ContactPath, Failure, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

/// Show a person's picture and about text, and what a business tells of itself.
#[utoipa::path(get, operation_id = "show_person", path = "/v1/sessions/{id}/contacts/{contact}/profile", tag = "profile",
    params(("id" = String, Path), ("contact" = String, Path, description = "A phone number or JID")), responses(
    (status = 200, body = PersonProfile),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    ContactPath(contact): ContactPath,
) -> Result<Json<PersonProfile>, Failure> {
    Ok(Json(api.core.person_profile(&caller, &session, &person(&contact)?).await?.into()))
}
