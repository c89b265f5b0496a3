//! Pictures, about texts and privacy: what clients ask and set.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Who;
use super::iq::{Answer, BAD_REQUEST, NOT_FOUND};
use crate::domain::{World, is_group};
use crate::stanza::{Stanza as _, branch};

/// What can be set, beside what is open to all unless told otherwise.
const PRIVACY: [&str; 9] =
    ["readreceipts", "last", "status", "profile", "online", "groupadd", "calladd", "messages", "defense"];

pub(super) fn picture(world: &World, iq: &Node) -> Answer {
    let of = iq.jid("target").or_else(|| iq.jid("to").filter(|to| !to.user.is_empty())).ok_or(BAD_REQUEST)?;
    let id = world.picture_of(&of).ok_or(NOT_FOUND)?;
    let path = format!("/v/picture-{id}");
    let picture = NodeBuilder::new("picture")
        .attr("id", id)
        .attr("type", "image")
        .attr("url", format!("https://media.sandbox{path}"))
        .attr("direct_path", path);
    Ok(vec![picture.build()])
}

/// One's own, or that of the group that is named.
pub(super) fn set_picture(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let jpeg = iq.child("picture").map(|picture| picture.bytes().to_vec());
    if jpeg.as_ref().is_some_and(|jpeg| !jpeg.starts_with(b"\xff\xd8\xff")) {
        return Err(BAD_REQUEST);
    }
    let target = iq.jid("target").or_else(|| iq.jid("to")).filter(is_group);
    let id = match target {
        Some(group) => world.set_group_picture(&who.number, &group, jpeg.as_deref())?,
        None => world.set_picture(&who.number, jpeg.as_deref()),
    };
    Ok(id.map(|id| NodeBuilder::new("picture").attr("id", id).build()).into_iter().collect())
}

/// The about text.
pub(super) fn set_status(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let text = iq.child("status").ok_or(BAD_REQUEST)?.bytes();
    let text = String::from_utf8_lossy(text).into_owned();
    world.set_about(&who.number, &text);
    Ok(vec![])
}

pub(super) fn privacy(world: &World, who: &Who) -> Vec<Node> {
    let set = world.accounts.get(&who.number).map(|account| &account.profile.privacy);
    let value = |name: &str| match set.and_then(|set| set.get(name)) {
        Some(value) => value.clone(),
        None if name == "defense" => "off".to_owned(),
        None => "all".to_owned(),
    };
    let categories =
        PRIVACY.map(|name| NodeBuilder::new("category").attr("name", name).attr("value", value(name)).build());
    vec![branch("privacy", categories)]
}

pub(super) fn set_privacy(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let asked = iq.child("privacy").ok_or(BAD_REQUEST)?.clone();
    let account = world.known(&who.number).ok_or(NOT_FOUND)?;
    for category in asked.kids() {
        let (name, value) = (category.text("name").ok_or(BAD_REQUEST)?, category.text("value").ok_or(BAD_REQUEST)?);
        if !PRIVACY.contains(&name.as_str()) {
            return Err(BAD_REQUEST);
        }
        account.profile.privacy.insert(name, value);
    }
    Ok(vec![asked])
}
