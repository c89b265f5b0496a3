//! What clients ask about the groups of a community in GraphQL.

use serde_json::{Value, json};
use wacore_binary::Jid;

use super::{Who, communities};
use crate::domain::{Group, GroupError, World};

const GROUPS: &str = "9935467776504344";
const SIZES: &str = "24079399904996141";

/// Nothing for a query that is about something else.
pub(super) fn answer(world: &World, who: &Who, query: &str, given: &Value) -> Option<Result<Value, GroupError>> {
    match query {
        GROUPS => Some(groups(world, who, &given["group_id"])),
        SIZES => Some(sizes(world, who, &given["input"]["group_jid"])),
        _ => None,
    }
}

fn groups(world: &World, who: &Who, community: &Value) -> Result<Value, GroupError> {
    let community = communities::seen(world, who, &jid(community)?)?;
    let (first, others): (Vec<_>, Vec<_>) = world.groups_in(community).into_iter().partition(Group::is_announcements);
    let edges: Vec<Value> = others.iter().map(|group| json!({ "node": named(group) })).collect();
    Ok(json!({ "xwa2_group_query_by_id": {
        "id": community.jid().to_string(),
        "default_sub_group": first.first().map(named),
        "sub_groups": { "edges": edges },
    } }))
}

fn named(group: &Group) -> Value {
    let mut node = json!({
        "id": group.jid().to_string(),
        "subject": { "value": group.subject.text, "creation_time": group.subject.at },
    });
    if group.is_general() {
        node["properties"] = json!({ "general_chat": "1" });
    }
    node
}

fn sizes(world: &World, who: &Who, community: &Value) -> Result<Value, GroupError> {
    let community = communities::seen(world, who, &jid(community)?)?;
    let others = world.groups_in(community).into_iter().filter(|group| !group.is_announcements());
    let size = |group: Group| json!({ "id": group.jid().to_string(), "total_participants_count": group.members.len() });
    let edges: Vec<Value> = others.map(|group| json!({ "node": size(group) })).collect();
    Ok(json!({ "xwa2_group_query_by_id": { "id": community.jid().to_string(), "sub_groups": { "edges": edges } } }))
}

fn jid(value: &Value) -> Result<Jid, GroupError> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or(GroupError::Unknown)
}
