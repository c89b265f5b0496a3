//! Posts of newsletters on their way to everybody who reads along. They are not sealed.

use wacore::proto_helpers::MessageExt as _;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::codec::message_to_vec;
use waproto::whatsapp::message::protocol_message::Type;

use super::account::PHONE;
use super::newsletters::{NewsletterError, Post, PostBody};
use super::phones::stanza_type;
use super::{Account, World};
use crate::phone::{Arrival, Outgoing, PostIn, PostTurn};
use crate::stanza::branch;

/// Which device of an account acts.
#[derive(Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) number: &'a str,
    pub(crate) device: u16,
}

impl World {
    /// The number of the post. Sent again under the same id it is the same post.
    pub(crate) fn publish(
        &mut self,
        by: Actor<'_>,
        jid: &Jid,
        id: &str,
        body: PostBody,
    ) -> Result<u64, NewsletterError> {
        let newsletter = self.newsletter(jid)?;
        newsletter.demand_owner(by.number)?;
        if let Some(post) = newsletter.post(id) {
            return Ok(post.number);
        }
        let now = self.now_secs();
        let post = self.newsletter_mut(jid)?.add(id, now, body);
        self.hand_out(by, jid, &post, PostTurn::New);
        Ok(post.number)
    }

    pub(crate) fn edit_post(
        &mut self,
        by: Actor<'_>,
        jid: &Jid,
        id: &str,
        body: PostBody,
    ) -> Result<u64, NewsletterError> {
        self.rewrite_post(by, jid, id, body, PostTurn::Edited)
    }

    pub(crate) fn delete_post(&mut self, by: Actor<'_>, jid: &Jid, id: &str) -> Result<u64, NewsletterError> {
        let nothing = PostBody { kind: "revoke".to_owned(), media: None, plain: Vec::new() };
        self.rewrite_post(by, jid, id, nothing, PostTurn::Deleted)
    }

    fn rewrite_post(
        &mut self,
        by: Actor<'_>,
        jid: &Jid,
        id: &str,
        body: PostBody,
        turn: PostTurn,
    ) -> Result<u64, NewsletterError> {
        self.newsletter(jid)?.demand_owner(by.number)?;
        let now = self.now_secs();
        let post = self.newsletter_mut(jid)?.post_mut(|post| post.id == id)?;
        (post.body, post.changed_at) = (body, Some(now));
        let post = post.clone();
        self.hand_out(by, jid, &post, turn);
        Ok(post.number)
    }

    /// An empty emoji takes the reaction back.
    pub(crate) fn react_to_post(
        &mut self,
        by: &str,
        jid: &Jid,
        number: u64,
        emoji: &str,
    ) -> Result<(), NewsletterError> {
        self.newsletter(jid)?.demand_reader(by)?;
        let post = self.newsletter_mut(jid)?.post_mut(|post| post.number == number)?;
        if emoji.is_empty() {
            post.reactions.remove(by);
        } else {
            post.reactions.insert(by.to_owned(), emoji.to_owned());
        }
        let post = post.clone();
        self.tell_watchers(jid, &post);
        Ok(())
    }

    /// Seen by somebody: these posts, or all.
    pub(crate) fn see_posts(&mut self, by: &str, jid: &Jid, numbers: Option<&[u64]>) -> Result<(), NewsletterError> {
        self.newsletter(jid)?;
        for post in &mut self.newsletter_mut(jid)?.posts {
            if numbers.is_none_or(|numbers| numbers.contains(&post.number)) {
                post.views.insert(by.to_owned());
            }
        }
        Ok(())
    }

