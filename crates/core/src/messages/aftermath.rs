//! What a reaction, an edit, a deletion or a vote does to the message that it is about.

use sha2::{Digest, Sha256};
use switchboard_model::{Content, Jid, Later, Message, MessageRef, Party, PollVote, Reaction, Vote};
use switchboard_store::{StoreError, Tx, messages};

/// Carries out what `message` says about an earlier one, as far as that one is known. Doing it again changes nothing.
pub(crate) async fn carry_out(tx: &mut Tx, message: &mut Message) -> Result<(), StoreError> {
    let Some(target) = message.content.target().cloned() else { return Ok(()) };
    let Some(mut earlier) = find(tx, message, &target).await? else { return Ok(()) };
    if let (Content::PollVote(vote), Content::Poll(poll)) = (&mut message.content, &earlier.content) {
        name_options(vote, &poll.options);
    }
    if change(&mut earlier, message) {
        messages::rewrite(tx, &earlier).await?;
    }
    Ok(())
}

/// Changes are believed of those who may make them: votes and reactions of anybody, edits of the author alone.
/// That somebody else may delete a message is for the network to judge: in groups admins may.
fn change(earlier: &mut Message, by: &Message) -> bool {
    if earlier.content == Content::not_stored() || matches!(earlier.content, Content::Deleted {}) {
        return false;
    }
    // Whoever posts in a newsletter does so in its name.
    let own = by.sender.is_same_as(&earlier.sender) || matches!(by.chat.jid, Jid::Newsletter(_));
    match &by.content {
        Content::Reaction { emoji, .. } => react(&mut earlier.later, by, emoji),
        Content::PollVote(vote) => count(&mut earlier.later, by, &vote.options),
        Content::Edit { text, .. } if own => {
            match earlier.content.media_mut() {
                Some(media) => media.caption = Some(text.clone()),
                None => earlier.content = Content::Text { text: text.clone() },
            }
            earlier.later.edited_at = Some(by.timestamp);
        }
        Content::Revoke { .. } if own || by.chat.jid.is_group() => {
            earlier.content = Content::Deleted {};
            earlier.context = Default::default();
            earlier.later = Later { deleted_at: Some(by.timestamp), ..Later::default() };
        }
        _ => return false,
    }
    true
}

fn react(later: &mut Later, by: &Message, emoji: &str) {
    later.reactions.retain(|reaction| !reaction.by.is_same_as(&by.sender));
    if !emoji.is_empty() {
        later.reactions.push(Reaction { by: by.sender.clone(), emoji: emoji.to_owned(), at: by.timestamp });
    }
}

fn count(later: &mut Later, by: &Message, options: &[String]) {
    later.votes.retain(|vote| !vote.by.is_same_as(&by.sender));
    if !options.is_empty() {
        later.votes.push(Vote { by: by.sender.clone(), options: options.to_vec(), at: by.timestamp });
    }
}

/// The network names options by their digests.
fn name_options(vote: &mut PollVote, options: &[String]) {
    let digest = |option: &String| hex::encode(Sha256::digest(option.as_bytes()));
    for option in options {
        let digest = digest(option);
        if let Some(at) = vote.hashes.iter().position(|hash| *hash == digest) {
            vote.hashes.remove(at);
            vote.options.push(option.clone());
        }
    }
}

/// In one chat, by that author: another's message may carry the same id.
async fn find(tx: &mut Tx, by: &Message, target: &MessageRef) -> Result<Option<Message>, StoreError> {
    let rows = messages::find(tx, &by.session, &target.id).await?;
    let author = |sender: &Party| target.sender.as_ref().is_none_or(|named| named.is_same_as(sender));
    let wanted = |message: &Message| {
        message.chat.is_same_as(&by.chat) && (author(&message.sender) || message.from_me == target.from_me)
    };
    Ok(rows.into_iter().map(|row| row.message).find(|message| wanted(message)))
}
