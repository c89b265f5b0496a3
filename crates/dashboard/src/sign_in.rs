//! Signing in and out. The login is a cookie that no script can read and no other site can send.

use std::{net::SocketAddr, sync::Arc};

use askama::Template;
use axum::{
    Extension, Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use switchboard_api::{
    Api,
    http::{Encrypted, Failure, QueryOf},
};
use switchboard_core::{Error, SignedIn};

use crate::{
    Dashboard, Entrance,
    answer::{self, Answer, html},
    frame::Frame,
    text::Text,
    visitor::{COOKIE, Member},
};

#[derive(Deserialize)]
pub(crate) struct Wanted {
    next: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: SecretString,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    next: String,
    username: String,
    error: Option<String>,
    /// The way back to what needs no sign-in.
    open: bool,
}

pub(crate) async fn page(
    Extension(dashboard): Extension<Arc<Dashboard>>,
    headers: HeaderMap,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Answer {
    html(&Page::new(&dashboard, &headers, local(wanted.next)))
}

pub(crate) async fn submit(
    State(api): State<Api>,
    Extension(dashboard): Extension<Arc<Dashboard>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Extension(Encrypted(encrypted)): Extension<Encrypted>,
    headers: HeaderMap,
    Form(given): Form<Credentials>,
) -> Answer {
    let next = local(given.next);
    match api.core().sign_in(&given.username, &given.password, Some(from.ip())).await {
        Ok(signed_in) => Ok(welcome(&api, encrypted || from_encrypted_page(&headers), &signed_in, &next)),
        Err(error @ (Error::Unauthenticated(_) | Error::RateLimited { .. })) => {
            let page = Page::new(&dashboard, &headers, next);
            let said = if let Error::Unauthenticated(_) = error {
                page.frame.t.sign_in_wrong.to_owned()
            } else {
                error.to_string()
            };
            let page = Page { username: given.username, error: Some(said), ..page };
            let status = Failure::Refused(error).status();
            Ok(answer::page(status, page.render().unwrap_or_default()))
        }
        Err(other) => Err(other.into()),
    }
}

/// Ends this login here. Ending every login of a user is on the page of users.
pub(crate) async fn out(Member(visitor): Member) -> Response {
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    ([(header::SET_COOKIE, gone)], answer::lead(&visitor.headers, "/sign-in")).into_response()
}

impl Page {
    fn new(dashboard: &Dashboard, headers: &HeaderMap, next: String) -> Self {
        let open = matches!(dashboard.entrance, Entrance::WaApi(door) if door.admit(headers).is_ok());
        Self { frame: Frame::bare(Text::of(headers)), next, username: String::new(), error: None, open }
    }
}

/// What the browser says itself counts too: for a proxy that nobody named to us.
fn from_encrypted_page(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https:"))
}

fn welcome(api: &Api, encrypted: bool, signed_in: &SignedIn, next: &str) -> Response {
    let age = signed_in.expires_at.since(api.core().time()).as_secs();
    let secure = if encrypted { "; Secure" } else { "" };
    let token = signed_in.token.expose_secret();
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

/// A place of this site, and no other.
pub(crate) fn local(next: Option<String>) -> String {
    let fine = |place: &String| {
        place.starts_with('/')
            && !place.starts_with("//")
            && place.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    next.filter(fine).unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site() {
        assert_eq!(local(Some("/sessions/a?tab=chats".to_owned())), "/sessions/a?tab=chats");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/a\r\nb"] {
            assert_eq!(local(Some(foreign.to_owned())), "/", "{foreign:?}");
        }
    }
}
