//! API keys: for programs, with only the scopes each needs.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use switchboard_core::{Error, IssuedKey, NewKey, Scope, paging};
use switchboard_model::{SessionId, Timestamp, UserId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{problem::Problem, wire::time};
use crate::http::{Api, Failure, JsonBody, KeyPath, QueryOf, Signed};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, revoke)).routes(routes!(rotate))
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
struct ApiKey {
    id: String,
    #[schema(example = "crm")]
    name: String,
    /// The first characters of the key.
    #[schema(example = "sb_a1b2c")]
    prefix: String,
    scopes: Vec<&'static str>,
    owner: i64,
    /// Set if the key opens this session only.
    session: Option<String>,
    /// The networks it may be used from; empty for all.
    allowed_ips: Vec<String>,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    created_at: String,
}

#[derive(Serialize, ToSchema)]
struct NewApiKey {
    #[serde(flatten)]
    info: ApiKey,
    /// Shown this once: only its hash is kept.
    #[schema(example = "sb_...")]
    key: String,
}

#[derive(Serialize, ToSchema)]
struct KeyPage {
    keys: Vec<ApiKey>,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    cursor: Option<String>,
    /// 200 at most, 50 by default.
    limit: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateKey {
    #[schema(example = "crm")]
    name: String,
    /// Any of `admin`, `sessions`, `send`, `read`, `webhooks`, `calls`, `bots`, `cron`.
    #[schema(example = json!(["send", "read"]))]
    scopes: Vec<String>,
    /// Good for this session only.
    session: Option<String>,
    /// Another user than you; for administrators.
    owner: Option<i64>,
    /// Addresses or networks such as `10.0.0.0/8`.
    #[serde(default)]
    allowed_ips: Vec<String>,
    expires_at: Option<String>,
}

/// List keys: yours, or all for administrators. Newest first.
#[utoipa::path(get, operation_id = "list_keys", path = "/v1/keys", tag = "keys", params(Page), responses((status = 200, body = KeyPage)))]
async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<KeyPage>, Failure> {
    let cursor = page.cursor.as_deref().map(cursor).transpose()?;
    let keys = api.core.keys(&caller, cursor, page.limit).await?;
    let next_cursor = paging::last_if_full(&keys, paging::size(page.limit)).map(|key| key.id.clone());
    Ok(Json(KeyPage { keys: keys.into_iter().map(ApiKey::from).collect(), next_cursor }))
}

/// Make a key. Nobody can give a key more than they have themselves.
#[utoipa::path(post, operation_id = "create_key", path = "/v1/keys", tag = "keys", request_body = CreateKey, responses(
    (status = 201, description = "The key is shown this once", body = NewApiKey),
    (status = 400, body = Problem),
    (status = 403, body = Problem),
))]
async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<CreateKey>,
) -> Result<impl IntoResponse, Failure> {
    let issued = api.core.create_key(&caller, body.try_into()?).await?;
    let location = format!("/v1/keys/{}", issued.key.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(NewApiKey::from(issued))))
}

/// Show a key, without its secret.
#[utoipa::path(get, operation_id = "show_key", path = "/v1/keys/{key}", tag = "keys", params(("key" = String, Path)), responses(
    (status = 200, body = ApiKey),
    (status = 404, body = Problem),
))]
async fn show(State(api): State<Api>, Signed(caller): Signed, KeyPath(id): KeyPath) -> Result<Json<ApiKey>, Failure> {
    Ok(Json(api.core.key(&caller, &id).await?.into()))
}

/// End a key at once.
#[utoipa::path(delete, operation_id = "revoke_key", path = "/v1/keys/{key}", tag = "keys", params(("key" = String, Path)), responses(
    (status = 204),
    (status = 404, body = Problem),
))]
async fn revoke(State(api): State<Api>, Signed(caller): Signed, KeyPath(id): KeyPath) -> Result<StatusCode, Failure> {
    api.core.revoke_key(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a key by a new one with the same rights; the old one ends at once.
#[utoipa::path(post, operation_id = "rotate_key", path = "/v1/keys/{key}/rotate", tag = "keys", params(("key" = String, Path)), responses(
    (status = 201, description = "The key is shown this once", body = NewApiKey),
    (status = 404, body = Problem),
    (status = 409, description = "The key is revoked", body = Problem),
))]
async fn rotate(
    State(api): State<Api>,
    Signed(caller): Signed,
    KeyPath(id): KeyPath,
) -> Result<impl IntoResponse, Failure> {
    let issued = api.core.rotate_key(&caller, &id).await?;
    Ok((StatusCode::CREATED, Json(NewApiKey::from(issued))))
}

impl TryFrom<CreateKey> for NewKey {
    type Error = Error;

    fn try_from(body: CreateKey) -> Result<Self, Error> {
        let scope = |word: &String| word.parse::<Scope>().map_err(|error| Error::invalid("scopes", error.to_string()));
        Ok(Self {
            name: body.name,
            scopes: body.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            owner: body.owner.map(UserId),
            session: body.session.map(|id| session(&id)).transpose()?,
            allowed_ips: body.allowed_ips.iter().map(|text| network(text)).collect::<Result<_, _>>()?,
            expires_at: body.expires_at.map(|text| moment(&text)).transpose()?,
            value: None,
        })
    }
}

fn cursor(text: &str) -> Result<&str, Error> {
    let plain = text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { Ok(text) } else { Err(Error::invalid("cursor", "is not a cursor of this list")) }
}

fn session(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|error: switchboard_model::SessionIdError| Error::invalid("session", error.to_string()))
}

fn network(text: &str) -> Result<ipnet::IpNet, Error> {
    let address = || text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
    text.parse()
        .or_else(|_| address())
        .map_err(|_| Error::invalid("allowed_ips", "use addresses or networks such as 10.0.0.0/8"))
}

fn moment(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| Error::invalid("expires_at", "use RFC 3339, such as 2027-01-31T12:00:00Z"))
}

impl From<switchboard_core::ApiKey> for ApiKey {
    fn from(key: switchboard_core::ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes.iter().map(Scope::as_str).collect(),
            owner: key.owner.0,
            session: key.session.map(|id| id.to_string()),
            allowed_ips: key.allowed_ips.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at.map(time),
            last_used_at: key.last_used_at.map(time),
            revoked_at: key.revoked_at.map(time),
            created_at: time(key.created_at),
        }
    }
}

impl From<IssuedKey> for NewApiKey {
    fn from(issued: IssuedKey) -> Self {
        Self { info: issued.key.into(), key: issued.secret.expose_secret().to_owned() }
    }
}
