//! Newsletters as the user of a phone makes, follows and reads them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;
use crate::domain::{Newsletter, World, newsletter_jid};

#[derive(Deserialize)]
pub(super) struct NewNewsletter {
    name: String,
    #[serde(default)]
    description: String,
}

#[derive(Serialize)]
pub(super) struct NewsletterView {
    id: String,
    name: String,
    description: String,
    owner: String,
    invite_code: String,
    followers: Vec<String>,
    posts: Vec<PostView>,
}

#[derive(Serialize)]
struct PostView {
    post: u64,
    id: String,
    #[serde(rename = "type")]
    kind: String,
    views: usize,
    reactions: BTreeMap<String, usize>,
}

impl NewsletterView {
    fn of(newsletter: &Newsletter) -> Self {
        let posts = newsletter.posts.iter().map(|post| PostView {
            post: post.number,
            id: post.id.clone(),
            kind: post.body.kind.clone(),
            views: post.views.len(),
            reactions: post.reaction_counts().into_iter().map(|(emoji, count)| (emoji.to_owned(), count)).collect(),
        });
        Self {
            id: newsletter.jid().to_string(),
            name: newsletter.name.text.clone(),
            description: newsletter.description.text.clone(),
            owner: newsletter.owner.clone(),
            invite_code: newsletter.invite.clone(),
            followers: newsletter.followers.iter().cloned().collect(),
            posts: posts.collect(),
        }
    }
}

pub(super) async fn create(
    net: Net,
    Path(text): Path<String>,
    Body(new): Body<NewNewsletter>,
) -> Result<(StatusCode, Json<NewsletterView>), Failed> {
    let by = number(&text, "number")?;
    if new.name.trim().is_empty() {
        return Err(Failed::bad_request("name: a newsletter needs one"));
    }
    let State(shared) = net;
    let made = shared.commit(|world| {
        online(world, &by)?;
        Ok::<_, Failed>(NewsletterView::of(&world.found_newsletter(&by, &new.name, &new.description)))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Those that a phone runs or follows.
pub(super) async fn list(net: Net, Path(text): Path<String>) -> Result<Json<serde_json::Value>, Failed> {
    let number = number(&text, "number")?;
    let all: Vec<NewsletterView> = net.with(|world| world.newsletters_of(&number).map(NewsletterView::of).collect());
    Ok(Json(serde_json::json!({ "newsletters": all })))
}

/// What is named is changed.
#[derive(Deserialize)]
pub(super) struct Change {
    name: Option<String>,
    description: Option<String>,
}

pub(super) async fn change(
    net: Net,
    path: Path<(String, String)>,
    Body(change): Body<Change>,
) -> Result<Json<NewsletterView>, Failed> {
    act(net, path, |world, by, jid| {
        world.reword_newsletter(by, jid, change.name.as_deref(), change.description.as_deref()).map_err(Failed::from)
    })
    .await
}

pub(super) async fn follow(net: Net, path: Path<(String, String)>) -> Result<Json<NewsletterView>, Failed> {
    act(net, path, |world, by, jid| world.follow(by, jid).map_err(Failed::from)).await
}

pub(super) async fn unfollow(net: Net, path: Path<(String, String)>) -> Result<Json<NewsletterView>, Failed> {
    act(net, path, |world, by, jid| world.unfollow(by, jid).map_err(Failed::from)).await
}

/// Does something to a newsletter and shows it as it is then.
async fn act(
    State(shared): Net,
    Path((text, id)): Path<(String, String)>,
    done: impl FnOnce(&mut World, &str, &Jid) -> Result<(), Failed>,
) -> Result<Json<NewsletterView>, Failed> {
    let by = number(&text, "number")?;
    let jid =
        newsletter_jid(&id).ok_or_else(|| Failed::not_found(format!("\"{id}\" is not the JID of a newsletter")))?;
    let shown = shared.commit(|world| {
        online(world, &by)?;
        done(world, &by, &jid)?;
        Ok::<_, Failed>(NewsletterView::of(world.newsletter(&jid)?))
    });
    Ok(Json(shown.await?))
}

fn online(world: &mut World, number: &str) -> Result<(), Failed> {
    let there = world.account(number).phone.is_online();
    there.then_some(()).ok_or_else(|| Failed::conflict("the phone is offline"))
}
