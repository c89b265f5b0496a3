//! A newsletter, which apps call a channel, and what is posted there.

use crate::{Content, Context, Jid, MessageId, Timestamp};

#[derive(Clone, Debug, PartialEq)]
pub struct Newsletter {
    pub jid: Jid,
    pub name: String,
    pub description: Option<String>,
    /// The network does not tell it with every answer.
    pub follower_count: Option<u64>,
    /// The network vouches for who runs it.
    pub verified: bool,
    pub state: NewsletterState,
    /// The code of its link.
    pub invite: Option<String>,
    /// What this account is in it.
    pub own_role: Option<NewsletterRole>,
    pub created_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewsletterState {
    #[default]
    Active,
    Suspended,
    /// In some countries.
    Geosuspended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewsletterRole {
    Owner,
    Admin,
    Follower,
    /// Looks at it without following it.
    Guest,
}

/// A post as the newsletter's history shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// The network's own number for it; later posts have higher ones.
    pub number: u64,
    /// `None` where the network does not tell it.
    pub id: Option<MessageId>,
    pub at: Timestamp,
    /// Whether this account posted it.
    pub from_me: bool,
    pub content: Content,
    pub context: Context,
    pub reactions: Vec<ReactionCount>,
}

/// How many gave this emoji; who they are nobody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionCount {
    pub emoji: String,
    pub count: u64,
}

impl NewsletterState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Geosuspended => "geosuspended",
        }
    }
}

impl NewsletterRole {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Follower => "follower",
            Self::Guest => "guest",
        }
    }

    /// Whether it may post and say what the newsletter is about.
    #[must_use]
    pub const fn may_post(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}
