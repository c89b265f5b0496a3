//! Newsletters through the running client.
//!
//! The queries are asked here rather than through the engine's own calls: those read roles and states in small letters
//! only, where the network writes them large, and keep the network's code for a refusal to themselves.

use async_trait::async_trait;
use serde_json::{Value, json};
use switchboard_core::engine::{EngineError, NewsletterEdit, NewsletterKey, NewsletterLink};
use switchboard_model::{Jid, Newsletter, NewsletterRole, NewsletterState, Post, Timestamp};
use wacore::{
    iq::{mex::MexResponse, mex_operations as operations},
    request::InfoQuery,
};
use wacore_binary::{NodeContent, NodeContentRef, NodeRef, builder::NodeBuilder};
use whatsapp_rust::{IqError, Jid as EngineJid, NewsletterError, Server};

use crate::{
    convert::{engine_jid, past_post},
    link::WhatsappLink,
};

#[async_trait]
impl NewsletterLink for WhatsappLink {
    async fn newsletters(&self) -> Result<Vec<Newsletter>, EngineError> {
        let all = self.ask(operations::fetch_all_newsletters_metadata::DOC_ID, json!({})).await?;
        let all = all["xwa2_newsletter_subscribed"].as_array().ok_or_else(unreadable)?;
        all.iter().map(newsletter).collect()
    }

    async fn newsletter(&self, which: &NewsletterKey) -> Result<Newsletter, EngineError> {
        let (key, kind) = match which {
            NewsletterKey::Jid(jid) => (jid.to_string(), "JID"),
            NewsletterKey::Invite(code) => (code.clone(), "INVITE"),
        };
        let variables = json!({
            "input": { "key": key, "type": kind, "view_role": "GUEST" },
            "fetch_viewer_metadata": true,
            "fetch_full_image": true,
            "fetch_creation_time": true,
        });
        let found = self.ask(operations::fetch_newsletter::DOC_ID, variables).await?;
        newsletter(there(&found, "xwa2_newsletter")?)
    }

    async fn create_newsletter(&self, name: &str, description: Option<&str>) -> Result<Newsletter, EngineError> {
        let variables = json!({ "input": { "name": name, "description": description } });
        let made = self.ask(operations::create_newsletter::DOC_ID, variables).await?;
        newsletter(there(&made, "xwa2_newsletter_create")?)
    }

    async fn change_newsletter(&self, jid: &Jid, edit: &NewsletterEdit) -> Result<(), EngineError> {
        let mut updates = json!({});
        for (field, text) in [("name", &edit.name), ("description", &edit.description)] {
            if let Some(text) = text {
                updates[field] = json!(text);
            }
        }
        let variables = json!({ "newsletter_id": jid.to_string(), "updates": updates });
        let changed = self.ask(operations::update_newsletter::DOC_ID, variables).await?;
        there(&changed, "xwa2_newsletter_update").map(drop)
    }

    async fn follow_newsletter(&self, jid: &Jid) -> Result<(), EngineError> {
        let joined = self.ask(operations::join_newsletter::DOC_ID, json!({ "newsletter_id": jid.to_string() })).await?;
        there(&joined, "xwa2_newsletter_join_v2").map(drop)
    }

    async fn unfollow_newsletter(&self, jid: &Jid) -> Result<(), EngineError> {
        let left = self.ask(operations::leave_newsletter::DOC_ID, json!({ "newsletter_id": jid.to_string() })).await?;
        there(&left, "xwa2_newsletter_leave_v2").map(drop)
    }

    async fn posts(&self, jid: &Jid, count: u32, before: Option<u64>) -> Result<Vec<Post>, EngineError> {
        self.online()?;
        let found = self.client.newsletter().get_messages(engine_jid(jid), count, before).await;
        let found = found.map_err(|error| match error {
            NewsletterError::Iq(error) => self.unanswered(error),
            other => self.failed(other.to_string()),
        })?;
        Ok(found.into_iter().map(|post| past_post(&self.client, jid, post)).collect())
    }
}

impl WhatsappLink {
    /// Asks one of the network's stored queries.
    async fn ask(&self, query: &str, variables: Value) -> Result<Value, EngineError> {
        self.online()?;
        let asked = asked(query, &variables);
        let answer = self.client.send_iq(asked).await.map_err(|error| self.unanswered(error))?;
        let told = told(answer.get()).ok_or_else(unreadable)?;
        match told.fatal_error() {
            Some(error) => Err(refusal(error.error_code(), &error.message)),
            None => told.data.ok_or_else(unreadable),
        }
    }

