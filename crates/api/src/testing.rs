//! A gateway in memory, and somebody who asks it things.

mod database;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::FromRequestParts,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard_core::{
    AuthSettings, Caller, Core, CreateSession, NewKey, NewUser, Pacing, Pair, Parts, Role, Settings,
    engine::{
        Inbound,
        fake::{FakeEngine, FakeSession},
    },
};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Clock, Content, Context, MessageId, Origin, Party, SessionId, SystemClock, Timestamp, UserId};
use switchboard_store::Store;
use tower::ServiceExt;

use self::database::Database;
use crate::http::{Api, ApiOptions, Front, SignedSocket};

/// Acts as the administrator.
pub(crate) const ADMIN: &str = "the-operators-own-key";
pub(crate) const SERVICE: &str = "the-service-token";
pub(crate) const PASSWORD: &str = "opensesame";
pub(crate) const SOON: Duration = Duration::from_secs(60);
pub(crate) const OWN_PHONE: &str = "6282260790996";
pub(crate) const PEER: &str = "6281381393739";

pub(crate) struct House {
    pub(crate) core: Core,
    pub(crate) engine: FakeEngine,
    pub(crate) api: Api,
    routes: Router,
    store: Store,
    database: Option<Arc<Database>>,
}

impl House {
    /// With the routes under test, made by `routes`.
    pub(crate) async fn with(routes: impl FnOnce(Api) -> Router) -> Self {
        Self::configured(routes, ApiOptions::default()).await
    }

    pub(crate) async fn configured(routes: impl FnOnce(Api) -> Router, options: ApiOptions) -> Self {
        Self::at(Arc::new(SystemClock), routes, options).await
    }

    /// With a clock that the test moves.
    pub(crate) async fn at(clock: Arc<dyn Clock>, routes: impl FnOnce(Api) -> Router, options: ApiOptions) -> Self {
        let (store, database) = database::store().await;
        let engine = FakeEngine::new();
        let auth = AuthSettings { api_key: Some(ADMIN.into()), service_token: Some(SERVICE.into()), jwt_secret: None };
        let settings = Settings { pacing: Pacing::NONE, auth, ..Settings::default() };
        let core = Core::new(Parts {
            store: store.clone(),
            clock,
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings,
        });
        core.ensure_admin(&Caller::System, Some(PASSWORD.into())).await.expect("an administrator");
        let api = Api::new(core.clone(), &options);
        Self { routes: Front::default().before(routes(api.clone())), core, engine, api, store, database }
    }

    /// The store, where it has one connection for everybody: in memory.
    pub(crate) fn only_connection(&self) -> Option<&Store> {
        self.database.is_none().then_some(&self.store)
    }

    /// The same gateway, asked through other routes.
    pub(crate) fn asking(&self, routes: impl FnOnce(Api) -> Router) -> Self {
        let (core, engine, api) = (self.core.clone(), self.engine.clone(), self.api.clone());
        let routes = Front::default().before(routes(api.clone()));
        Self { routes, core, engine, api, store: self.store.clone(), database: self.database.clone() }
    }

    /// A key of the administrator's that was good until a moment ago.
    pub(crate) async fn expired_key(&self) -> String {
        let soon = Timestamp::from_millis(self.core.time().millis() + 20);
        let scopes = "admin".parse().expect("scopes");
        let new = NewKey { name: "brief".to_owned(), scopes, expires_at: Some(soon), ..NewKey::default() };
        let issued = self.core.create_key(&Caller::Admin(UserId::ADMIN), new).await.expect("a key");
        let key = issued.secret.expose_secret().to_owned();
        while self.core.authenticate(&key, None).await.is_ok() {
            tokio::task::yield_now().await;
        }
        key
    }

    /// An ordinary user's login token.
    pub(crate) async fn user(&self, name: &str) -> String {
        let new = NewUser { username: name.to_owned(), password: PASSWORD.into(), role: Role::User };
        self.core.create_user(&Caller::System, new).await.expect("a user");
        let signed_in = self.core.sign_in(name, &PASSWORD.into(), None).await.expect("signed in");
        signed_in.token.expose_secret().to_owned()
    }

