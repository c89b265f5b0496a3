//! The earlier message that a new one is about: found, and checked for what may be done to it.

use std::time::Duration;

use switchboard_model::{Content, Context, Jid, MessageRef, MessageStatus, Quote, Session, Timestamp};
use switchboard_store::messages::{self, MessageRow};

use super::post::check_post_change;
use crate::{Core, Error};

/// The network forgets changes that come later.
const EDIT_WITHIN: Duration = Duration::from_secs(15 * 60);
const REVOKE_WITHIN: Duration = Duration::from_secs(60 * 60 * 60);

impl Core {
    /// Completes the references of a new message, or says why it cannot be sent.
    pub(super) async fn resolve(
        &self,
        session: &Session,
        to: &Jid,
        content: &mut Content,
        context: &mut Context,
    ) -> Result<(), Error> {
        if let Some(target) = content.target() {
            let row = self.earlier(session, to, target, "target").await?;
            check_change(content, &row, to, self.now())?;
            check_post_change(to, content, &row)?;
            context.post = row.message.context.post;
            if let Some(target) = content.target_mut() {
                *target = reference(&row);
            }
            if let (Content::PollVote(vote), Content::Poll(poll)) = (&*content, &row.message.content) {
                let known = |option: &&String| !poll.options.contains(option);
                if let Some(unknown) = vote.options.iter().find(known) {
                    return Err(Error::invalid("options", format!("`{unknown}` is no option of this poll")));
                }
                let most = usize::try_from(poll.selectable).unwrap_or(usize::MAX);
                if poll.selectable > 0 && vote.options.len() > most {
                    return Err(Error::invalid("options", format!("at most {most} may be chosen in this poll")));
                }
            }
        }
        if let Some(quote) = &context.quoted {
            let row = self.earlier(session, to, &quote.message, "reply_to").await?;
            let message = reference(&row);
            context.quoted = Some(Quote { message, content: Some(Box::new(row.message.content)) });
        }
        Ok(())
    }

    async fn earlier(&self, session: &Session, to: &Jid, named: &MessageRef, field: &str) -> Result<MessageRow, Error> {
        let rows = messages::find(self.store().reader(), &session.id, &named.id).await?;
        let here = |row: &&MessageRow| row.message.chat.is_called(to);
        if rows.is_empty() {
            return Err(Error::not_found("message", &named.id.0));
        }
        match rows.iter().find(here) {
            Some(row) if row.message.content.target().is_some() => Err(Error::invalid(
                field,
                format!("{} is a {}, which nothing can refer to", named.id, row.message.content.kind()),
            )),
            Some(row) => Ok(row.clone()),
            None => Err(Error::invalid(field, format!("message {} is not in the conversation with {to}", named.id))),
        }
    }
}

fn reference(row: &MessageRow) -> MessageRef {
    let message = &row.message;
    MessageRef { id: message.id.clone(), from_me: message.from_me, sender: Some(message.sender.clone()) }
}

fn check_change(content: &Content, row: &MessageRow, to: &Jid, now: Timestamp) -> Result<(), Error> {
    let message = &row.message;
    let deleted = matches!(message.content, Content::Deleted {});
    let age = now.since(message.timestamp);
    match content {
        _ if deleted => Err(Error::Conflict("the message was deleted for everyone already".to_owned())),
        Content::Edit { .. } if !message.from_me => {
            Err(Error::Forbidden("only the author can edit a message: this one is somebody else's".to_owned()))
        }
        Content::Revoke { .. } if !message.from_me && !to.is_group() => Err(Error::Forbidden(
            "only the author can delete a message for everyone: this one is the other party's".to_owned(),
        )),
        Content::Edit { .. } | Content::Revoke { .. } if message.from_me && never_left(row.status) => {
            Err(Error::Conflict(format!("the message was never sent: it is {}", row.status.as_str())))
        }
        Content::Edit { .. } if !is_editable(&message.content) => {
            Err(Error::invalid("target", format!("a {} has no text to edit", message.content.kind())))
        }
        Content::Edit { .. } if age > EDIT_WITHIN => Err(too_late("edited", EDIT_WITHIN, age)),
        Content::Revoke { .. } if age > REVOKE_WITHIN => Err(too_late("deleted for everyone", REVOKE_WITHIN, age)),
        Content::PollVote(_) if !matches!(message.content, Content::Poll(_)) => {
            Err(Error::invalid("target", format!("is a {} and no poll", message.content.kind())))
        }
        _ => Ok(()),
    }
}

fn is_editable(content: &Content) -> bool {
    matches!(content, Content::Text { .. })
}

fn never_left(status: MessageStatus) -> bool {
    matches!(status, MessageStatus::Failed | MessageStatus::Cancelled)
}

fn too_late(what: &str, within: Duration, age: Duration) -> Error {
    let minutes = |time: Duration| time.as_secs() / 60;
    Error::Conflict(format!(
        "the message is {} minutes old: it can be {what} within {} minutes after it was sent",
        minutes(age),
        minutes(within)
    ))
}
