//! Ids in paths. What cannot be an id names nothing, so it is answered like anything else that is not there.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use switchboard_core::{Error, excerpt};
use switchboard_model::{GroupId, Jid, MessageId, SessionId, UserId};

use super::{Api, Failure};

const LONGEST_MESSAGE_ID: usize = 128;

/// `{id}`: a session.
pub struct SessionPath(pub SessionId);

/// `{id}` and `{message}`: a message of a session.
pub struct MessagePath(pub SessionId, pub MessageId);

/// `{id}` and `{group}`: a group of a session's account, by its JID or the digits of it.
pub struct GroupPath(pub SessionId, pub GroupId);

/// `{id}` and `{community}`: a community that a session's account is in.
pub struct CommunityPath(pub SessionId, pub GroupId);

/// `{id}`, `{community}` and `{group}`: a group of such a community.
pub struct CommunityGroupPath(pub SessionId, pub GroupId, pub GroupId);

/// `{id}` and `{newsletter}`: a newsletter, by its JID or the digits of it.
pub struct NewsletterPath(pub SessionId, pub Jid);

/// `{id}` and `{chat}`: a conversation, by a phone number or JID.
pub struct ChatPath(pub SessionId, pub Jid);

/// `{id}` and `{label}`: a label of a session's account.
pub struct LabelPath(pub SessionId, pub String);

/// `{id}`, `{chat}` and `{label}`: a label on a conversation.
pub struct ChatLabelPath(pub SessionId, pub Jid, pub String);

/// `{id}` and `{person}`: somebody, by a phone number or JID.
pub struct PersonPath(pub SessionId, pub Jid);

/// `{user}`.
pub struct UserPath(pub UserId);

/// `{key}`.
pub struct KeyPath(pub String);

/// `{call}`: the network's id of a call.
pub struct CallPath(pub String);

/// `{contact}`: the id of a block, or any spelling of an address.
pub struct ContactPath(pub String);

/// `{webhook}`.
pub struct WebhookPath(pub String);

/// `{webhook}` and `{position}`.
pub struct DeliveryPath(pub String, pub i64);

impl FromRequestParts<Api> for SessionPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        session(&params(parts, api).await?).map(Self)
    }
}

impl FromRequestParts<Api> for MessagePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        let message = get(&params, "message");
        let plain = !message.is_empty()
            && message.len() <= LONGEST_MESSAGE_ID
            && message.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain {
            return Err(absent("message", message));
        }
        Ok(Self(session(&params)?, MessageId(message.to_owned())))
    }
}

impl FromRequestParts<Api> for GroupPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, group(&params, "group")?))
    }
}

impl FromRequestParts<Api> for CommunityPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, group(&params, "community")?))
    }
}

impl FromRequestParts<Api> for CommunityGroupPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, group(&params, "community")?, group(&params, "group")?))
    }
}

impl FromRequestParts<Api> for NewsletterPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        let text = get(&params, "newsletter");
        let jid = if text.contains('@') { text.parse() } else { format!("{text}@newsletter").parse() };
        let newsletter = jid.ok().filter(|jid| matches!(jid, Jid::Newsletter(_)));
        Ok(Self(session(&params)?, newsletter.ok_or_else(|| absent("newsletter", text))?))
    }
}

impl FromRequestParts<Api> for ChatPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, address(&params, "chat")?))
    }
}

impl FromRequestParts<Api> for LabelPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, readable(&params, "label")?))
    }
}

impl FromRequestParts<Api> for ChatLabelPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, address(&params, "chat")?, readable(&params, "label")?))
    }
}

impl FromRequestParts<Api> for PersonPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        Ok(Self(session(&params)?, address(&params, "person")?))
    }
}

impl FromRequestParts<Api> for UserPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        let text = get(&params, "user");
        text.parse().map(|id| Self(UserId(id))).map_err(|_| absent("user", text))
    }
}

impl FromRequestParts<Api> for KeyPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        plain(&params(parts, api).await?, "key").map(Self)
    }
}

impl FromRequestParts<Api> for CallPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        readable(&params(parts, api).await?, "call").map(Self)
    }
}

impl FromRequestParts<Api> for ContactPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        readable(&params(parts, api).await?, "contact").map(Self)
    }
}

impl FromRequestParts<Api> for WebhookPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        plain(&params(parts, api).await?, "webhook").map(Self)
    }
}

impl FromRequestParts<Api> for DeliveryPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let params = params(parts, api).await?;
        let text = get(&params, "position");
        let position = text.parse().map_err(|_| absent("delivery", text))?;
        Ok(Self(plain(&params, "webhook")?, position))
    }
}

async fn params(parts: &mut Parts, api: &Api) -> Result<RawPathParams, Failure> {
    // Fails on escapes that are not UTF-8.
    RawPathParams::from_request_parts(parts, api).await.map_err(|_| Failure::UnknownPath)
}

/// An id that somebody else made.
fn readable(params: &RawPathParams, name: &'static str) -> Result<String, Failure> {
    let text = get(params, name);
    let readable = (1..=LONGEST_MESSAGE_ID).contains(&text.len()) && !text.contains(char::is_control);
    if readable { Ok(text.to_owned()) } else { Err(absent(name, text)) }
}

/// An id that the gateway made.
fn plain(params: &RawPathParams, name: &'static str) -> Result<String, Failure> {
    plain_id(name, get(params, name))
}

/// The same, wherever it stands.
pub(crate) fn plain_id(name: &'static str, text: &str) -> Result<String, Failure> {
    let plain = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if plain { Ok(text.to_owned()) } else { Err(absent(name, text)) }
}

fn session(params: &RawPathParams) -> Result<SessionId, Failure> {
    let text = get(params, "id");
    text.parse().map_err(|_| absent("session", text))
}

fn group(params: &RawPathParams, name: &'static str) -> Result<GroupId, Failure> {
    let text = get(params, name);
    text.parse().map_err(|_| absent(name, text))
}

fn address(params: &RawPathParams, name: &'static str) -> Result<Jid, Failure> {
    let text = get(params, name);
    text.parse().map_err(|_| absent(name, text))
}

fn get<'a>(params: &'a RawPathParams, name: &str) -> &'a str {
    params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

fn absent(kind: &'static str, text: &str) -> Failure {
    Failure::Refused(Error::not_found(kind, format!("`{}`", excerpt(text))))
}
