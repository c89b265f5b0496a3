//! What was posted in a newsletter, followed or not.

use switchboard_model::{Jid, Post, SessionId};

use super::about;
use crate::{Caller, Core, Error, caller::Scope};

/// The network tells no more at once.
const MOST: u32 = 100;

/// The newest posts first.
#[derive(Clone, Debug)]
pub struct PostPage {
    pub posts: Vec<Post>,
    /// The page with the posts before these begins here; nothing when these are the first ones.
    pub before: Option<u64>,
}

impl Core {
    /// The newest posts, or those before the one with that number.
    pub async fn newsletter_posts(
        &self,
        caller: &Caller,
        session: &SessionId,
        newsletter: &Jid,
        limit: u32,
        before: Option<u64>,
    ) -> Result<PostPage, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        if !(1..=MOST).contains(&limit) {
            return Err(Error::invalid("limit", format!("must be 1 to {MOST}")));
        }
        let mut posts = link.posts(newsletter, limit, before).await.map_err(about(newsletter))?;
        posts.sort_by_key(|post| std::cmp::Reverse(post.number));
        let more = posts.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let before = posts.last().map(|post| post.number).filter(|_| more);
        Ok(PostPage { posts, before })
    }
}
