//! Posts of our own, and what we do to posts. None of it is sealed.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use switchboard_core::engine::{EngineError, Fact, Transmit};
use switchboard_model::{Jid, MessageId, Timestamp};
use wacore::types::message::EditAttribute;
use wacore_binary::{Node, OwnedNodeRef, builder::NodeBuilder};
use waproto::whatsapp::{
    self as wa,
    message::{ProtocolMessage, ReactionMessage, protocol_message::Type},
};
use whatsapp_rust::Jid as EngineJid;

use crate::{
    convert::{deleted_post, engine_jid, party},
    events::Events,
    link::WhatsappLink,
};

/// Changes of posts that the network has not answered: it answers under the post's id, not under theirs.
#[derive(Default)]
pub(crate) struct PostChanges(Mutex<HashMap<String, MessageId>>);

impl PostChanges {
    fn note(&self, post: &str, change: &MessageId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(post.to_owned(), change.clone());
    }

    /// Which of our messages an answer is for.
    pub(crate) fn answered(&self, id: &str) -> MessageId {
        let change = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        change.unwrap_or_else(|| MessageId(id.to_owned()))
    }
}

impl WhatsappLink {
    /// What the engine does not send under an id of our choice is put together here.
    pub(crate) async fn change_post(&self, message: &Transmit, body: &wa::Message) -> Result<(), EngineError> {
        let to = engine_jid(&message.chat);
        let node = match (body.reaction_message.as_option(), body.protocol_message.as_option()) {
            (Some(given), _) => reaction(&to, &message.id, given),
            (None, Some(change)) => {
                let post = change.key.as_option().and_then(|key| key.id.as_deref()).unwrap_or_default();
                self.state.post_changes.note(post, &message.id);
                rewording(&to, post, change)
            }
            (None, None) => return Err(EngineError::Refused("this is no change of a post".to_owned())),
        };
        self.client.send_node(node).await.map_err(|error| self.failed(error.to_string()))
    }
}

impl Events {
    /// The network says which number it gave to a post of ours.
    pub(crate) fn posted(&self, stanza: &OwnedNodeRef) {
        let stanza = stanza.get();
        let is = |name: &str, value: &str| stanza.get_attr(name).is_some_and(|found| found.as_str() == value);
        if stanza.tag != "ack" || !is("class", "message") || stanza.get_attr("error").is_some() {
            return;
        }
        let number = stanza.get_attr("server_id").and_then(|number| number.as_str().parse().ok());
        let id = stanza.get_attr("id").map(|id| MessageId(id.as_str().into_owned()));
        if let (Some(id), Some(number)) = (id, number) {
            self.inlet.report(Fact::Posted { id, number });
        }
    }
}

impl Events {
    /// Somebody who runs the newsletter has deleted a post.
    pub(crate) fn post_deleted(&self, stanza: &OwnedNodeRef) {
        let stanza = stanza.get();
        let text = |name: &str| stanza.get_attr(name).map(|value| value.as_str().into_owned());
        if stanza.tag != "message" || text("edit").as_deref() != Some(EditAttribute::AdminRevoke.as_str()) {
            return;
        }
        let from = text("from").and_then(|from| from.parse::<EngineJid>().ok()).and_then(|from| party(&from, None));
        let (Some(newsletter), Some(post)) = (from, text("id")) else { return };
        if !matches!(newsletter.jid, Jid::Newsletter(_)) {
            return;
        }
        let at = text("t").and_then(|seconds| seconds.parse().ok()).map(Timestamp::from_secs).unwrap_or_default();
        let (inlet, deleted) = (self.inlet.clone(), deleted_post(newsletter, &post, at));
        self.tasks.spawn_task(async move {
            if inlet.messages(vec![deleted]).await.is_err() {
                tracing::debug!("a deletion came after the session was given up");
            }
        });
    }
}

pub(crate) fn is_change(body: &wa::Message) -> bool {
    body.reaction_message.is_set() || body.protocol_message.is_set()
}

/// Names the post by its number; nothing given takes the reaction back.
fn reaction(to: &EngineJid, id: &MessageId, given: &ReactionMessage) -> Node {
    let post = given.key.as_option().and_then(|key| key.id.clone()).unwrap_or_default();
    let emoji = given.text.clone().unwrap_or_default();
    let node = NodeBuilder::new("message")
        .attr("to", to)
        .attr("type", "reaction")
        .attr("id", id.0.as_str())
        .attr("server_id", post);
    let (node, reaction) = match emoji.as_str() {
        "" => (node.attr("edit", EditAttribute::SenderRevoke.to_string_val()), NodeBuilder::new("reaction")),
        _ => (node, NodeBuilder::new("reaction").attr("code", emoji)),
    };
    node.children([reaction.build()]).build()
}

/// Goes out under the id of the post.
fn rewording(to: &EngineJid, post: &str, change: &ProtocolMessage) -> Node {
    let words = change.edited_message.as_option().filter(|_| change.r#type == Some(Type::MessageEdit));
    let (edit, bytes) = match words {
        Some(words) => (EditAttribute::AdminEdit, waproto::codec::message_to_vec(words)),
        None => (EditAttribute::AdminRevoke, Vec::new()),
    };
    NodeBuilder::new("message")
        .attr("to", to)
        .attr("id", post)
        .attr("type", "text")
        .attr("edit", edit.to_string_val())
        .children([NodeBuilder::new("plaintext").bytes(bytes).build()])
        .build()
}
