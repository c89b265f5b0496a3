//! Newsletters: their posts as clients ask for them, post themselves, react and look.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Who;
use super::iq::{Answer, BAD_REQUEST, NOT_IMPLEMENTED, Refusal};
use super::messages::{Letter, ack};
use crate::domain::{Actor, NewsletterError, PostBody, World, past_post};
use crate::faults::FaultKind;
use crate::stanza::{Stanza as _, branch};

const MOST_AT_ONCE: usize = 100;

impl From<NewsletterError> for Refusal {
    fn from(error: NewsletterError) -> Self {
        match code(&error) {
            404 => super::iq::NOT_FOUND,
            code => Self { code, text: "forbidden" },
        }
    }
}

fn code(error: &NewsletterError) -> u16 {
    match error {
        NewsletterError::Unknown | NewsletterError::NoSuchInvite | NewsletterError::NoSuchPost => 404,
        NewsletterError::NotTheOwner | NewsletterError::NotAFollower => 403,
    }
}

pub(super) fn handle(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let (asked, to) = (iq.first().ok_or(BAD_REQUEST)?, iq.jid("to").ok_or(BAD_REQUEST)?);
    match &*asked.tag {
        "messages" => Ok(vec![posts(world, who, &to, asked, true)?]),
        "message_updates" => Ok(vec![branch("message_updates", [posts(world, who, &to, asked, false)?])]),
        "live_updates" => {
            let seconds = world.watch_newsletter(&who.number, who.device, &to)?;
            Ok(vec![NodeBuilder::new("live_updates").attr("duration", seconds).build()])
        }
        tag => {
            world.count_unhandled(format!("<iq xmlns=newsletter><{tag}>"));
            Err(NOT_IMPLEMENTED)
        }
    }
}

/// The newest posts before or after one, or since a time; anybody may look.
fn posts(world: &World, who: &Who, jid: &Jid, asked: &Node, with_body: bool) -> Result<Node, Refusal> {
    let newsletter = world.newsletter(jid)?;
    let own = newsletter.owner == who.number;
    let bound = |key: &str| asked.text(key).and_then(|value| value.parse::<u64>().ok());
    let count = bound("count").and_then(|count| usize::try_from(count).ok()).unwrap_or(MOST_AT_ONCE);
    let (before, after, since) = (bound("before"), bound("after"), bound("since"));
    let wanted = newsletter.posts.iter().filter(|post| {
        before.is_none_or(|before| post.number < before)
            && after.is_none_or(|after| post.number > after)
            && since.is_none_or(|since| post.changed_at.unwrap_or(post.at) >= since)
    });
    let mut newest: Vec<Node> =
        wanted.rev().take(count.min(MOST_AT_ONCE)).map(|post| past_post(post, own, with_body)).collect();
    newest.reverse();
    Ok(NodeBuilder::new("messages").attr("jid", jid).attr("t", world.now_secs()).children(newest).build())
}

/// A post, a change of one, or a reaction.
pub(super) fn relay(world: &mut World, letter: &Letter<'_>) {
    let done = carry_out(world, letter);
    if done.is_ok() && world.faults.take(FaultKind::LoseAck, &letter.who.number).is_some() {
        return;
    }
    let ack = ack(world, letter);
    let ack = match done {
        Ok(number) => ack.attr("server_id", number),
        Err(error) => ack.attr("error", code(&error)),
    };
    world.send(letter.who.conn, ack.build());
}

fn carry_out(world: &mut World, letter: &Letter<'_>) -> Result<u64, NewsletterError> {
    let by = Actor { number: &letter.who.number, device: letter.who.device };
    if letter.stanza.is("type", "reaction") {
        let number = letter.stanza.text("server_id").and_then(|number| number.parse().ok());
        let number = number.ok_or(NewsletterError::NoSuchPost)?;
        let emoji = letter.stanza.child("reaction").and_then(|reaction| reaction.text("code")).unwrap_or_default();
        world.react_to_post(by.number, &letter.to, number, &emoji)?;
        return Ok(number);
    }
    match letter.stanza.text("edit").as_deref() {
        Some("3") => world.edit_post(by, &letter.to, &letter.id, body(letter)),
        Some("8") => world.delete_post(by, &letter.to, &letter.id),
        _ => world.publish(by, &letter.to, &letter.id, body(letter)),
    }
}

fn body(letter: &Letter<'_>) -> PostBody {
    PostBody {
        kind: letter.stanza.text("type").unwrap_or_else(|| "text".into()),
        media: letter.stanza.child("plaintext").and_then(|plain| plain.text("mediatype")),
        plain: letter.stanza.child_bytes("plaintext").to_vec(),
    }
}

/// Which posts a reader has seen.
pub(super) fn viewed(world: &mut World, who: &Who, receipt: &Node, jid: &Jid) {
    let items = receipt.child("list").map(crate::stanza::Stanza::kids).unwrap_or_default();
    let numbers: Vec<u64> = items.iter().filter_map(|item| item.text("server_id")?.parse().ok()).collect();
    if let Err(error) = world.see_posts(&who.number, jid, Some(&numbers)) {
        tracing::debug!(%error, "a receipt for posts that are not there");
    }
}
