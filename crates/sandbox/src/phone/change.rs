//! Messages that change earlier ones: the phone shows the outcome on the earlier message.

use serde_json::{Value, json};
use wacore::poll::{PollVoteCiphertext, compute_option_hash, decrypt_poll_vote_with_secret};

use super::content::{Change, Content, What};
use super::log::{MessageLog, Shown};

/// `by` is the JID of who changes it. What a vote says is added to the vote's own details.
pub(super) fn apply(log: &mut MessageLog, chat: &str, by: &str, content: &mut Content) {
    let Some(Change { target, what }) = &content.change else { return };
    let vote = match (what, log.shown(chat, target)) {
        (What::Vote { payload, iv }, Some(poll)) => open(&poll, target, by, payload, iv),
        _ => None,
    };
    let author = |from: &str| from == by || chat.ends_with("@g.us");
    log.change(chat, target, |message| match what {
        What::React(emoji) => note(&mut message.details, "reactions", by, json!(emoji), emoji.is_empty()),
        What::Edit(text) if message.from == by => {
            message.text = Some(text.clone());
            message.details.insert("edited".into(), true.into());
        }
        What::Revoke if author(&message.from) => {
            message.text = None;
            message.details.clear();
            message.details.insert("revoked".into(), true.into());
        }
        What::Vote { .. } => {
            if let Some(options) = &vote {
                note(&mut message.details, "votes", by, json!(options), options.is_empty());
            }
        }
        _ => {}
    });
    if let Some(options) = vote {
        content.details.insert("options".into(), json!(options));
    }
}

fn note(details: &mut serde_json::Map<String, Value>, list: &str, by: &str, value: Value, remove: bool) {
    let notes = details.entry(list).or_insert_with(|| json!({}));
    let Some(notes) = notes.as_object_mut() else { return };
    if remove {
        notes.remove(by);
    } else {
        notes.insert(by.to_owned(), value);
    }
}

fn open(poll: &Shown<'_>, id: &str, by: &str, payload: &[u8], iv: &[u8]) -> Option<Vec<String>> {
    let sealed = PollVoteCiphertext { enc_payload: payload, enc_iv: iv };
    let hashes = decrypt_poll_vote_with_secret(sealed, &poll.secret?, id, &poll.message.from, by);
    let hashes = hashes.inspect_err(|error| tracing::warn!(%error, "a phone could not open a vote")).ok()?;
    let options = poll.message.details.get("options")?.as_array()?.iter().filter_map(Value::as_str);
    let chosen = options.filter(|option| hashes.iter().any(|hash| *hash == compute_option_hash(option)));
    Some(chosen.map(str::to_owned).collect())
}
