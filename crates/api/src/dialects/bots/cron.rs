//! `/api/system/cron/cleanup-blocks`: the job that also runs by itself, for those who would rather start it.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::http::{Api, Failure, Signed};

pub(super) async fn cleanup_blocks(State(api): State<Api>, Signed(caller): Signed) -> Result<Json<Value>, Failure> {
    let removed = api.core.cleanup_blocks(&caller).await?;
    Ok(Json(json!({ "success": true, "removed": removed })))
}
