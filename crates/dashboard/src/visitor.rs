//! Who asks for a page.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, LazyLock},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use switchboard_api::{Api, http::Failure};
use switchboard_core::{Caller, Core, Error};
use switchboard_model::UserId;

use crate::{Dashboard, Entrance, answer, cookie::cookie, frame::Frame, text::Text};

pub(crate) const COOKIE: &str = "switchboard";

/// Somebody who may look at sessions: signed in, or come through the open door.
pub(crate) struct Visitor {
    pub(crate) api: Api,
    pub(crate) dashboard: Arc<Dashboard>,
    pub(crate) caller: Caller,
    pub(crate) t: &'static Text,
    pub(crate) headers: HeaderMap,
    pub(crate) from: Option<IpAddr>,
    name: Option<String>,
    credential: Option<SecretString>,
}

/// Somebody who is signed in.
pub(crate) struct Member(pub(crate) Visitor);

/// Why somebody is not let in.
pub(crate) enum Turned {
    /// They have to sign in first.
    Away(HeaderMap, String),
    Failed(Failure),
}

impl Visitor {
    pub(crate) fn core(&self) -> &Core {
        self.api.core()
    }

    pub(crate) fn frame(&self, here: &'static str) -> Frame {
        let phones = self.name.is_some() && self.dashboard.options.sandbox.is_some();
        let (name, admin) = (self.name.clone(), self.caller.is_admin());
        Frame { here, csrf: self.csrf(), name, admin, phones, ..Frame::bare(self.t) }
    }

    /// Whether the session's own key is asked for before something is sent.
    pub(crate) fn sends_with_key(&self) -> bool {
        matches!(self.dashboard.entrance, Entrance::WaApi(_))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.caller == Caller::Open
    }

    /// Whether the credential is as good as it was.
    pub(crate) async fn still_good(&self) -> bool {
        match &self.credential {
            Some(credential) => {
                let now = self.core().authenticate(credential.expose_secret(), self.from).await;
                now.is_ok_and(|caller| caller == self.caller)
            }
            None => true,
        }
    }

    /// Nobody but a page of ours knows it.
    fn csrf(&self) -> String {
        static OPEN: LazyLock<String> = LazyLock::new(|| uuid::Uuid::new_v4().to_string());
        let secret = self.credential.as_ref().map_or(OPEN.as_str(), |token| token.expose_secret());
        hex::encode(&Sha256::digest(format!("a page for {secret}"))[..16])
    }

    fn check_csrf(&self, parts: &Parts) -> Result<(), Failure> {
        let given = parts.headers.get("x-csrf-token").map(header::HeaderValue::as_bytes);
        if matches!(parts.method, Method::GET | Method::HEAD) || given == Some(self.csrf().as_bytes()) {
            return Ok(());
        }
        Err(Failure::Refused(Error::Forbidden("this page is out of date: load it again".to_owned())))
    }
}

impl FromRequestParts<Api> for Visitor {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Turned> {
        let dashboard = parts.extensions.get::<Arc<Dashboard>>().cloned();
        let dashboard = dashboard.ok_or_else(|| Turned::failed(Error::internal("the dashboard lacks its state")))?;
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        let credential: Option<SecretString> = cookie(&parts.headers, COOKIE).map(Into::into);
        let caller = match &credential {
            Some(token) => signed_in(api, token, from).await?,
            None => None,
        };
        let credential = credential.filter(|_| caller.is_some());
        let caller = match caller {
            Some(caller) => caller,
            None => open(&dashboard, parts)?,
        };
        let name = name(api, &caller).await?;
        let (t, headers) = (Text::of(&parts.headers), parts.headers.clone());
        let visitor = Self { api: api.clone(), dashboard, caller, t, headers, from, name, credential };
        visitor.check_csrf(parts)?;
        Ok(visitor)
    }
}

impl FromRequestParts<Api> for Member {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Turned> {
        let visitor = Visitor::from_request_parts(parts, api).await?;
        if visitor.is_open() { Err(Turned::away(parts)) } else { Ok(Self(visitor)) }
    }
}

/// Nobody when the login has ended; that is no error, just a reason to sign in.
async fn signed_in(api: &Api, token: &SecretString, from: Option<IpAddr>) -> Result<Option<Caller>, Turned> {
    match api.caller(token, from).await {
        Ok(caller @ (Caller::Admin(_) | Caller::User(_))) => Ok(Some(caller)),
        Ok(_) | Err(Failure::Refused(Error::Unauthenticated(_) | Error::Forbidden(_))) => Ok(None),
        Err(other) => Err(Turned::Failed(other)),
    }
}

fn open(dashboard: &Dashboard, parts: &Parts) -> Result<Caller, Turned> {
    match dashboard.entrance {
        Entrance::WaApi(door) if door.admit(&parts.headers).is_ok() => Ok(Caller::Open),
        _ => Err(Turned::away(parts)),
    }
}

async fn name(api: &Api, caller: &Caller) -> Result<Option<String>, Turned> {
    let (Caller::Admin(UserId(id)) | Caller::User(UserId(id))) = caller else { return Ok(None) };
    let user = api.core().user(&Caller::System, UserId(*id)).await;
    user.map(|user| Some(user.username)).map_err(Turned::failed)
}

impl Turned {
    fn away(parts: &Parts) -> Self {
        let next = parts.uri.path_and_query().map_or("/", |place| place.as_str()).to_owned();
        Self::Away(parts.headers.clone(), if parts.method == Method::GET { next } else { "/".to_owned() })
    }

    fn failed(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for Turned {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Failed(failure) => failure.into_response(),
            Self::Away(headers, next) if wants_page(&headers) => {
                let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
                answer::lead(&headers, &format!("/sign-in?next={next}"))
            }
            Self::Away(..) => Failure::unauthenticated("sign in first").into_response(),
        }
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    answer::by_script(headers) || accept.contains("text/html")
}
