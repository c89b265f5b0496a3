//! Groups as the user of a phone makes and changes them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;
use crate::domain::{Group, Place, Role, Setting, World, group_jid};

#[derive(Deserialize)]
pub(super) struct NewGroup {
    subject: String,
    #[serde(default)]
    participants: Vec<String>,
    /// The one that it is to belong to.
    community: Option<String>,
}

#[derive(Serialize)]
pub(super) struct GroupView {
    id: String,
    subject: String,
    description: Option<String>,
    owner: String,
    announcement: bool,
    locked: bool,
    approval: bool,
    invite_code: String,
    participants: Vec<MemberView>,
    /// The numbers of those who wait to be let in.
    requests: Vec<String>,
    place: Place,
}

#[derive(Serialize)]
struct MemberView {
    number: String,
    role: Role,
}

impl GroupView {
    pub(super) fn of(group: &Group) -> Self {
        let members = group.members.iter();
        Self {
            id: group.jid().to_string(),
            subject: group.subject.text.clone(),
            description: group.description.as_ref().map(|note| note.text.clone()),
            owner: group.creator.clone(),
            announcement: group.announcement,
            locked: group.locked,
            approval: group.approval,
            invite_code: group.invite.clone(),
            participants: members.map(|(number, role)| MemberView { number: number.clone(), role: *role }).collect(),
            requests: group.requests.keys().cloned().collect(),
            place: group.place.clone(),
        }
    }
}