    /// A key of the administrator's with these scopes.
    pub(crate) async fn key(&self, scopes: &str, session: Option<&SessionId>) -> String {
        let (scopes, session) = (scopes.parse().expect("scopes"), session.cloned());
        let new = NewKey { name: "test".to_owned(), scopes, session, ..NewKey::default() };
        let issued = self.core.create_key(&Caller::Admin(UserId::ADMIN), new).await.expect("a key");
        issued.secret.expose_secret().to_owned()
    }

    pub(crate) async fn session(&self, id: &str) -> (SessionId, Arc<FakeSession>) {
        let id: SessionId = id.parse().expect("id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        self.core.create_session(&Caller::System, order).await.expect("created");
        let session = self.engine.session(&id);
        (id, session)
    }

    /// A session that is linked and connected.
    pub(crate) async fn linked(&self, id: &str) -> (SessionId, Arc<FakeSession>) {
        let (id, session) = self.session(id).await;
        self.link(&id).await;
        (id, session)
    }

    /// Pairs a session that is there already, and waits until it is connected.
    pub(crate) async fn link(&self, id: &SessionId) {
        self.core.connect(&Caller::System, id, Pair::Qr).await.expect("connects");
        let link = self.engine.session(id).link().await;
        link.pair(&OWN_PHONE.parse().expect("phone"), &"100001".parse().expect("lid"));
        self.until(id, "connected").await;
    }

    /// Waits until the session is in the state of this name.
    pub(crate) async fn until(&self, id: &SessionId, word: &str) {
        let query = switchboard_core::EventQuery { session: Some(id.clone()), ..Default::default() };
        let mut follower = self.core.follow(Caller::System, query, 0);
        let reached = async {
            while self.core.session(&Caller::System, id).await.expect("seen").session.state.word() != word {
                follower.next().await.expect("events");
            }
        };
        tokio::time::timeout(SOON, reached).await.expect("the state comes");
    }

    /// Waits until a message has the status of this name.
    pub(crate) async fn until_status(&self, id: &SessionId, message: &MessageId, word: &str) {
        let query = switchboard_core::EventQuery { session: Some(id.clone()), ..Default::default() };
        let mut follower = self.core.follow(Caller::System, query, 0);
        let reached = async {
            while self.core.message(&Caller::System, id, message).await.expect("there").status.as_str() != word {
                follower.next().await.expect("events");
            }
        };
        tokio::time::timeout(SOON, reached).await.expect("the status comes");
    }

    /// What a streaming endpoint is asked with.
    pub(crate) async fn signed_socket(&self, token: &str) -> SignedSocket {
        let request =
            Request::builder().header(header::AUTHORIZATION, format!("Bearer {token}")).body(()).expect("one");
        let (mut parts, ()) = request.into_parts();
        SignedSocket::from_request_parts(&mut parts, &self.api).await.expect("a good credential")
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        Ask { house: self, request: Request::builder().method(method).uri(path), body: Body::empty() }
    }

    pub(crate) fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests write the body in place")]
    pub(crate) fn post(&self, path: &str, body: Value) -> Ask<'_> {
        self.ask(Method::POST, path).json(&body)
    }
}

/// A message from the peer.
pub(crate) fn inbound(id: &str, text: &str) -> Inbound {
    let peer = Party::from(PEER.parse::<switchboard_model::Jid>().expect("jid"));
    Inbound {
        id: MessageId(id.to_owned()),
        chat: peer.clone(),
        sender: peer,
        from_me: false,
        timestamp: Timestamp::from_secs(1_643_723_400),
        push_name: None,
        content: Content::Text { text: text.to_owned() },
        context: Context::default(),
    }
}

/// A request in the making.
pub(crate) struct Ask<'h> {
    house: &'h House,
    request: axum::http::request::Builder,
    body: Body,
}

impl Ask<'_> {
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    pub(crate) fn admin(self) -> Self {
        self.bearer(ADMIN)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn open(self) -> axum::response::Response {
        let request = self.request.body(self.body).expect("a request");
        self.house.routes.clone().oneshot(request).await.expect("infallible")
    }

    pub(crate) async fn send(self) -> Answer {
        let (head, body) = self.open().await.into_parts();
        let body = to_bytes(body, 64 << 20).await.expect("a body");
        Answer { status: head.status, headers: head.headers, body: body.to_vec() }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() { json!(null) } else { self.json() }
    }
}
