//! From the socket to whole frames.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use thiserror::Error;
use wacore_noise::framing::FrameDecoder;

use super::{Intro, IntroError};

/// Clients ping every half minute; one that is silent for longer is gone.
const SILENCE: Duration = Duration::from_secs(180);
/// More than any client needs to introduce itself.
const STRANGER_LIMIT: usize = 64 * 1024;

#[derive(Debug, Error)]
pub(super) enum Ended {
    #[error("the client closed the connection")]
    Closed,
    #[error("the client has been silent for too long")]
    Silent,
    #[error("the client sent too much before it had proven who it is")]
    TooMuch,
    #[error("WebSocket: {0}")]
    Socket(#[from] axum::Error),
    #[error(transparent)]
    Intro(#[from] IntroError),
}

pub(super) struct Reader {
    socket: SplitStream<WebSocket>,
    decoder: FrameDecoder,
    /// What a stranger may still send.
    allowance: usize,
}

impl Reader {
    pub(super) fn new(socket: SplitStream<WebSocket>) -> Self {
        Self { socket, decoder: FrameDecoder::new(), allowance: STRANGER_LIMIT }
    }

    pub(super) fn trust(&mut self) {
        self.allowance = usize::MAX;
    }

    pub(super) async fn intro(&mut self) -> Result<Intro, Ended> {
        let mut head = Vec::new();
        loop {
            if let Some(intro) = Intro::parse(&head)? {
                self.decoder.feed(&head[intro.len..]);
                return Ok(intro);
            }
            head.extend_from_slice(&self.chunk().await?);
        }
    }

    pub(super) async fn frame(&mut self) -> Result<bytes::BytesMut, Ended> {
        loop {
            if let Some(frame) = self.decoder.decode_frame() {
                return Ok(frame);
            }
            let chunk = self.chunk().await?;
            self.decoder.feed(&chunk);
        }
    }

    /// Waits for the answer to a WebSocket ping; frames that come first are kept.
    pub(super) async fn pong(&mut self) -> Result<(), Ended> {
        loop {
            match self.message().await? {
                Message::Pong(_) => return Ok(()),
                Message::Binary(bytes) => {
                    let bytes = self.charged(bytes)?;
                    self.decoder.feed(&bytes);
                }
                _ => {}
            }
        }
    }

    pub(super) async fn until_closed(&mut self) {
        while self.message().await.is_ok() {}
    }

    async fn chunk(&mut self) -> Result<Bytes, Ended> {
        loop {
            if let Message::Binary(bytes) = self.message().await? {
                return self.charged(bytes);
            }
        }
    }

    fn charged(&mut self, bytes: Bytes) -> Result<Bytes, Ended> {
        if self.allowance != usize::MAX {
            self.allowance = self.allowance.checked_sub(bytes.len()).ok_or(Ended::TooMuch)?;
        }
        Ok(bytes)
    }

    async fn message(&mut self) -> Result<Message, Ended> {
        let next = tokio::time::timeout(SILENCE, self.socket.next()).await.map_err(|_| Ended::Silent)?;
        match next {
            Some(Ok(Message::Close(_))) | None => Err(Ended::Closed),
            Some(message) => Ok(message?),
        }
    }
}
