//! A gateway in memory, and a browser that asks it for pages.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use switchboard_api::{Api, ApiOptions, Front, dialects::wa_api::Door, http::Encrypted};
use switchboard_core::{
    AuthSettings, Caller, Core, CreateSession, Pacing, Pair, Parts, Settings, engine::fake::FakeEngine,
};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Origin, SessionId, SystemClock};
use switchboard_store::Store;
use tower::ServiceExt;

use crate::{Dashboard, Entrance, Hosts, Options};

pub(super) const SOON: Duration = Duration::from_secs(20);
pub(super) const PASSWORD: &str = "opensesame";

pub(super) struct House {
    pub(super) core: Core,
    pub(super) engine: FakeEngine,
    routes: Router,
}

impl House {
    pub(super) async fn main() -> Self {
        Self::at(Entrance::Main).await
    }

    pub(super) async fn open() -> Self {
        Self::at(Entrance::WaApi(Door::Open)).await
    }

    pub(super) async fn at(entrance: Entrance) -> Self {
        let engine = FakeEngine::new();
        let settings = Settings { pacing: Pacing::NONE, auth: AuthSettings::default(), ..Settings::default() };
        let core = Core::new(Parts {
            store: Store::in_memory().await.expect("store"),
            clock: Arc::new(SystemClock),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings,
        });
        core.ensure_admin(&Caller::System, Some(PASSWORD.into())).await.expect("an administrator");
        let api = Api::new(core.clone(), &ApiOptions::default());
        let dashboard = Dashboard::new(Options {
            hosts: Hosts(vec!["gateway.example".to_owned()]),
            sandbox: Some(Router::new()),
            ..Options::default()
        });
        Self { routes: Front::default().before(dashboard.router(entrance, api)), core, engine }
    }

    pub(super) fn routes(&self) -> Router {
        self.routes.clone()
    }

    pub(super) fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    pub(super) fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT, "text/html");
        Ask { house: self, request, host: "localhost:8080", encrypted: false, body: Vec::new() }
    }

    /// What a page of ours sends: with the origin, by htmx.
    pub(super) fn post(&self, path: &str, body: &str) -> Ask<'_> {
        let kind = "application/x-www-form-urlencoded";
        let ask = self.ask(Method::POST, path).header("hx-request", "true").header("content-type", kind);
        Ask { body: body.as_bytes().to_vec(), ..ask.header("origin", "http://localhost:8080") }
    }

    /// Signs in as the administrator.
    pub(super) async fn browser(&self) -> Browser {
        self.browser_of("admin").await
    }

    pub(super) async fn browser_of(&self, name: &str) -> Browser {
        let form = format!("username={name}&password={PASSWORD}&next=%2F");
        let answer = self.post("/sign-in", &form).send().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text").to_owned();
        let pair = cookie.split(';').next().expect("a pair").to_owned();
        let page = self.get("/").header("cookie", &pair).send().await;
        Browser { csrf: page.csrf(), cookie: pair, attributes: cookie }
    }

    pub(super) async fn session(&self, id: &str, origin: Origin) -> SessionId {
        let id: SessionId = id.parse().expect("id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin };
        self.core.create_session(&Caller::System, order).await.expect("created");
        id
    }

    /// A session that is linked and connected.
    pub(super) async fn linked(&self, id: &str, origin: Origin) -> SessionId {
        let id = self.session(id, origin).await;
        self.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
        let link = self.engine.session(&id).link().await;
        link.pair(&"6282260790996".parse().expect("phone"), &"100001".parse().expect("lid"));
        self.until(&id, "connected").await;
        id
    }

    /// Shows a code to scan.
    pub(super) async fn waiting(&self, id: &SessionId) {
        self.core.connect(&Caller::System, id, Pair::Qr).await.expect("connects");
        self.engine.session(id).link().await.qr("2@a-code-to-scan");
        self.until(id, "waiting_qr").await;
    }

    pub(super) async fn until(&self, id: &SessionId, word: &str) {
        let query = switchboard_core::EventQuery { session: Some(id.clone()), ..Default::default() };
        let mut follower = self.core.follow(Caller::System, query, 0);
        let reached = async {
            while self.core.session(&Caller::System, id).await.expect("seen").session.state.word() != word {
                follower.next().await.expect("events");
            }
        };
        tokio::time::timeout(SOON, reached).await.expect("the state comes");
    }
}

pub(super) struct Browser {
    pub(super) cookie: String,
    pub(super) attributes: String,
    pub(super) csrf: String,
}

pub(super) struct Ask<'h> {
    house: &'h House,
    request: axum::http::request::Builder,
    host: &'static str,
    encrypted: bool,
    body: Vec<u8>,
}

impl Ask<'_> {
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(super) fn by(self, browser: &Browser) -> Self {
        self.header("cookie", &browser.cookie).header("x-csrf-token", &browser.csrf)
    }

    pub(super) fn body(self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self }
    }

    pub(super) fn host(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    pub(super) fn encrypted(self) -> Self {
        Self { encrypted: true, ..self }
    }

    pub(super) async fn open(self) -> Response {
        let mut request = self.request.header(header::HOST, self.host).body(Body::from(self.body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        request.extensions_mut().insert(Encrypted(self.encrypted));
        self.house.routes.clone().oneshot(request).await.expect("infallible")
    }

    pub(super) async fn send(self) -> Answer {
        let (head, body) = self.open().await.into_parts();
        let body = to_bytes(body, 16 << 20).await.expect("a body");
        Answer { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&body).into_owned() }
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The token that the page gives its scripts.
    pub(super) fn csrf(&self) -> String {
        let start = self.text.find("x-csrf-token").expect("a token") + "x-csrf-token\":\"".len();
        self.text[start..].chars().take_while(char::is_ascii_hexdigit).collect()
    }
}
