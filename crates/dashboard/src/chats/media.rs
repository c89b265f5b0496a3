//! The file of a message, fetched from the network when a page shows it.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use switchboard_api::http::{Failure, MessagePath, file};

use crate::visitor::Member;

/// Kept by this browser alone: a file never changes, and a page that is loaded again need not fetch it again.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=3600");

pub(super) async fn shown(Member(visitor): Member, MessagePath(id, message): MessagePath) -> Result<Response, Failure> {
    let (media, bytes) = visitor.core().media(&visitor.caller, &id, &message).await?;
    let mut answer = file::shown(media, bytes);
    answer.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    Ok(answer)
}

pub(super) async fn saved(Member(visitor): Member, MessagePath(id, message): MessagePath) -> Result<Response, Failure> {
    let (media, bytes) = visitor.core().media(&visitor.caller, &id, &message).await?;
    Ok(file::saved(media, bytes))
}