    /// What a phone says in a newsletter.
    pub(super) fn post_from_phone(
        &mut self,
        number: &str,
        jid: &Jid,
        outgoing: &Outgoing,
    ) -> Result<(), NewsletterError> {
        let (by, message) = (Actor { number, device: PHONE }, &outgoing.message);
        if let Some(reaction) = message.reaction_message.as_option() {
            let id = reaction.key.as_option().and_then(|key| key.id.as_deref()).unwrap_or_default();
            let post = self.newsletter(jid)?.post(id).ok_or(NewsletterError::NoSuchPost)?.number;
            return self.react_to_post(number, jid, post, reaction.text.as_deref().unwrap_or_default());
        }
        if let Some(change) = message.protocol_message.as_option() {
            let id = change.key.as_option().and_then(|key| key.id.as_deref()).unwrap_or_default();
            let edited = change.edited_message.as_option().filter(|_| change.r#type == Some(Type::MessageEdit));
            return match edited {
                Some(words) => self.edit_post(by, jid, id, body_of(words)).map(drop),
                None => self.delete_post(by, jid, id).map(drop),
            };
        }
        self.publish(by, jid, &outgoing.id, body_of(message)).map(drop)
    }

    /// To every device that reads along, but the one that has done it.
    fn hand_out(&mut self, by: Actor<'_>, jid: &Jid, post: &Post, turn: PostTurn) {
        let Ok(newsletter) = self.newsletter(jid) else { return };
        let owner = newsletter.owner.clone();
        let readers: Vec<String> = std::iter::once(&owner).chain(&newsletter.followers).cloned().collect();
        for number in readers {
            let devices = self.accounts.get(&number).map(Account::device_ids).unwrap_or_default();
            for device in devices.into_iter().filter(|device| (number.as_str(), *device) != (by.number, by.device)) {
                let own = number == owner;
                if device == PHONE {
                    self.arrive(&number, Arrival::Post(for_phone(jid, own, post, turn)));
                } else {
                    self.deliver_to_companion(&number, device, post_stanza(jid, own, post, turn));
                }
            }
        }
    }
}

fn for_phone(jid: &Jid, own: bool, post: &Post, turn: PostTurn) -> PostIn {
    PostIn {
        chat: jid.to_string(),
        id: post.id.clone(),
        number: post.number,
        timestamp: post.at,
        own,
        turn,
        plain: post.body.plain.clone(),
    }
}

fn post_stanza(jid: &Jid, own: bool, post: &Post, turn: PostTurn) -> Node {
    let mut node = post_node(post, own).attr("from", jid);
    let mut kids = vec![plaintext(&post.body)];
    if let Some(edit) = edit_attr(turn) {
        node = node.attr("edit", edit);
        let changed = post.changed_at.unwrap_or(post.at).saturating_mul(1000);
        kids.push(NodeBuilder::new("meta").attr("msg_edit_t", changed).attr("original_msg_t", post.at).build());
    }
    node.children(kids).build()
}

/// The `edit` of the stanza.
fn edit_attr(turn: PostTurn) -> Option<&'static str> {
    match turn {
        PostTurn::New => None,
        PostTurn::Edited => Some("3"),
        PostTurn::Deleted => Some("8"),
    }
}

/// `<message>` with what the network says of a post.
fn post_node(post: &Post, own: bool) -> NodeBuilder {
    let node = NodeBuilder::new("message")
        .attr("id", post.id.as_str())
        .attr("server_id", post.number)
        .attr("t", post.at)
        .attr("type", post.body.kind.as_str());
    if own { node.attr("is_sender", "true") } else { node }
}

/// A post as the history of its newsletter shows it: with its counts, and with its body unless only those are asked for.
pub(crate) fn past_post(post: &Post, own: bool, with_body: bool) -> Node {
    let mut kids = counts(post);
    if with_body && !post.body.plain.is_empty() {
        kids.insert(0, plaintext(&post.body));
    }
    post_node(post, own).children(kids).build()
}

pub(super) fn counts(post: &Post) -> Vec<Node> {
    let reaction =
        |(emoji, count): (&str, usize)| NodeBuilder::new("reaction").attr("code", emoji).attr("count", count).build();
    let reactions: Vec<Node> = post.reaction_counts().into_iter().map(reaction).collect();
    vec![NodeBuilder::new("views_count").attr("count", post.views.len()).build(), branch("reactions", reactions)]
}

fn plaintext(body: &PostBody) -> Node {
    let node = NodeBuilder::new("plaintext");
    let node = match &body.media {
        Some(media) => node.attr("mediatype", media.as_str()),
        None => node,
    };
    node.bytes(body.plain.clone()).build()
}

fn body_of(message: &waproto::whatsapp::Message) -> PostBody {
    let kind = stanza_type(message.get_base_message()).to_owned();
    PostBody { kind, media: None, plain: message_to_vec(message) }
}
