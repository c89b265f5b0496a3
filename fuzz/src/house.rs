//! A gateway that is asked over HTTP. Whatever it is asked, it does not panic and does not fail.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    response::Response,
};
use serde_json::{Value, json};
use switchboard_api::{Api, ApiOptions, Front};
use switchboard_core::{Caller, Core, TrialOutcome};
use switchboard_model::SessionId;
use switchboard_store::Store;
use tokio::{runtime::Runtime, time::timeout};
use tower::ServiceExt as _;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    gateway::{ADMIN, Gateway, runtime},
    input::Input,
    order::{Order, Things},
    surfaces::{Operation, PEER, SURFACES, Surface},
};

/// What it has stored by then would make findings hard to repeat, and in the end fill the memory.
const MOST_REQUESTS: usize = 1000;
/// Some answers wait for a network, which is not there.
const PATIENCE: Duration = Duration::from_secs(1);
const LARGEST_ANSWER: usize = 64 << 20;

pub struct House {
    gateway: Gateway,
    routes: [Router; SURFACES.len()],
    operations: Vec<Operation>,
    session: SessionId,
    things: Things,
    asked: usize,
    runtime: Runtime,
}

impl House {
    #[must_use]
    pub fn open() -> Self {
        // Answers do not say why something has failed.
        let logs = tracing_subscriber::fmt().with_max_level(LevelFilter::ERROR).with_writer(std::io::stderr);
        let _set_by_the_house_before = logs.try_init();
        let runtime = runtime();
        let (gateway, routes) = runtime.block_on(async {
            let gateway = Gateway::open(Store::in_memory().await.expect("a store"), None).await;
            answer_trials(&gateway.core);
            let api = Api::new(gateway.core.clone(), &ApiOptions::default());
            (gateway, SURFACES.map(|surface| Front::default().before(surface.routes(api.clone()))))
        });
        let operations = SURFACES.into_iter().flat_map(Surface::operations).collect();
        // The first input finds it missing, and makes one.
        let session = SessionId::generate();
        Self { gateway, routes, operations, session, things: Things::new(), asked: 0, runtime }
    }

    /// Whether another one should be asked from now on.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        self.asked >= MOST_REQUESTS
    }

    pub fn close(self) {
        let Self { gateway, routes, runtime, .. } = self;
        // Connections go back to their pool as tasks of the runtime.
        runtime.block_on(async move { drop((routes, gateway)) });
    }

    /// The input chooses an operation, and what becomes of a good request for it.
    pub fn ask(&mut self, input: &mut Input<'_>) {
        if !self.gateway.is_running(&self.session) {
            self.make_session();
        }
        self.asked += 1;
        let operation = input.pick(&self.operations);
        let order = Order::good(operation, self.session.as_str(), &self.things);
        if let Some(request) = order.twisted(input).and_then(Order::request) {
            self.runtime.block_on(self.judge(operation, request));
        }
    }

    async fn judge(&self, operation: &Operation, request: Request<Body>) {
        let Ok(answer) = timeout(PATIENCE, self.answer(operation.surface, request)).await else { return };
        let status = answer.status().as_u16();
        let described = matches!(status, 501 | 503) && operation.statuses.contains(&status);
        if status >= 500 && !described {
            let said = to_bytes(answer.into_body(), LARGEST_ANSWER).await.unwrap_or_default();
            panic!("{} {} answers {status}: {}", operation.method, operation.path, String::from_utf8_lossy(&said));
        }
    }

    async fn answer(&self, surface: Surface, request: Request<Body>) -> Response {
        self.routes[surface as usize].clone().oneshot(request).await.expect("infallible")
    }

    /// A linked session, and something of every kind for operations to be about.
    fn make_session(&mut self) {
        // An id that no request can have taken.
        self.session = SessionId::generate();
        let (runtime, about) = (&self.runtime, format!("/v1/sessions/{}", self.session));
        runtime.block_on(self.gateway.link(&self.session));
        let made = |path: String, body: Value| runtime.block_on(self.made(&path, &body));
        self.things = vec![
            ("id", self.session.to_string()),
            ("message", made(format!("{about}/messages"), json!({ "to": PEER, "text": "x" }))),
            ("contact", made(format!("{about}/blocked-contacts"), json!({ "contact": PEER }))),
            ("community", made(format!("{about}/communities"), json!({ "subject": "Neighbours" }))),
            ("key", made("/v1/keys".to_owned(), json!({ "name": "k", "scopes": ["read"] }))),
            ("webhook", made("/v1/webhooks".to_owned(), json!({ "url": "https://myapp.com/webhook" }))),
            ("chat", PEER.to_owned()),
            ("person", PEER.to_owned()),
            ("group", "120363000000000001@g.us".to_owned()),
            ("newsletter", "120363000000000002@newsletter".to_owned()),
            ("user", "2".to_owned()),
            ("position", "1".to_owned()),
            ("label", "1".to_owned()),
            ("call", "ABC".to_owned()),
        ];
    }

    /// The id of what a request makes.
    async fn made(&self, path: &str, body: &Value) -> String {
        let request = Request::post(path).header("authorization", format!("Bearer {ADMIN}"));
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let answer = self.answer(Surface::Native, request).await;
        let answer = to_bytes(answer.into_body(), LARGEST_ANSWER).await.expect("an answer");
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        answer["id"].as_str().unwrap_or("none").to_owned()
    }
}

/// In place of the worker that delivers.
fn answer_trials(core: &Core) {
    let mut trials = core.delivery_desk(&Caller::System).expect("the desk").trials().expect("the trials");
    tokio::spawn(async move {
        while let Some(trial) = trials.recv().await {
            let _nobody_waits = trial.reply.send(TrialOutcome { status: Some(200), latency_ms: 1, error: None });
        }
    });
}
