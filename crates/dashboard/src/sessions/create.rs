//! A new session, which starts connecting at once.

use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::Failure;
use switchboard_core::{CreateSession, Pair};
use switchboard_model::Origin;

use crate::{Entrance, answer, form::FormOf, visitor::Visitor};

#[derive(Deserialize)]
pub(super) struct NewSession {
    #[serde(default)]
    device_id: String,
}

pub(super) async fn submit(visitor: Visitor, FormOf(new): FormOf<NewSession>) -> Result<Response, Failure> {
    let id = new.device_id.trim();
    let id =
        (!id.is_empty()).then(|| id.parse().map_err(|e| Failure::invalid("device ID", format!("{e}")))).transpose()?;
    let origin = match visitor.dashboard.entrance {
        Entrance::Main => Origin::Native,
        Entrance::WaApi(_) => Origin::WaApi,
    };
    let session = visitor.core().create_session(&visitor.caller, CreateSession { id, name: None, origin }).await?;
    visitor.core().connect(&visitor.caller, &session.id, Pair::Qr).await?;
    Ok(answer::lead(&visitor.headers, &format!("/sessions/{}", session.id)))
}
