//! One message of a conversation, with what came of it.

use std::collections::BTreeMap;

use askama::Template;
use switchboard_core::MessageView;
use switchboard_model::{Content, Message, MessageStatus, Party, Quote, Reaction};

use super::carried::{Carried, Look, gist};
use crate::{show, text::Text};

/// What people answer in one emoji most.
const EMOJIS: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

#[derive(Template)]
#[template(path = "chats/bubble.html")]
pub(super) struct Bubble {
    t: &'static Text,
    /// Of the session's pages.
    base: String,
    place: String,
    id: String,
    from_me: bool,
    /// Who wrote it, in a group.
    sender: Option<String>,
    forwarded: bool,
    quote: Option<Quoted>,
    carried: Carried,
    gist: String,
    edited: bool,
    reactions: Vec<Chip>,
    at: String,
    status: Option<&'static str>,
    failed: bool,
    reason: Option<String>,
    can: Can,
    /// Shown where there was none yet; else it only takes the place of what is there.
    fresh: bool,
    /// Of no use where the message is shown already: it may be older.
    once: bool,
}

struct Quoted {
    id: String,
    by: Option<String>,
    gist: String,
}

/// A reaction, by whom, and whether by this account.
struct Chip {
    emoji: String,
    count: usize,
    by: String,
    own: bool,
}

/// What may be done to it.
struct Can {
    answer: bool,
    edit: bool,
    delete: bool,
    react: [&'static str; 6],
}

impl Bubble {
    pub(super) fn of(t: &'static Text, view: &MessageView) -> Self {
        let message = &view.message;
        let group = message.chat.jid.is_group() && !message.from_me;
        let base = format!("/sessions/{}", message.session);
        Self {
            t,
            place: format!("{base}/chats/{}", message.chat.jid),
            base,
            id: message.id.0.clone(),
            from_me: message.from_me,
            sender: group.then(|| author(message)),
            forwarded: message.context.forwarded.is_some(),
            quote: message.context.quoted.as_ref().map(|quote| Quoted::of(t, quote)),
            carried: Carried::of(t, &message.content, &message.later),
            gist: gist(t, &message.content),
            edited: message.later.edited_at.is_some(),
            reactions: chips(t, message),
            at: message.timestamp.to_string(),
            status: message.from_me.then(|| show::status(t, view.status)),
            failed: view.status == MessageStatus::Failed,
            reason: view.reason.clone(),
            can: Can::of(view),
            fresh: true,
            once: false,
        }
    }

    /// For a page that shows the message already, or shows nothing so old.
    pub(super) fn again(self) -> Self {
        Self { fresh: false, ..self }
    }

    /// For the answer to whoever wrote it: what became of it may have been told before that arrives.
    pub(super) fn once(self) -> Self {
        Self { once: true, ..self }
    }
}

impl Can {
    fn of(view: &MessageView) -> Self {
        let message = &view.message;
        let there = !matches!(message.content, Content::Deleted {}) && view.status >= MessageStatus::Sent;
        let alive = there && !view.status.is_dead();
        let answer = alive || (there && !message.from_me);
        let edit = alive && message.from_me && matches!(message.content, Content::Text { .. });
        Self { answer, edit, delete: alive && message.from_me, react: EMOJIS }
    }
}

impl Quoted {
    fn of(t: &'static Text, quote: &Quote) -> Self {
        let by =
            if quote.message.from_me { Some(t.you.to_owned()) } else { quote.message.sender.as_ref().map(show::party) };
        let gist = quote.content.as_ref().map(|content| gist(t, content)).unwrap_or_default();
        Self { id: quote.message.id.0.clone(), by, gist }
    }
}

fn author(message: &Message) -> String {
    message.push_name.clone().unwrap_or_else(|| show::party(&message.sender))
}

/// In the order of their first use. In a conversation of two whoever is not the other party is this account.
fn chips(t: &'static Text, message: &Message) -> Vec<Chip> {
    let own = |by: &Party| if message.from_me { by.is_same_as(&message.sender) } else { is_own(message, by) };
    let mut by_emoji: BTreeMap<&str, Vec<&Reaction>> = BTreeMap::new();
    message.later.reactions.iter().for_each(|one| by_emoji.entry(&one.emoji).or_default().push(one));
    let name = |one: &&Reaction| if own(&one.by) { t.you.to_owned() } else { show::party(&one.by) };
    let chip = |(emoji, all): (&str, Vec<&Reaction>)| Chip {
        emoji: emoji.to_owned(),
        count: all.len(),
        by: all.iter().map(name).collect::<Vec<_>>().join(", "),
        own: all.iter().any(|one| own(&one.by)),
    };
    by_emoji.into_iter().map(chip).collect()
}

fn is_own(message: &Message, by: &Party) -> bool {
    !message.chat.jid.is_group() && !by.is_same_as(&message.sender)
}
