//! What is posted in the newsletters that the phone's user follows or runs.

use serde::{Deserialize, Serialize};
use serde_json::json;
use waproto::codec::message_decode;

use super::Phone;
use super::content::{Content, content_of};
use super::log::{NewMessage, Status};
use super::secrets::blob;

/// A post that reached the phone, in the clear.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostIn {
    /// The newsletter's JID.
    pub chat: String,
    pub id: String,
    /// The network's own number for it.
    pub number: u64,
    pub timestamp: u64,
    /// Another device of this account posted it.
    pub own: bool,
    pub turn: PostTurn,
    #[serde(with = "blob")]
    pub plain: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostTurn {
    New,
    Edited,
    Deleted,
}

impl Phone {
    pub(super) fn take_post(&mut self, post: PostIn) {
        if post.turn == PostTurn::Deleted {
            return self.log.change(&post.chat, &post.id, |message| {
                message.text = None;
                message.details.clear();
                message.details.insert("revoked".into(), true.into());
            });
        }
        let Some(content) = message_decode(&post.plain).ok().as_ref().and_then(content_of) else { return };
        if post.turn == PostTurn::Edited {
            return self.log.change(&post.chat, &post.id, |message| {
                message.text = content.text;
                message.details.insert("edited".into(), true.into());
            });
        }
        self.show_post(post, content);
    }

    /// To its followers a post is written by the newsletter itself.
    fn show_post(&mut self, post: PostIn, mut content: Content) {
        content.details.insert("post".into(), json!(post.number));
        self.log.add(NewMessage {
            id: post.id,
            from: if post.own { self.jid() } else { post.chat.clone() },
            to: post.chat.clone(),
            chat: post.chat,
            text: content.text,
            kind: content.kind.into(),
            from_me: post.own,
            timestamp: post.timestamp,
            status: if post.own { Status::Sent } else { Status::Delivered },
            origin: None,
            details: content.details,
            secret: None,
            file: None,
        });
    }
}
