//! `/api/system/cron/cleanup-blocks`: the job that also runs by itself, for those who would rather start it.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Api, Failure, Signed};

#[derive(Serialize, ToSchema)]
pub(super) struct Cleaned {
    success: bool,
    /// How many blocks have ended.
    #[schema(example = 0)]
    removed: u64,
}

/// End the blocks whose time is over. The gateway does so itself every minute.
#[utoipa::path(get, operation_id = "cleanup_blocks", path = "/api/system/cron/cleanup-blocks", tag = "bots",
    responses((status = 200, body = Cleaned)))]
pub(super) async fn cleanup_blocks(State(api): State<Api>, Signed(caller): Signed) -> Result<Json<Cleaned>, Failure> {
    let removed = api.core.cleanup_blocks(&caller).await?;
    Ok(Json(Cleaned { success: true, removed }))
}
