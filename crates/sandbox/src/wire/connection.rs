//! One connection, from its first byte to its last.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use wacore_noise::NoiseCipher;
use wacore_noise::framing::encode_frame;

use super::handshake::{self, NoiseFailure, Opening, Secured};
use super::inbound::{Ended, Reader};
use super::outbound::{Line, Writer};
use super::{CodecError, Dictionary};
use crate::domain::ConnId;
use crate::network::Shared;
use crate::router::Arrived;

/// A stranger has this long to prove who it is.
const HANDSHAKE: Duration = Duration::from_secs(20);
const LINGER: Duration = Duration::from_secs(2);
/// See [`settle`].
const SETTLE: Duration = Duration::from_secs(15);
const OLD_CLIENT_ROUNDS: usize = 10;
const OLD_CLIENT_PAUSE: Duration = Duration::from_millis(30);

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Ended(#[from] Ended),
    #[error(transparent)]
    Noise(#[from] NoiseFailure),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error("a frame does not decrypt; it was damaged or is out of order")]
    Decrypt,
    #[error("the handshake took too long")]
    Slow,
    #[error("{0}")]
    Writer(String),
    #[error("the network closed it")]
    Told,
}

/// Serves a client until either side ends it. Whatever goes wrong concerns this connection alone.
pub(crate) async fn serve(socket: WebSocket, shared: Arc<Shared>) {
    let (sink, stream) = socket.split();
    let conn = shared.with(|world| world.open_line());
    let failure = match session(&shared, conn, sink, Reader::new(stream)).await {
        Ok(()) => Failure::Told,
        Err(failure) => failure,
    };
    tracing::debug!(conn = conn.0, reason = %failure, "connection ended");
    shared.close(conn, &failure.to_string());
}

async fn session(
    shared: &Arc<Shared>,
    conn: ConnId,
    mut sink: SplitSink<WebSocket, Message>,
    mut reader: Reader,
) -> Result<(), Failure> {
    let meeting = tokio::time::timeout(HANDSHAKE, meet(shared, &mut sink, &mut reader));
    let (secured, dictionary, resumed) = meeting.await.map_err(|_| Failure::Slow)??;
    reader.trust();
    let Secured { inbound, outbound, client_static, payload } = *secured;
    let cut = CancellationToken::new();
    let (line, queue) = Line::new(cut.clone());
    let writer = Writer { socket: sink, cipher: outbound, dictionary, durable: shared.durable(), sent: 0 };
    shared.admit(conn, line, Arrived { noise_key: client_static, payload, resumed });
    tokio::select! {
        ended = read(shared, conn, &mut reader, &inbound, dictionary) => ended,
        written = writer.run(queue) => {
            written.map_err(Failure::Writer)?;
            // Closing at once, with bytes of the client's still unread, could cost it our last words.
            let _ = tokio::time::timeout(LINGER, reader.until_closed()).await;
            Ok(())
        }
        () = cut.cancelled() => Ok(()),
        () = shared.stopped() => Ok(()),
    }
}

async fn meet(
    shared: &Shared,
    sink: &mut SplitSink<WebSocket, Message>,
    reader: &mut Reader,
) -> Result<(Box<Secured>, Dictionary, bool), Failure> {
    let intro = reader.intro().await?;
    let hello = reader.frame().await?;
    match handshake::open(shared.keys(), &intro.prologue, &hello)? {
        Opening::Resumed { answer, secured } => {
            send(sink, &answer).await?;
            Ok((secured, intro.dictionary, true))
        }
        Opening::Meeting { answer, half } => {
            send(sink, &answer).await?;
            let finish = reader.frame().await?;
            let secured = half.finish(&finish)?;
            settle(sink, reader, intro.dictionary).await?;
            Ok((Box::new(secured), intro.dictionary, false))
        }
    }
}

/// Some clients switch to transport encryption only some turns of their event loop after they have sent the last
/// handshake message, and misread a frame that is there before. A WebSocket ping is answered by the same event
/// loop, so its answer shows that those turns have passed. Only the pattern XX has this gap. A client that
/// does not answer pings is kept waiting instead: on a busy machine an answer may take seconds.
async fn settle(
    sink: &mut SplitSink<WebSocket, Message>,
    reader: &mut Reader,
    dictionary: Dictionary,
) -> Result<(), Failure> {
    ask(sink, reader).await?;
    if dictionary == Dictionary::V2 {
        // Baileys 6 derives its transport keys on another thread, which one answer says nothing about. The busier
        // the machine, the longer these take too.
        for _ in 0..OLD_CLIENT_ROUNDS {
            tokio::time::sleep(OLD_CLIENT_PAUSE).await;
            ask(sink, reader).await?;
        }
    }
    Ok(())
}

async fn ask(sink: &mut SplitSink<WebSocket, Message>, reader: &mut Reader) -> Result<(), Failure> {
    sink.send(Message::Ping(axum::body::Bytes::new())).await.map_err(Ended::from)?;
    match tokio::time::timeout(SETTLE, reader.pong()).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Ok(()),
    }
}

async fn send(sink: &mut SplitSink<WebSocket, Message>, frame: &[u8]) -> Result<(), Failure> {
    let frame = encode_frame(frame, None).map_err(|e| Failure::Writer(e.to_string()))?;
    Ok(sink.send(Message::Binary(frame.into())).await.map_err(Ended::from)?)
}

async fn read(
    shared: &Shared,
    conn: ConnId,
    reader: &mut Reader,
    cipher: &NoiseCipher,
    dictionary: Dictionary,
) -> Result<(), Failure> {
    let mut received: u32 = 0;
    loop {
        let mut frame = reader.frame().await?;
        cipher.decrypt_in_place_with_counter(received, &mut frame).map_err(|_| Failure::Decrypt)?;
        received = received.checked_add(1).ok_or(Failure::Decrypt)?;
        let stanza = dictionary.decode(&frame)?;
        shared.route(conn, &stanza);
    }
}
