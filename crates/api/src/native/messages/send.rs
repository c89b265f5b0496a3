//! Sending, and taking back what is not sent yet.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use switchboard_core::{Error, SendMessage, Source};
use switchboard_model::{AddressError, Content as ModelContent, Context, Jid, MessageStatus};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::Given,
    content::{Content, LinkPreview, context},
    wire::{Message, Sent},
};
use crate::{
    http::{Api, Failure, IdempotencyKey, MessagePath, QueryOf, SessionPath, Signed},
    native::problem::Problem,
};

const LONGEST_WAIT: u64 = 60;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    /// A phone number or JID, in any of the usual spellings; `status@broadcast` posts a status, `...@newsletter` posts in a
    /// newsletter.
    #[schema(example = "+62 813-8139-3739")]
    to: String,
    /// Short for a `content` of type `text`.
    #[schema(example = "Hello")]
    text: Option<String>,
    content: Option<Content>,
    /// The id of the message that this one answers, in the same conversation.
    reply_to: Option<String>,
    /// Phone numbers or JIDs of the people that the text mentions as `@number`.
    #[serde(default)]
    mentions: Vec<String>,
    /// Marks the message as forwarded.
    #[serde(default)]
    forwarded: bool,
    /// Seconds after which the message disappears: 86400, 604800 or 7776000.
    expires_in: Option<u32>,
    link_preview: Option<LinkPreview>,
    /// An image, a video or a voice note that can be opened one time.
    #[serde(default)]
    view_once: bool,
    /// Who sees a status: phone numbers or JIDs.
    #[serde(default)]
    audience: Vec<String>,
    /// Refuse instead of queueing while the session is not connected.
    #[serde(default)]
    only_when_connected: bool,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wait {
    /// Seconds to wait for the network's answer: 0 by default, 60 at most.
    wait: Option<u64>,
}

/// Send a message. It is stored before this answers and is then sent, whatever happens to the gateway.
///
/// A file goes along by address (`url`), in base64 (`data`), or as it is: as `multipart/form-data` with the part
/// `message` (this JSON) first and the part `file` behind it, up to 100 MiB, which pass through without being held in
/// memory.
#[utoipa::path(post, operation_id = "send_message", path = "/v1/sessions/{id}/messages", tag = "messages",
    params(("id" = String, Path), Wait,
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating a request under the same key sends nothing twice")),
    request_body = NewMessage, responses(
    (status = 200, description = "The network answered while this waited", body = Sent),
    (status = 202, description = "Accepted", body = Sent),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "Not linked, logged out or handed over; or the key was used for another request", body = Problem),
))]
pub(super) async fn send(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    QueryOf(Wait { wait }): QueryOf<Wait>,
    IdempotencyKey(key): IdempotencyKey,
    Given { message, file }: Given<NewMessage>,
) -> Result<impl IntoResponse, Failure> {
    let (mut order, source) = message.order(key, file)?;
    if let Some(source) = source {
        api.core.attach(&caller, &session, &mut order.content, source).await?;
    }
    let sent = match wait.unwrap_or(0).min(LONGEST_WAIT) {
        0 => Sent::queued(&session, &api.core.send(&caller, &session, order).await?),
        seconds => {
            let limit = Duration::from_secs(seconds);
            let (accepted, fate) = api.core.send_and_wait(&caller, &session, order, limit).await?;
            Sent::with(&session, &accepted, fate.status, fate.reason)
        }
    };
    Ok((sent.status(), [(header::LOCATION, sent.location())], Json(sent)))
}

/// Take a message back that no attempt has begun for.
#[utoipa::path(delete, operation_id = "cancel_message", path = "/v1/sessions/{id}/messages/{message}", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path)), responses(
    (status = 200, description = "Cancelled", body = Message),
    (status = 404, body = Problem),
    (status = 409, description = "It is on its way already", body = Problem),
))]
pub(super) async fn cancel(
    State(api): State<Api>,
    Signed(caller): Signed,
    MessagePath(session, message): MessagePath,
) -> Result<Json<Message>, Failure> {
    Ok(Json(api.core.cancel(&caller, &session, &message).await?.into()))
}

impl NewMessage {
    /// A file that comes along takes the place of one that is only named.
    fn order(
        self,
        idempotency_key: Option<String>,
        file: Option<Source>,
    ) -> Result<(SendMessage, Option<Source>), Error> {
        if file.is_some() && !self.content.as_ref().is_some_and(Content::lacks_file) {
            return Err(Error::invalid("file", "goes with a `content` that takes one, without `url` and `data`"));
        }
        let to: Jid = self.to.parse().map_err(|error: AddressError| Error::invalid("to", error.to_string()))?;
        let (content, source) = match (self.text, self.content) {
            (Some(text), None) => (ModelContent::Text { text }, None),
            (None, Some(content)) if file.is_none() && content.lacks_file() => {
                return Err(Error::invalid("content.url", "give either `url` or `data`, or send the file along"));
            }
            (None, Some(content)) => content.split()?,
            (None, None) => return Err(Error::invalid("text", "is missing: send `text` or `content`")),
            (Some(_), Some(_)) => return Err(Error::invalid("content", "send either `text` or `content`")),
        };
        let context = context(self.reply_to, &self.mentions, self.forwarded, self.expires_in, self.link_preview)?;
        let person = |text: &String| {
            text.parse::<Jid>().map_err(|error: AddressError| Error::invalid("audience", error.to_string()))
        };
        let audience = self.audience.iter().map(person).collect::<Result<_, _>>()?;
        let context = Context { view_once: self.view_once, audience, ..context };
        let only_when_connected = self.only_when_connected;
        Ok((SendMessage { to, content, context, idempotency_key, only_when_connected }, source.or(file)))
    }
}

impl Sent {
    pub(super) fn status(&self) -> StatusCode {
        let waiting = [MessageStatus::Queued, MessageStatus::Sending];
        if waiting.iter().any(|status| self.is(*status)) { StatusCode::ACCEPTED } else { StatusCode::OK }
    }
}
