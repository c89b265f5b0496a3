//! The choice of a language, which the browser keeps; and the language of the request that is being answered.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use switchboard_api::http::Failure;
use url::Url;

use crate::{
    form::FormOf,
    sign_in::local,
    text::{COOKIE, Text},
};

/// A year, in seconds.
const KEPT: u32 = 31_536_000;

tokio::task_local! {
    static SPOKEN: &'static Text;
}

/// Failures are worded where the request is no more at hand: this keeps its language for them.
pub(crate) async fn keep(request: Request, next: Next) -> Response {
    SPOKEN.scope(Text::of(request.headers()), next.run(request)).await
}

/// The language of whoever is being answered.
pub(crate) fn spoken() -> &'static Text {
    SPOKEN.try_with(|text| *text).unwrap_or_default()
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
}

/// Leads back to where it was chosen.
pub(crate) async fn choose(headers: HeaderMap, FormOf(choice): FormOf<Choice>) -> Result<Response, Failure> {
    let text = Text::in_language(&choice.language).ok_or_else(|| Failure::invalid("language", "is not spoken here"))?;
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={KEPT}", COOKIE, text.language);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&local(referrer(&headers)))).into_response())
}

/// The place on this site that the browser says it comes from; it names other sites' places to nobody.
fn referrer(headers: &HeaderMap) -> Option<String> {
    let from = Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let query = from.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{query}", from.path()))
}