pub(super) async fn create(
    net: Net,
    Path(text): Path<String>,
    Body(new): Body<NewGroup>,
) -> Result<(StatusCode, Json<GroupView>), Failed> {
    let by = number(&text, "number")?;
    if new.subject.trim().is_empty() {
        return Err(Failed::bad_request("subject: a group needs one"));
    }
    let others = numbers(&new.participants)?;
    let community = new.community.as_deref().map(jid_of).transpose()?;
    let State(shared) = net;
    let made = shared.commit(|world| {
        online(world, &by)?;
        if let Some(unknown) = others.iter().find(|number| !world.accounts.contains_key(*number)) {
            return Err(Failed::not_found(format!("participants: {unknown} is not on WhatsApp; make a phone for it")));
        }
        let made = match &community {
            Some(community) => world.found_group_in(&by, &new.subject, &others, community)?,
            None => world.found_group(&by, &new.subject, &others),
        };
        Ok(GroupView::of(&made))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// The groups that a phone is in.
pub(super) async fn list(net: Net, Path(text): Path<String>) -> Result<Json<serde_json::Value>, Failed> {
    let number = number(&text, "number")?;
    let groups: Vec<GroupView> = net.with(|world| world.groups_of(&number).map(GroupView::of).collect());
    Ok(Json(serde_json::json!({ "groups": groups })))
}

/// What a phone does to a group: each field that is there is done.
#[derive(Deserialize)]
pub(super) struct Change {
    subject: Option<String>,
    description: Option<String>,
    announcement: Option<bool>,
    locked: Option<bool>,
    approval: Option<bool>,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    promote: Vec<String>,
    #[serde(default)]
    demote: Vec<String>,
    #[serde(default)]
    approve: Vec<String>,
    #[serde(default)]
    reject: Vec<String>,
    /// Groups that come into this community.
    #[serde(default)]
    link: Vec<String>,
    /// Groups that go from it.
    #[serde(default)]
    unlink: Vec<String>,
    #[serde(default)]
    revoke_invite: bool,
}

pub(super) async fn change(
    net: Net,
    Path((text, group)): Path<(String, String)>,
    Body(change): Body<Change>,
) -> Result<Json<GroupView>, Failed> {
    let by = number(&text, "number")?;
    let jid = jid_of(&group)?;
    let State(shared) = net;
    let done = shared.commit(|world| {
        online(world, &by)?;
        apply(world, &by, &jid, &change)?;
        Ok::<_, Failed>(GroupView::of(world.group(&jid)?))
    });
    Ok(Json(done.await?))
}

fn apply(world: &mut World, by: &str, jid: &Jid, change: &Change) -> Result<(), Failed> {
    world.group(jid)?.demand_member(by)?;
    if let Some(text) = &change.subject {
        world.set_subject(by, jid, text)?;
    }
    if let Some(text) = &change.description {
        world.set_description(by, jid, Some(text.as_str()).filter(|text| !text.is_empty()))?;
    }
    let settings = [
        change.announcement.map(Setting::Announcement),
        change.locked.map(Setting::Locked),
        change.approval.map(Setting::Approval),
    ];
    for setting in settings.into_iter().flatten() {
        world.set_setting(by, jid, setting)?;
    }
    let done = [
        unless_empty(&change.add, |people| world.add_members(by, jid, people))?,
        unless_empty(&change.remove, |people| world.remove_members(by, jid, people))?,
        unless_empty(&change.promote, |people| world.set_role(by, jid, people, Role::Admin))?,
        unless_empty(&change.demote, |people| world.set_role(by, jid, people, Role::Member))?,
        unless_empty(&change.approve, |people| world.decide(by, jid, people, true))?,
        unless_empty(&change.reject, |people| world.decide(by, jid, people, false))?,
    ];
    if let Some((number, code)) = done.into_iter().flatten().find_map(|(number, error)| Some((number, error?))) {
        return Err(Failed::conflict(format!("{number}: the network answers {code}")));
    }
    for group in &change.link {
        world.link_group(by, jid, &jid_of(group)?)?;
    }
    for group in &change.unlink {
        world.unlink_group(by, jid, &jid_of(group)?, false)?;
    }
    if change.revoke_invite {
        world.revoke_invite(by, jid)?;
    }
    Ok(())
}

fn unless_empty<E>(
    people: &[String],
    act: impl FnOnce(&[String]) -> Result<crate::domain::Fates, E>,
) -> Result<crate::domain::Fates, Failed>
where
    Failed: From<E>,
{
    let people = numbers(people)?;
    if people.is_empty() { Ok(Vec::new()) } else { Ok(act(&people)?) }
}

pub(super) async fn leave(
    net: Net,
    Path((text, group)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Failed> {
    let by = number(&text, "number")?;
    let jid = jid_of(&group)?;
    let State(shared) = net;
    let done = shared.commit(|world| world.leave_group(&by, &jid).map_err(Failed::from));
    done.await?;
    Ok(Json(serde_json::json!({})))
}

#[derive(Deserialize)]
pub(super) struct Invitation {
    code: String,
}

#[derive(Serialize)]
pub(super) struct Joined {
    id: String,
    /// An admin has to let it in.
    waits: bool,
}

pub(super) async fn join(
    net: Net,
    Path(text): Path<String>,
    Body(invitation): Body<Invitation>,
) -> Result<Json<Joined>, Failed> {
    let by = number(&text, "number")?;
    let State(shared) = net;
    let joined = shared.commit(|world| {
        online(world, &by)?;
        Ok::<_, Failed>(world.join_by_invite(&by, &invitation.code)?)
    });
    let (id, waits) = joined.await?;
    Ok(Json(Joined { id: id.to_string(), waits }))
}

pub(super) fn online(world: &mut World, number: &str) -> Result<(), Failed> {
    let there = world.account(number).phone.is_online();
    there.then_some(()).ok_or_else(|| Failed::conflict("the phone is offline"))
}

fn numbers(texts: &[String]) -> Result<Vec<String>, Failed> {
    texts.iter().map(|text| number(text, "participants")).collect()
}

pub(super) fn jid_of(text: &str) -> Result<Jid, Failed> {
    group_jid(text).ok_or_else(|| Failed::not_found(format!("\"{text}\" is not the JID of a group")))
}
