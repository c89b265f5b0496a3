//! Newsletters as `/v1` shows them.

use serde::Serialize;
use switchboard_core::PostPage;
use switchboard_model::{Newsletter as ModelNewsletter, NewsletterRole, Post as ModelPost};
use utoipa::ToSchema;

use crate::{native::wire::time, shown::shown};

#[derive(Serialize, ToSchema)]
#[schema(as = Newsletter)]
pub(super) struct Newsletter {
    #[schema(example = "120363302171476233@newsletter")]
    id: String,
    #[schema(example = "Bakery News")]
    name: String,
    description: Option<String>,
    /// Null where the network does not tell it, as in lists.
    follower_count: Option<u64>,
    /// The network vouches for who runs it.
    verified: bool,
    /// `active`, `suspended` or `geosuspended`.
    state: &'static str,
    /// Its link.
    #[schema(example = "https://whatsapp.com/channel/0029VaAbCdEfGhIjKlMnOp")]
    url: Option<String>,
    /// What this account is in it: `owner`, `admin`, `follower` or `guest`.
    own_role: Option<&'static str>,
    created_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct NewsletterList {
    newsletters: Vec<Newsletter>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NewsletterPost)]
pub(super) struct Post {
    /// The network's number for it; later posts have higher ones.
    #[schema(example = 118)]
    post: u64,
    /// The id of the message that it is.
    id: Option<String>,
    timestamp: String,
    /// This account posted it.
    from_me: bool,
    /// The kind of its content.
    #[schema(example = "text")]
    kind: String,
    /// As in messages.
    #[schema(value_type = Object, example = json!({"type": "text", "text": "Hello"}))]
    content: serde_json::Value,
    /// As in messages.
    #[schema(value_type = Object)]
    context: serde_json::Value,
    reactions: Vec<PostReaction>,
}

#[derive(Serialize, ToSchema)]
struct PostReaction {
    emoji: String,
    count: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Posts {
    posts: Vec<Post>,
    /// The number to ask for posts `before`; null when there are none.
    next_before: Option<u64>,
}

impl From<ModelNewsletter> for Newsletter {
    fn from(newsletter: ModelNewsletter) -> Self {
        Self {
            id: newsletter.jid.to_string(),
            name: newsletter.name,
            description: newsletter.description,
            follower_count: newsletter.follower_count,
            verified: newsletter.verified,
            state: newsletter.state.as_str(),
            url: newsletter.invite.map(|code| format!("https://whatsapp.com/channel/{code}")),
            own_role: newsletter.own_role.map(NewsletterRole::as_str),
            created_at: newsletter.created_at.map(time),
        }
    }
}

impl From<Vec<ModelNewsletter>> for NewsletterList {
    fn from(all: Vec<ModelNewsletter>) -> Self {
        Self { newsletters: all.into_iter().map(Newsletter::from).collect() }
    }
}

impl From<ModelPost> for Post {
    fn from(post: ModelPost) -> Self {
        let reactions = post.reactions.into_iter();
        Self {
            post: post.number,
            id: post.id.map(|id| id.0),
            timestamp: time(post.at),
            from_me: post.from_me,
            kind: post.content.kind().to_owned(),
            content: shown(&post.content),
            context: shown(&post.context),
            reactions: reactions.map(|one| PostReaction { emoji: one.emoji, count: one.count }).collect(),
        }
    }
}

impl From<PostPage> for Posts {
    fn from(page: PostPage) -> Self {
        Self { posts: page.posts.into_iter().map(Post::from).collect(), next_before: page.before }
    }
}
