//! What can be sent to a newsletter: texts that everybody may read, and what is done to posts.

use switchboard_model::{Content, Context, Jid, MessageStatus};
use switchboard_store::messages::MessageRow;

use crate::Error;

pub(super) fn check_post(to: &Jid, content: &Content, context: &Context) -> Result<(), Error> {
    if !matches!(to, Jid::Newsletter(_)) {
        return Ok(());
    }
    match content {
        Content::Text { .. } | Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. } => {}
        other => {
            return Err(Error::Unsupported(format!(
                "a message of kind {} cannot be posted in a newsletter: texts can, reactions, and edits and deletions of posts",
                other.kind()
            )));
        }
    }
    let rest = Context { link_preview: None, forwarded: None, ..context.clone() };
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Error::Unsupported("only a link preview and the forwarded mark can go along with a post".to_owned()))
    }
}

/// Changes go out under the name of the post, which the network has to know by then.
pub(super) fn check_post_change(to: &Jid, content: &Content, row: &MessageRow) -> Result<(), Error> {
    if !matches!(to, Jid::Newsletter(_)) {
        return Ok(());
    }
    if row.message.from_me && row.status <= MessageStatus::Sending {
        return Err(Error::Conflict("the post is not sent yet: try again when it is".to_owned()));
    }
    match content {
        Content::Reaction { .. } if row.message.context.post.is_none() => Err(Error::Conflict(
            "the network has not said which number this post has, so nobody can react to it".to_owned(),
        )),
        _ => Ok(()),
    }
}