    fn unanswered(&self, error: IqError) -> EngineError {
        match error {
            IqError::ServerError { code, text, .. } => refusal(Some(code.into()), &text),
            other => self.failed(other.to_string()),
        }
    }
}

fn asked(query: &str, variables: &Value) -> InfoQuery<'static> {
    let body = json!({ "variables": variables }).to_string().into_bytes();
    let query = NodeBuilder::new("query").attr("query_id", query).bytes(body).build();
    InfoQuery::get("w:mex", EngineJid::new("", Server::Pn), Some(NodeContent::Nodes(vec![query])))
}

fn told(answer: &NodeRef<'_>) -> Option<MexResponse> {
    let result = answer.get_optional_child("result")?;
    match result.content.as_ref()? {
        NodeContentRef::Bytes(bytes) => serde_json::from_slice(bytes).ok(),
        NodeContentRef::String(text) => serde_json::from_str(text).ok(),
        NodeContentRef::Nodes(_) => None,
    }
}

/// The network's codes, in words.
fn refusal(code: Option<i32>, text: &str) -> EngineError {
    match code {
        Some(401 | 403) => EngineError::NotAllowed("the newsletter does not let this account do that".to_owned()),
        Some(404) => EngineError::Missing(text.to_owned()),
        Some(code) => EngineError::Refused(format!("the network refused: {text} (error {code})")),
        None => EngineError::Refused(format!("the network refused: {text}")),
    }
}

/// What the network does not know is null.
fn there<'a>(told: &'a Value, path: &str) -> Result<&'a Value, EngineError> {
    Some(&told[path]).filter(|found| !found.is_null()).ok_or_else(|| EngineError::Missing("no answer".to_owned()))
}

fn unreadable() -> EngineError {
    EngineError::Other("the network told of a newsletter in a way that is not known here".to_owned())
}

fn newsletter(told: &Value) -> Result<Newsletter, EngineError> {
    let jid = told["id"].as_str().and_then(|id| id.parse().ok()).ok_or_else(unreadable)?;
    let thread = &told["thread_metadata"];
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Newsletter {
        jid,
        name: text(&thread["name"]["text"]).unwrap_or_default(),
        description: text(&thread["description"]["text"]),
        follower_count: number(&thread["subscribers_count"]),
        verified: word(&thread["verification"]) == "verified",
        state: state(&told["state"]["type"]),
        invite: text(&thread["invite"]),
        own_role: role(&told["viewer_metadata"]["role"]),
        created_at: number(&thread["creation_time"])
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(Timestamp::from_secs),
    })
}

/// Numbers are told as texts.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_ascii_lowercase()
}

fn state(value: &Value) -> NewsletterState {
    match word(value).as_str() {
        "suspended" => NewsletterState::Suspended,
        "geosuspended" => NewsletterState::Geosuspended,
        _ => NewsletterState::Active,
    }
}

fn role(value: &Value) -> Option<NewsletterRole> {
    Some(match word(value).as_str() {
        "owner" => NewsletterRole::Owner,
        "admin" => NewsletterRole::Admin,
        "subscriber" => NewsletterRole::Follower,
        "guest" => NewsletterRole::Guest,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_network_tells_of_a_newsletter_is_read() {
        let told = json!({
            "id": "120363000000000001@newsletter",
            "state": { "type": "ACTIVE" },
            "thread_metadata": {
                "name": { "text": "News" }, "description": { "text": "" }, "invite": "0029Va",
                "subscribers_count": "7", "creation_time": "1700000000", "verification": "VERIFIED",
            },
            "viewer_metadata": { "role": "SUBSCRIBER" },
        });
        let read = newsletter(&told).unwrap();
        assert_eq!((read.name.as_str(), &read.description, read.follower_count), ("News", &None, Some(7)));
        assert_eq!((read.verified, read.own_role), (true, Some(NewsletterRole::Follower)));
        assert_eq!(read.created_at, Some(Timestamp::from_secs(1_700_000_000)));
        assert!(newsletter(&json!({ "id": "somewhere@else" })).is_err());
    }

    #[test]
    fn a_listed_newsletter_need_not_tell_all() {
        let read = newsletter(&json!({ "id": "1@newsletter", "state": { "type": "SUSPENDED" } })).unwrap();
        assert_eq!((read.follower_count, read.state), (None, NewsletterState::Suspended));
    }
}
