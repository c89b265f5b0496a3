//! Newsletters, which apps call channels: who runs one, who follows it, what was posted there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use wacore_binary::{Jid, Server};

use super::World;
use super::groups::invite_code;
use crate::phone::blob;
use crate::random;

/// Clients take smaller numbers for none.
const FIRST_POST: u64 = 100;
/// The oldest posts are forgotten beyond this many.
const KEPT: usize = 1_000;

/// People are named by their numbers here; no follower is ever told of another.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Newsletter {
    /// The user part of its JID.
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) name: Wording,
    pub(crate) description: Wording,
    pub(crate) created_at: u64,
    pub(crate) invite: String,
    /// Without the owner.
    pub(crate) followers: BTreeSet<String>,
    /// Oldest first.
    pub(crate) posts: VecDeque<Post>,
    next_post: u64,
}

/// A text that can be replaced.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Wording {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) at: u64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Post {
    /// The network's own number for it, which reactions name.
    pub(crate) number: u64,
    /// Its author's id for it, which edits and deletions name.
    pub(crate) id: String,
    pub(crate) at: u64,
    pub(crate) changed_at: Option<u64>,
    pub(crate) body: PostBody,
    /// Emojis, by the number of who gave them.
    pub(crate) reactions: BTreeMap<String, String>,
    /// Who has seen it.
    pub(crate) views: BTreeSet<String>,
}

/// A message in the clear, with what its sender said about it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PostBody {
    /// The `type` of the stanza.
    pub(crate) kind: String,
    pub(crate) media: Option<String>,
    /// Nothing once it was deleted.
    #[serde(with = "blob")]
    pub(crate) plain: Vec<u8>,
}

/// Why something cannot be done to a newsletter.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NewsletterError {
    #[error("there is no such newsletter on this network")]
    Unknown,
    #[error("the invite code belongs to no newsletter")]
    NoSuchInvite,
    #[error("only the owner of the newsletter may do that")]
    NotTheOwner,
    #[error("only who follows the newsletter may do that")]
    NotAFollower,
    #[error("the newsletter has no such post")]
    NoSuchPost,
}

impl Newsletter {
    pub(crate) fn jid(&self) -> Jid {
        Jid::newsletter(self.id.as_str())
    }

    pub(crate) fn demand_owner(&self, number: &str) -> Result<(), NewsletterError> {
        (self.owner == number).then_some(()).ok_or(NewsletterError::NotTheOwner)
    }

    pub(crate) fn demand_reader(&self, number: &str) -> Result<(), NewsletterError> {
        self.is_for(number).then_some(()).ok_or(NewsletterError::NotAFollower)
    }

    /// Whether its posts go there.
    pub(crate) fn is_for(&self, number: &str) -> bool {
        self.owner == number || self.followers.contains(number)
    }

    pub(crate) fn post(&self, id: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.id == id)
    }

    pub(super) fn post_mut(&mut self, wanted: impl Fn(&Post) -> bool) -> Result<&mut Post, NewsletterError> {
        self.posts.iter_mut().find(|post| wanted(post)).ok_or(NewsletterError::NoSuchPost)
    }

    pub(super) fn add(&mut self, id: &str, at: u64, body: PostBody) -> Post {
        let (reactions, views) = Default::default();
        let post = Post { number: self.next_post, id: id.to_owned(), at, changed_at: None, body, reactions, views };
        self.next_post += 1;
        self.posts.push_back(post.clone());
        if self.posts.len() > KEPT {
            self.posts.pop_front();
        }
        post
    }
}

impl Post {
    /// How many gave which emoji.
    pub(crate) fn reaction_counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for emoji in self.reactions.values() {
            *counts.entry(emoji.as_str()).or_default() += 1;
        }
        counts
    }
}

impl World {
    pub(crate) fn found_newsletter(&mut self, owner: &str, name: &str, description: &str) -> Newsletter {
        let newsletter = Newsletter {
            id: newsletter_id(),
            owner: owner.to_owned(),
            name: self.wording(name),
            description: self.wording(description),
            created_at: self.now_secs(),
            invite: invite_code(),
            followers: BTreeSet::new(),
            posts: VecDeque::new(),
            next_post: FIRST_POST,
        };
        self.changed.newsletters.insert(newsletter.id.clone());
        self.newsletters.insert(newsletter.id.clone(), newsletter.clone());
        newsletter
    }

    pub(crate) fn newsletter(&self, jid: &Jid) -> Result<&Newsletter, NewsletterError> {
        let found = if is_newsletter(jid) { self.newsletters.get(jid.user.as_str()) } else { None };
        found.ok_or(NewsletterError::Unknown)
    }

    /// To be changed and written to disk.
    pub(super) fn newsletter_mut(&mut self, jid: &Jid) -> Result<&mut Newsletter, NewsletterError> {
        let found = self.newsletters.get_mut(jid.user.as_str()).ok_or(NewsletterError::Unknown)?;
        self.changed.newsletters.insert(found.id.clone());
        Ok(found)
    }

    /// Those that a number runs or follows.
    pub(crate) fn newsletters_of(&self, number: &str) -> impl Iterator<Item = &Newsletter> {
        self.newsletters.values().filter(move |newsletter| newsletter.is_for(number))
    }

    pub(crate) fn invited_to_newsletter(&self, code: &str) -> Result<&Newsletter, NewsletterError> {
        self.newsletters.values().find(|newsletter| newsletter.invite == code).ok_or(NewsletterError::NoSuchInvite)
    }

    /// The owner reads along anyway.
    pub(crate) fn follow(&mut self, number: &str, jid: &Jid) -> Result<(), NewsletterError> {
        if self.newsletter(jid)?.owner != number {
            self.newsletter_mut(jid)?.followers.insert(number.to_owned());
        }
        Ok(())
    }

    pub(crate) fn unfollow(&mut self, number: &str, jid: &Jid) -> Result<(), NewsletterError> {
        self.newsletter(jid)?.demand_reader(number)?;
        self.newsletter_mut(jid)?.followers.remove(number);
        Ok(())
    }

    /// What is not given stays.
    pub(crate) fn reword_newsletter(
        &mut self,
        by: &str,
        jid: &Jid,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<(), NewsletterError> {
        self.newsletter(jid)?.demand_owner(by)?;
        let (name, description) = (name.map(|text| self.wording(text)), description.map(|text| self.wording(text)));
        let newsletter = self.newsletter_mut(jid)?;
        if let Some(name) = name {
            newsletter.name = name;
        }
        if let Some(description) = description {
            newsletter.description = description;
        }
        Ok(())
    }

    fn wording(&self, text: &str) -> Wording {
        Wording { id: self.fresh_id(), text: text.to_owned(), at: self.now_secs() }
    }
}

pub(crate) fn is_newsletter(jid: &Jid) -> bool {
    jid.server == Server::Newsletter
}

/// The newsletter a chat is, if it is one.
pub(crate) fn newsletter_jid(chat: &str) -> Option<Jid> {
    chat.parse().ok().filter(is_newsletter)
}

/// Eighteen digits, as groups have.
fn newsletter_id() -> String {
    let random = u64::from_be_bytes(random::bytes());
    (120_363_000_000_000_000 + random % 1_000_000_000_000).to_string()
}
