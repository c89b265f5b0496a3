//! The codes to pair with, as data and as pictures.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use switchboard_core::{Caller, Error, PairingCode};
use switchboard_model::{SessionId, SessionState};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{Api, Failure, QueryOf, SessionPath, Signed},
    native::{problem::Problem, wire::time},
    pairing_image::PairingImage,
};

const LONGEST_WAIT: u64 = 30;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct QrQuery {
    /// `json` (by default), `png`, `svg`, or `text` for a terminal. The `Accept` header does as well.
    format: Option<String>,
    /// Seconds to wait for the first code: 5 by default, 30 at most.
    wait: Option<u64>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CodeQuery {
    /// Seconds to wait for the code: 5 by default, 30 at most.
    wait: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Qr {
    /// What the QR code says.
    #[schema(example = "2@...")]
    code: String,
    /// The picture as `data:image/png;base64,...`.
    image: String,
    expires_at: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LinkCode {
    /// To be typed on the phone: Linked devices, Link with phone number.
    #[schema(example = "ABCD1234")]
    code: String,
    expires_at: String,
}

enum Format {
    Json,
    Png,
    Svg,
    Text,
}

/// The QR code to scan now. Each is valid for seconds only, and replaced until the phone has paired.
#[utoipa::path(get, operation_id = "show_qr", path = "/v1/sessions/{id}/qr", tag = "sessions", params(("id" = String, Path), QrQuery), responses(
    (status = 200, description = "The code", content((Qr = "application/json"), (String = "image/png"),
        (String = "image/svg+xml"), (String = "text/plain"))),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not waiting for a scan", body = Problem),
))]
pub(super) async fn qr(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    QueryOf(query): QueryOf<QrQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let format = Format::wanted(query.format.as_deref(), &headers)?;
    match api.core.qr_code(&caller, &id, patience(query.wait)).await? {
        Some(code) => format.answer(code),
        None => Err(none_to_come(&api, &caller, &id, "QR code").await),
    }
}

/// The code to type on the phone, after connecting with `"pairing": "code"`.
#[utoipa::path(get, operation_id = "show_pairing_code", path = "/v1/sessions/{id}/pairing-code", tag = "sessions",
    params(("id" = String, Path), CodeQuery), responses(
    (status = 200, body = LinkCode),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not waiting for a code", body = Problem),
))]
pub(super) async fn code(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    QueryOf(query): QueryOf<CodeQuery>,
) -> Result<Json<LinkCode>, Failure> {
    match api.core.link_code(&caller, &id, patience(query.wait)).await? {
        Some(code) => Ok(Json(LinkCode { code: code.code, expires_at: time(code.expires_at) })),
        None => Err(none_to_come(&api, &caller, &id, "pairing code").await),
    }
}

fn patience(wait: Option<u64>) -> Duration {
    Duration::from_secs(wait.unwrap_or(5).min(LONGEST_WAIT))
}

async fn none_to_come(api: &Api, caller: &Caller, id: &SessionId, what: &str) -> Failure {
    let state = match api.core.session(caller, id).await {
        Ok(view) => view.session.state,
        Err(error) => return error.into(),
    };
    let advice = match &state {
        SessionState::Connected { .. } | SessionState::Held { .. } => "there is nothing to pair",
        SessionState::HandedOver { .. } => "take it back first",
        SessionState::Connecting => "ask again in a moment",
        state if state.awaits_pairing() => "it pairs in another way: connect it anew to change that",
        _ => "connect it first",
    };
    Error::Conflict(format!("session {id} is {} and has no {what} to show: {advice}", state.word())).into()
}

impl Format {
    fn wanted(parameter: Option<&str>, headers: &HeaderMap) -> Result<Self, Failure> {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match parameter {
            Some("json") => Ok(Self::Json),
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            Some("text") => Ok(Self::Text),
            Some(_) => Err(Failure::invalid("format", "use json, png, svg or text")),
            None => Ok(Self::accepted(accept)),
        }
    }

    /// The first picture named; JSON for whoever names none.
    fn accepted(accept: &str) -> Self {
        let known = accept.split(',').find_map(|range| match range.split(';').next().unwrap_or_default().trim() {
            "application/json" => Some(Self::Json),
            "image/png" => Some(Self::Png),
            "image/svg+xml" => Some(Self::Svg),
            "text/plain" => Some(Self::Text),
            _ => None,
        });
        known.unwrap_or(Self::Json)
    }

    fn answer(self, code: PairingCode) -> Result<Response, Failure> {
        let image = PairingImage::of(&code.code)?;
        Ok(match self {
            Self::Json => {
                let (image, expires_at) = (image.data_url()?, time(code.expires_at));
                Json(Qr { code: code.code, image, expires_at }).into_response()
            }
            Self::Png => ([(header::CONTENT_TYPE, "image/png")], image.png()?).into_response(),
            Self::Svg => ([(header::CONTENT_TYPE, "image/svg+xml")], image.svg()).into_response(),
            Self::Text => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], image.text()).into_response(),
        })
    }
}
