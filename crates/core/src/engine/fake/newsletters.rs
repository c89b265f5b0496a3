//! Newsletters of the engine in memory: as the test has put them, changed as asked.

use async_trait::async_trait;
use switchboard_model::{Jid, Newsletter, NewsletterRole, NewsletterState, Post};

use super::super::{EngineError, NewsletterEdit, NewsletterKey, NewsletterLink};
use super::{FakeLink, FakeSession};

/// One of them, with what was posted there.
#[derive(Clone, Debug)]
pub struct FakeNewsletter {
    pub newsletter: Newsletter,
    pub posts: Vec<Post>,
}

impl FakeSession {
    /// Puts a newsletter on the network, or another in the place of its namesake.
    pub fn put_newsletter(&self, put: FakeNewsletter) {
        let mut all = self.newsletters();
        all.retain(|other| other.newsletter.jid != put.newsletter.jid);
        all.push(put);
    }

    fn find_newsletter(&self, key: &NewsletterKey) -> Result<FakeNewsletter, EngineError> {
        let is = |found: &&FakeNewsletter| match key {
            NewsletterKey::Jid(jid) => found.newsletter.jid == *jid,
            NewsletterKey::Invite(code) => found.newsletter.invite.as_ref() == Some(code),
        };
        let found = self.newsletters().iter().find(is).cloned();
        found.ok_or_else(|| EngineError::Missing("Not Found".to_owned()))
    }

    fn change(&self, jid: &Jid, change: impl FnOnce(&mut Newsletter)) -> Result<(), EngineError> {
        let mut found = self.find_newsletter(&NewsletterKey::Jid(jid.clone()))?;
        change(&mut found.newsletter);
        self.put_newsletter(found);
        Ok(())
    }
}

#[async_trait]
impl NewsletterLink for FakeLink {
    async fn newsletters(&self) -> Result<Vec<Newsletter>, EngineError> {
        self.online()?;
        let all = self.session().newsletters().clone().into_iter().map(|found| found.newsletter);
        Ok(all.filter(|newsletter| newsletter.own_role.is_some_and(|role| role != NewsletterRole::Guest)).collect())
    }

    async fn newsletter(&self, which: &NewsletterKey) -> Result<Newsletter, EngineError> {
        self.online()?;
        Ok(self.session().find_newsletter(which)?.newsletter)
    }

    async fn create_newsletter(&self, name: &str, description: Option<&str>) -> Result<Newsletter, EngineError> {
        self.online()?;
        let count = self.session().newsletters().len();
        let newsletter = Newsletter {
            jid: Jid::Newsletter(format!("{}", 120_363_000_000_000_000_u64 + count as u64)),
            name: name.to_owned(),
            description: description.map(str::to_owned),
            follower_count: Some(0),
            verified: false,
            state: NewsletterState::Active,
            invite: Some(format!("Fake{count}")),
            own_role: Some(NewsletterRole::Owner),
            created_at: None,
        };
        self.session().put_newsletter(FakeNewsletter { newsletter: newsletter.clone(), posts: Vec::new() });
        Ok(newsletter)
    }

    async fn change_newsletter(&self, jid: &Jid, edit: &NewsletterEdit) -> Result<(), EngineError> {
        self.online()?;
        let NewsletterEdit { name, description } = edit.clone();
        self.session().change(jid, |newsletter| {
            newsletter.name = name.unwrap_or_else(|| newsletter.name.clone());
            if let Some(text) = description {
                newsletter.description = Some(text).filter(|text| !text.is_empty());
            }
        })
    }

    async fn follow_newsletter(&self, jid: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.session().change(jid, |newsletter| newsletter.own_role = Some(NewsletterRole::Follower))
    }

    async fn unfollow_newsletter(&self, jid: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.session().change(jid, |newsletter| newsletter.own_role = Some(NewsletterRole::Guest))
    }

    async fn posts(&self, jid: &Jid, count: u32, before: Option<u64>) -> Result<Vec<Post>, EngineError> {
        self.online()?;
        let mut posts = self.session().find_newsletter(&NewsletterKey::Jid(jid.clone()))?.posts;
        posts.retain(|post| before.is_none_or(|before| post.number < before));
        posts.sort_by_key(|post| std::cmp::Reverse(post.number));
        posts.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(posts)
    }
}
