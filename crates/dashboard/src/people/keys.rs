//! API keys of the visitor, or everybody's for an administrator.

use askama::Template;
use axum::response::Response;
use secrecy::ExposeSecret;
use switchboard_api::http::{Failure, KeyPath};
use switchboard_core::{ApiKey, Error, IssuedKey, NewKey, Scope, Scopes};

use crate::{
    answer::{self, Answer, html},
    form::FormOf,
    frame::Frame,
    text::Text,
    visitor::{Member, Visitor},
};

#[derive(Template)]
#[template(path = "people/keys.html")]
struct Page {
    frame: Frame,
    list: List,
    /// What the visitor may give.
    scopes: Vec<&'static str>,
}

/// The lines, by themselves for an answer that brings them along.
#[derive(Template)]
#[template(path = "people/key_rows.html")]
struct List {
    t: &'static Text,
    keys: Vec<Line>,
    along: bool,
}

struct Line {
    id: String,
    name: String,
    prefix: String,
    scopes: String,
    session: Option<String>,
    last_used_at: Option<String>,
    revoked: bool,
}

#[derive(Template)]
#[template(path = "people/key_made.html")]
struct Made<'a> {
    t: &'static Text,
    key: &'a str,
    list: List,
}

pub(super) async fn page(Member(visitor): Member) -> Answer {
    let list = List::read(&visitor, false).await?;
    let scopes = Scope::ALL.into_iter().filter(|scope| visitor.caller.has(*scope)).map(Scope::as_str).collect();
    html(&Page { frame: visitor.frame("keys"), list, scopes })
}

pub(super) async fn create(Member(visitor): Member, FormOf(fields): FormOf<Vec<(String, String)>>) -> Answer {
    let all =
        |wanted: &'static str| fields.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let scopes: Result<Scopes, _> = all("scope").map(str::parse::<Scope>).collect();
    let session = all("session").next().map(str::trim).filter(|id| !id.is_empty());
    let session = session.map(|id| id.parse().map_err(|e| Failure::invalid("session", format!("{e}")))).transpose()?;
    let order = NewKey {
        name: all("name").next().unwrap_or_default().to_owned(),
        scopes: scopes.map_err(|e| Failure::invalid("scopes", e.to_string()))?,
        session,
        ..NewKey::default()
    };
    let issued = visitor.core().create_key(&visitor.caller, order).await?;
    made(&visitor, &issued).await
}

pub(super) async fn rotate(Member(visitor): Member, KeyPath(id): KeyPath) -> Answer {
    let issued = visitor.core().rotate_key(&visitor.caller, &id).await?;
    made(&visitor, &issued).await
}

pub(super) async fn revoke(Member(visitor): Member, KeyPath(id): KeyPath) -> Result<Response, Failure> {
    visitor.core().revoke_key(&visitor.caller, &id).await?;
    Ok(answer::lead(&visitor.headers, "/keys"))
}

async fn made(visitor: &Visitor, issued: &IssuedKey) -> Answer {
    let list = List::read(visitor, true).await?;
    html(&Made { t: visitor.t, key: issued.secret.expose_secret(), list })
}

impl List {
    async fn read(visitor: &Visitor, along: bool) -> Result<Self, Error> {
        let keys = visitor.core().keys(&visitor.caller, None, Some(200)).await?;
        Ok(Self { t: visitor.t, keys: keys.into_iter().map(Line::from).collect(), along })
    }
}

impl From<ApiKey> for Line {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes.to_string(),
            session: key.session.map(|session| session.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            revoked: key.revoked_at.is_some(),
        }
    }
}
