//! Bodies that carry the auth state of another client: large, and many times as large once they are parsed.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;
use switchboard_core::Error;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{Api, Failure, body::unread, parse, surface::LARGEST_STATE};

/// So many are read and worked on at once, whoever sends them. The others wait with nothing of theirs in memory.
pub(super) const AT_ONCE: usize = 2;
/// A client that sends more slowly than this does not keep the others waiting.
const LONGEST: Duration = Duration::from_secs(120);

/// The body, and its turn: to be kept until the state is done with.
pub(crate) struct StateBody<T> {
    pub(crate) body: T,
    pub(crate) turn: OwnedSemaphorePermit,
}

impl<T: DeserializeOwned> FromRequest<Api> for StateBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let turn = Arc::clone(&api.states).acquire_owned().await.map_err(Error::internal)?;
        let read = timeout(LONGEST, Bytes::from_request(request, api)).await;
        let read = read.map_err(|_| Failure::invalid("body", format!("took longer than {} s", LONGEST.as_secs())))?;
        let bytes = read.map_err(|rejection| unread(&rejection, LARGEST_STATE))?;
        Ok(Self { body: parse(&bytes)?, turn })
    }
}
