//! One command for many sessions.

use axum::response::Response;
use switchboard_api::http::Failure;
use switchboard_core::{Error, Pair};
use switchboard_model::SessionId;

use crate::{form::FormOf, text::fill, toast, visitor::Visitor};

type Fields = Vec<(String, String)>;

pub(super) async fn submit(visitor: Visitor, FormOf(fields): FormOf<Fields>) -> Result<Response, Failure> {
    let connect = match fields.iter().find(|(name, _)| name == "do").map(|(_, value)| value.as_str()) {
        Some("connect") => true,
        Some("disconnect") => false,
        _ => return Err(Failure::invalid("do", "use connect or disconnect")),
    };
    let ids: Vec<SessionId> =
        fields.iter().filter(|(name, _)| name == "id").filter_map(|(_, id)| id.parse().ok()).collect();
    for id in &ids {
        ask(&visitor, id, connect).await?;
    }
    toast::say(&fill(visitor.t.sessions_asked, &[&ids.len().to_string()]))
}

/// One that cannot is no reason to leave the others.
async fn ask(visitor: &Visitor, id: &SessionId, connect: bool) -> Result<(), Error> {
    let (core, caller) = (visitor.core(), &visitor.caller);
    let outcome = if connect { core.connect(caller, id, Pair::Qr).await } else { core.disconnect(caller, id).await };
    match outcome {
        Ok(_) | Err(Error::NotFound { .. } | Error::Conflict(_)) => Ok(()),
        Err(other) => Err(other),
    }
}
