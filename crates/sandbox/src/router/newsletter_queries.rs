//! What clients ask about newsletters and do to them in GraphQL.

use serde_json::{Value, json};
use wacore_binary::Jid;

use super::Who;
use super::iq::{BAD_REQUEST, Refusal};
use super::newsletter_json::{Told, newsletter_json};
use crate::domain::World;

const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2_048;

#[derive(Clone, Copy)]
enum Operation {
    Subscribed,
    Metadata,
    Create,
    Update,
    Join,
    Leave,
    AdminCount,
}

impl Operation {
    /// The ids that stand for queries: today's, and those that other clients still send.
    fn of(query: &str) -> Option<Self> {
        Some(match query {
            "25399611239711790" => Self::Subscribed,
            "27456920720571478" | "6563316087068696" => Self::Metadata,
            "25149874324715067" | "8823471724422422" => Self::Create,
            "24250201037901610" => Self::Update,
            "24404358912487870" => Self::Join,
            "9767147403369991" => Self::Leave,
            "7130823597031706" => Self::AdminCount,
            _ => return None,
        })
    }

    /// Where the answer stands.
    fn path(self) -> &'static str {
        match self {
            Self::Subscribed => "xwa2_newsletter_subscribed",
            Self::Metadata => "xwa2_newsletter",
            Self::Create => "xwa2_newsletter_create",
            Self::Update => "xwa2_newsletter_update",
            Self::Join => "xwa2_newsletter_join_v2",
            Self::Leave => "xwa2_newsletter_leave_v2",
            Self::AdminCount => "xwa2_newsletter_admin",
        }
    }
}

/// Nothing for a query that is about something else.
pub(super) fn answer(world: &mut World, who: &Who, query: &str, given: &Value) -> Option<Result<Value, Refusal>> {
    let operation = Operation::of(query)?;
    Some(carry_out(world, who, operation, given).map(|data| json!({ operation.path(): data })))
}

fn carry_out(world: &mut World, who: &Who, operation: Operation, given: &Value) -> Result<Value, Refusal> {
    let jid = || given["newsletter_id"].as_str().and_then(|id| id.parse::<Jid>().ok()).ok_or(BAD_REQUEST);
    match operation {
        Operation::Subscribed => {
            let all = world.newsletters_of(&who.number);
            Ok(all.map(|newsletter| newsletter_json(newsletter, &who.number, Told::Listed)).collect())
        }
        Operation::Metadata => metadata(world, who, given),
        Operation::Create => create(world, who, &given["input"]),
        Operation::Update => update(world, who, &jid()?, &given["updates"]),
        Operation::Join => {
            world.follow(&who.number, &jid()?)?;
            state(world, &jid()?)
        }
        Operation::Leave => {
            world.unfollow(&who.number, &jid()?)?;
            state(world, &jid()?)
        }
        Operation::AdminCount => {
            let newsletter = world.newsletter(&jid()?)?;
            newsletter.demand_owner(&who.number)?;
            Ok(json!({ "id": newsletter.jid().to_string(), "admin_count": 1 }))
        }
    }
}

fn metadata(world: &World, who: &Who, given: &Value) -> Result<Value, Refusal> {
    let key = given["input"]["key"].as_str().ok_or(BAD_REQUEST)?;
    let newsletter = match given["input"]["type"].as_str() {
        Some("INVITE") => world.invited_to_newsletter(key)?,
        _ => world.newsletter(&key.parse().map_err(|_| BAD_REQUEST)?)?,
    };
    let told =
        Told::Asked { viewer: given["fetch_viewer_metadata"] == true, creation: given["fetch_creation_time"] == true };
    Ok(newsletter_json(newsletter, &who.number, told))
}

fn create(world: &mut World, who: &Who, input: &Value) -> Result<Value, Refusal> {
    let name = text(&input["name"], LONGEST_NAME)?.filter(|name| !name.is_empty()).ok_or(BAD_REQUEST)?;
    let description = text(&input["description"], LONGEST_DESCRIPTION)?.unwrap_or_default();
    let newsletter = world.found_newsletter(&who.number, name, description);
    Ok(newsletter_json(&newsletter, &who.number, Told::Asked { viewer: true, creation: true }))
}

fn update(world: &mut World, who: &Who, jid: &Jid, updates: &Value) -> Result<Value, Refusal> {
    let name = text(&updates["name"], LONGEST_NAME)?;
    let description = text(&updates["description"], LONGEST_DESCRIPTION)?;
    if name.is_some_and(str::is_empty) {
        return Err(BAD_REQUEST);
    }
    world.reword_newsletter(&who.number, jid, name, description)?;
    Ok(newsletter_json(world.newsletter(jid)?, &who.number, Told::Changed))
}

/// All that is told of a newsletter that one comes to or leaves.
fn state(world: &World, jid: &Jid) -> Result<Value, Refusal> {
    let newsletter = world.newsletter(jid)?;
    Ok(json!({ "id": newsletter.jid().to_string(), "state": { "type": "ACTIVE" } }))
}

fn text(value: &Value, most: usize) -> Result<Option<&str>, Refusal> {
    let text = value.as_str();
    if text.is_some_and(|text| text.chars().count() > most) { Err(BAD_REQUEST) } else { Ok(text) }
}
