//! The session's one key: made or chosen, and shown this once.

use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use switchboard_api::http::SessionPath;

use crate::{
    answer::{Answer, html},
    form::FormOf,
    text::Text,
    visitor::Visitor,
};

#[derive(Deserialize)]
pub(super) struct NewKey {
    api_key: Option<SecretString>,
}

#[derive(Template)]
#[template(path = "sessions/key.html")]
struct Shown<'a> {
    t: &'static Text,
    key: &'a str,
    prefix: String,
}

pub(super) async fn submit(visitor: Visitor, SessionPath(id): SessionPath, FormOf(new): FormOf<NewKey>) -> Answer {
    let issued = visitor.core().set_session_key(&visitor.caller, &id, new.api_key).await?;
    let prefix = format!("{}…", issued.key.prefix);
    html(&Shown { t: visitor.t, key: issued.secret.expose_secret(), prefix })
}
