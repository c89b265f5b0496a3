//! Users: who may sign in.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use switchboard_core::{self as core, NewUser, Role, paging};
use switchboard_model::UserId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{problem::Problem, wire::time};
use crate::http::{Api, Failure, JsonBody, QueryOf, Signed, UserPath};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(set_password))
        .routes(routes!(sign_out))
}

#[derive(Serialize, ToSchema)]
pub(super) struct User {
    #[schema(example = 2)]
    id: i64,
    #[schema(example = "ann")]
    username: String,
    /// `admin` or `user`.
    #[schema(example = "user")]
    role: &'static str,
    created_at: String,
}

#[derive(Serialize, ToSchema)]
struct UserPage {
    users: Vec<User>,
    /// Where the next page begins: pass it as `after`.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// Users behind this id.
    after: Option<i64>,
    /// 200 at most.
    limit: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    #[schema(example = "ann")]
    username: String,
    /// 8 to 256 characters.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// `user` unless told otherwise.
    role: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeUser {
    role: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPassword {
    /// Needed to change your own.
    #[schema(value_type = Option<String>, format = Password)]
    current_password: Option<SecretString>,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// List users. For administrators.
#[utoipa::path(get, operation_id = "list_users", path = "/v1/users", tag = "users", params(Page), responses(
    (status = 200, body = UserPage),
    (status = 403, body = Problem),
))]
async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<UserPage>, Failure> {
    let limit = page.limit.unwrap_or(200).clamp(1, 200);
    let users = api.core.users(&caller, page.after.map(UserId), Some(limit)).await?;
    let next_cursor = paging::last_if_full(&users, limit).map(|user| user.id.to_string());
    Ok(Json(UserPage { users: users.into_iter().map(User::from).collect(), next_cursor }))
}

/// Make a user. For administrators.
#[utoipa::path(post, operation_id = "create_user", path = "/v1/users", tag = "users", request_body = CreateUser, responses(
    (status = 201, body = User),
    (status = 400, body = Problem),
    (status = 403, body = Problem),
    (status = 409, description = "The name is taken", body = Problem),
))]
async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<CreateUser>,
) -> Result<impl IntoResponse, Failure> {
    let role = body.role.as_deref().map_or(Ok(Role::User), str::parse)?;
    let user =
        api.core.create_user(&caller, NewUser { username: body.username, password: body.password, role }).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/v1/users/{}", user.id))], Json(User::from(user))))
}

/// Show a user: yourself, or anybody for administrators.
#[utoipa::path(get, operation_id = "show_user", path = "/v1/users/{user}", tag = "users", params(("user" = i64, Path)), responses(
    (status = 200, body = User),
    (status = 404, body = Problem),
))]
async fn show(State(api): State<Api>, Signed(caller): Signed, UserPath(id): UserPath) -> Result<Json<User>, Failure> {
    Ok(Json(api.core.user(&caller, id).await?.into()))
}

/// Change a user's role. For administrators.
#[utoipa::path(patch, operation_id = "change_user", path = "/v1/users/{user}", tag = "users", params(("user" = i64, Path)),
    request_body = ChangeUser, responses(
    (status = 200, body = User),
    (status = 400, body = Problem),
    (status = 409, description = "The first administrator stays one", body = Problem),
))]
async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    UserPath(id): UserPath,
    JsonBody(body): JsonBody<ChangeUser>,
) -> Result<Json<User>, Failure> {
    api.core.set_role(&caller, id, body.role.parse()?).await?;
    Ok(Json(api.core.user(&caller, id).await?.into()))
}

/// Delete a user, with all its keys. Its sessions have to be deleted first.
#[utoipa::path(delete, operation_id = "delete_user", path = "/v1/users/{user}", tag = "users", params(("user" = i64, Path)), responses(
    (status = 204),
    (status = 404, body = Problem),
    (status = 409, body = Problem),
))]
async fn delete(State(api): State<Api>, Signed(caller): Signed, UserPath(id): UserPath) -> Result<StatusCode, Failure> {
    api.core.delete_user(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set a password: your own with the current one, or anybody's as an administrator. Every login of that user ends.
#[utoipa::path(put, operation_id = "set_password", path = "/v1/users/{user}/password", tag = "users", params(("user" = i64, Path)),
    request_body = SetPassword, responses(
    (status = 204),
    (status = 400, body = Problem),
    (status = 403, body = Problem),
))]
async fn set_password(
    State(api): State<Api>,
    Signed(caller): Signed,
    UserPath(id): UserPath,
    JsonBody(body): JsonBody<SetPassword>,
) -> Result<StatusCode, Failure> {
    api.core.change_password(&caller, id, body.current_password.as_ref(), &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End every login of a user: your own, or anybody's as an administrator.
#[utoipa::path(post, operation_id = "sign_out", path = "/v1/users/{user}/sign-out", tag = "users", params(("user" = i64, Path)), responses(
    (status = 204),
    (status = 403, body = Problem),
))]
async fn sign_out(
    State(api): State<Api>,
    Signed(caller): Signed,
    UserPath(id): UserPath,
) -> Result<StatusCode, Failure> {
    api.core.sign_out_everywhere(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<core::User> for User {
    fn from(user: core::User) -> Self {
        Self { id: user.id.0, username: user.username, role: user.role.as_str(), created_at: time(user.created_at) }
    }
}
