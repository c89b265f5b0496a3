//! Changing a webhook: the fields of its form, and what they mean.

use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, WebhookPath};
use switchboard_core::{Webhook, WebhookChange};
use switchboard_model::WebhookMode;

use crate::{answer, form::FormOf, visitor::Member};

#[derive(Deserialize)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) events: String,
    /// One on each line, as are the headers.
    pub(super) ignored_chats: String,
    pub(super) headers: String,
    pub(super) mode: String,
}

/// The page is loaded anew, and its form with it.
pub(super) async fn submit(
    Member(visitor): Member,
    WebhookPath(id): WebhookPath,
    FormOf(fields): FormOf<Fields>,
) -> Result<Response, Failure> {
    visitor.core().update_webhook(&visitor.caller, &id, fields.change()?).await?;
    Ok(answer::lead(&visitor.headers, &format!("/webhooks/{id}")))
}

impl Fields {
    pub(super) fn of(hook: &Webhook) -> Self {
        let headers: Vec<_> = hook.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        Self {
            name: hook.name.clone(),
            url: hook.url.clone(),
            events: hook.events.join(" "),
            ignored_chats: hook.ignored_chats.join("\n"),
            headers: headers.join("\n"),
            mode: hook.mode.as_str().to_owned(),
        }
    }

    fn change(self) -> Result<WebhookChange, Failure> {
        let mode = WebhookMode::parse(&self.mode).ok_or_else(|| Failure::invalid("mode", "is fifo or parallel"))?;
        Ok(WebhookChange {
            name: Some(self.name).filter(|name| !name.trim().is_empty()),
            url: Some(self.url),
            events: Some(kinds(&self.events)),
            ignored_chats: Some(lines(&self.ignored_chats).map(str::to_owned).collect()),
            headers: Some(lines(&self.headers).map(header).collect::<Result<_, _>>()?),
            mode: Some(mode),
        })
    }
}

pub(super) fn kinds(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c == ',' || c.is_whitespace());
    words.filter(|kind| !kind.is_empty()).map(str::to_owned).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn header(line: &str) -> Result<(String, String), Failure> {
    let (name, value) =
        line.split_once(':').ok_or_else(|| Failure::invalid("headers", "have a name, a colon and a value each"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
