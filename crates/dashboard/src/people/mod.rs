//! Who may do what, and who did what: users, keys, the audit trail.

mod audit;
mod keys;
mod users;

use axum::{
    Router,
    routing::{get, post},
};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/users", get(users::page).post(users::create))
        .route("/users/{user}", axum::routing::delete(users::delete))
        .route("/users/{user}/role", post(users::role))
        .route("/users/{user}/password", post(users::password))
        .route("/users/{user}/sign-out", post(users::sign_out))
        .route("/keys", get(keys::page).post(keys::create))
        .route("/keys/{key}", axum::routing::delete(keys::revoke))
        .route("/keys/{key}/rotate", post(keys::rotate))
        .route("/audit", get(audit::page))
}
