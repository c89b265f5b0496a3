//! The bot in the path, and who asks about it.

use axum::{extract::FromRequestParts, http::request::Parts};
use switchboard_core::{Caller, Scope};
use switchboard_model::SessionId;

use crate::http::{Api, Failure, SessionPath, Signed};

/// A request about a bot that the caller owns: an `x-api-key` of scope `bots`, a login token, or the bot's own token.
pub struct Bot {
    pub caller: Caller,
    pub id: SessionId,
}

impl FromRequestParts<Api> for Bot {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let Signed(caller) = Signed::from_request_parts(parts, api).await?;
        caller.require(Scope::Bots)?;
        let SessionPath(id) = SessionPath::from_request_parts(parts, api).await?;
        api.core.must_own_session(&caller, &id).await?;
        Ok(Self { caller, id })
    }
}
