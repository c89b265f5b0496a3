//! One event by itself: what a delivery carries.

use askama::Template;
use axum::extract::Path;
use switchboard_core::{Error, EventQuery};

use super::item;
use crate::{
    answer::{Answer, html},
    visitor::Member,
};

#[derive(Template)]
#[template(source = r#"<pre class="wrap" tabindex="0">{{ raw }}</pre>"#, ext = "html")]
struct Raw {
    raw: String,
}

pub(super) async fn page(Member(visitor): Member, Path(position): Path<String>) -> Answer {
    let absent = || Error::not_found("event", position.chars().take(32).collect::<String>());
    let at: i64 = position.parse().map_err(|_| absent())?;
    let query = EventQuery { limit: Some(1), ..EventQuery::default() };
    let page = visitor.core().events(&visitor.caller, &query, at.saturating_sub(1)).await?;
    let event = page.events.into_iter().find(|event| event.position == at).ok_or_else(absent)?;
    html(&Raw { raw: item::raw(&event) })
}
