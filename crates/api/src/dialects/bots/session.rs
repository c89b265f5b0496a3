//! The session itself: handed over, kept, given back, taken back.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_core::{ExpiresIn, Form, Handed, Lease, LeaseRef, to_the_end};
use switchboard_model::{SessionId, Timestamp};
use utoipa::{IntoParams, ToSchema};

use super::{Bot, BotsError};
use crate::http::{Api, Failure, JsonBody, Origin, QueryOf, SessionPath, StateBody};

/// A [`Bot`] whose credentials are asked for: refusals are written down, and nobody may ask too often.
pub(super) struct Holder(Bot);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The release of Baileys that is to read it: `baileys7` (default) or `baileys6`.
    format: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Validity {
    /// A number and `s`, `m`, `h`, `d` or `w`: one minute to 30 days.
    #[schema(example = "24h")]
    expires_in: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Returned {
    lease: Named,
    /// The auth state as it is now.
    #[schema(value_type = Object)]
    session: Value,
}

#[derive(Deserialize, ToSchema)]
struct Named {
    id: String,
    #[schema(example = 1)]
    epoch: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HandedOver {
    #[schema(value_type = String, example = "bot-1")]
    bot_id: SessionId,
    /// The auth state of Baileys: `{creds, keys}` with buffers as BufferJSON.
    #[schema(value_type = Object)]
    session: Value,
    token: String,
    #[serde(rename = "expires_at")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    lease: HeldLease,
    /// What does not come along, and what else the holder should know.
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct HeldLease {
    id: String,
    /// Rises with every change of hands.
    epoch: i64,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct IssuedToken {
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct GivenBack {
    success: bool,
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TakenBack {
    success: bool,
}

/// Take a bot's session over: the gateway disconnects without unlinking, and stays away until it is given back.
#[utoipa::path(get, operation_id = "hand_over_session", path = "/api/bots/{id}/session", tag = "bots",
    params(("id" = String, Path), Asked), responses(
    (status = 200, body = HandedOver),
    (status = 409, description = "`not_linked` before pairing, `lease_held` while another program runs it", body = BotsError),
    (status = 422, description = "The state cannot be written in this form", body = BotsError),
))]
pub(super) async fn hand_over(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
    QueryOf(asked): QueryOf<Asked>,
) -> Result<Json<HandedOver>, Failure> {
    let form = asked.format.as_deref().map_or(Ok(Form::default()), str::parse)?;
    let Handed { state, token, lease, warnings } = api.core.hand_over(&caller, &id, form).await?;
    let Lease { id: lease, epoch, expires_at } = lease;
    Ok(Json(HandedOver {
        bot_id: id,
        session: state,
        token: token.expose_secret().to_owned(),
        expires_at,
        lease: HeldLease { id: lease, epoch, expires_at },
        warnings,
    }))
}

/// Renew the session token, with the lease where the caller holds it.
#[utoipa::path(post, operation_id = "issue_session_token", path = "/api/bots/{id}/session", tag = "bots",
    params(("id" = String, Path)), request_body = Validity, responses((status = 200, body = IssuedToken)))]
pub(super) async fn issue_token(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
    JsonBody(body): JsonBody<Validity>,
) -> Result<Json<IssuedToken>, Failure> {
    let expires_in = body.expires_in.map_or(Ok(ExpiresIn::default()), |text| text.parse())?;
    let issued = api.core.session_token(&caller, &id, expires_in).await?;
    Ok(Json(IssuedToken { token: issued.token.expose_secret().to_owned(), expires_at: issued.expires_at }))
}

/// Give a session back with its state as it is now. The gateway connects it.
#[utoipa::path(put, operation_id = "give_session_back", path = "/api/bots/{id}/session", tag = "bots",
    params(("id" = String, Path)), request_body = Returned, responses((status = 200, body = GivenBack)))]
pub(super) async fn give_back(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
    StateBody { body: Returned { lease, session }, turn }: StateBody<Returned>,
) -> Result<Json<GivenBack>, Failure> {
    let lease = LeaseRef { id: lease.id, epoch: lease.epoch };
    let given_back = to_the_end(async move {
        let _turn = turn;
        api.core.give_back(&caller, &id, lease, session).await
    });
    let warnings = given_back.await?;
    Ok(Json(GivenBack { success: true, warnings }))
}

/// Take a session back without its state: its conversations begin anew.
#[utoipa::path(delete, operation_id = "take_session_back", path = "/api/bots/{id}/session", tag = "bots",
    params(("id" = String, Path)), responses((status = 200, body = TakenBack)))]
pub(super) async fn take_back(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
) -> Result<Json<TakenBack>, Failure> {
    api.core.take_back(&caller, &id).await?;
    Ok(Json(TakenBack { success: true }))
}

impl FromRequestParts<Api> for Holder {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        match Bot::from_request_parts(parts, api).await {
            Ok(bot) => {
                api.hand_overs.admit(bot.caller.actor())?;
                Ok(Self(bot))
            }
            Err(failure) => {
                let Origin(from) = Origin::from_request_parts(parts, api).await?;
                if let (Ok(SessionPath(bot)), Failure::Refused(error)) =
                    (SessionPath::from_request_parts(parts, api).await, &failure)
                {
                    api.core.note_refusal(&bot, error, from).await;
                }
                Err(failure)
            }
        }
    }
}
