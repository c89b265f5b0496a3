//! A newsletter as `w:mex` tells of it.

use serde_json::{Map, Value, json};

use crate::domain::{Newsletter, Wording};

/// In answer to what: each has its own fields.
#[derive(Clone, Copy)]
pub(super) enum Told {
    /// One among all that a number reads.
    Listed,
    /// Asked for, or just made.
    Asked { viewer: bool, creation: bool },
    /// Just reworded.
    Changed,
}

pub(super) fn newsletter_json(newsletter: &Newsletter, viewer: &str, told: Told) -> Value {
    let mut thread = thread(newsletter);
    // Numbers are told as texts.
    if let Told::Asked { creation, .. } = told {
        thread.insert("subscribers_count".into(), json!(newsletter.followers.len().to_string()));
        if creation {
            thread.insert("creation_time".into(), json!(newsletter.created_at.to_string()));
        }
    }
    let mut all = json!({
        "id": newsletter.jid().to_string(),
        "state": { "type": "ACTIVE" },
        "thread_metadata": thread,
    });
    if matches!(told, Told::Listed | Told::Asked { viewer: true, .. }) {
        all["viewer_metadata"] = viewer_json(newsletter, viewer);
    }
    all
}

fn thread(newsletter: &Newsletter) -> Map<String, Value> {
    let picture = |kind: &str| json!({ "id": "0", "type": kind, "direct_path": "" });
    let thread = json!({
        "name": wording(&newsletter.name),
        "description": wording(&newsletter.description),
        "invite": newsletter.invite,
        "handle": null,
        "picture": picture("IMAGE"),
        "preview": picture("PREVIEW"),
        "settings": { "reaction_codes": { "value": "ALL" } },
        "verification": "UNVERIFIED",
    });
    if let Value::Object(thread) = thread { thread } else { Map::new() }
}

fn wording(wording: &Wording) -> Value {
    let micros = wording.at.saturating_mul(1_000_000).to_string();
    json!({ "id": wording.id, "text": wording.text, "update_time": micros })
}

fn viewer_json(newsletter: &Newsletter, viewer: &str) -> Value {
    let role = match () {
        () if newsletter.owner == viewer => "OWNER",
        () if newsletter.is_for(viewer) => "SUBSCRIBER",
        () => "GUEST",
    };
    json!({ "role": role, "mute": "OFF" })
}
