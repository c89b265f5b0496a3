//! The binary in a process of its own, and its `/v1`.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Gateway {
    child: Child,
    order: Order,
    token: String,
    http: reqwest::Client,
}

/// How a gateway is started, and started again.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) network: String,
    pub(crate) data_dir: PathBuf,
    pub(crate) port: u16,
    database: Option<String>,
    pub(crate) env: Vec<(&'static str, String)>,
    /// Where its standard error goes, if not to ours.
    errors: Option<PathBuf>,
}

impl Order {
    pub(crate) fn new(network: &str, data_dir: &Path) -> Self {
        Self {
            network: network.to_owned(),
            data_dir: data_dir.to_owned(),
            port: free_port(),
            database: None,
            env: Vec::new(),
            errors: None,
        }
    }

    /// On a database server; the sandbox is told so by a flag alone.
    pub(crate) fn on(mut self, database: String) -> Self {
        self.database = Some(database);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    pub(crate) fn errors_into(mut self, file: &Path) -> Self {
        self.errors = Some(file.to_owned());
        self
    }
}

impl Gateway {
    pub(crate) async fn start(order: Order) -> Self {
        let child = spawn(&order).await;
        let http = reqwest::Client::new();
        let mut gateway = Self { child, order, token: String::new(), http };
        gateway.sign_in().await;
        gateway
    }

    /// Ends the process as a power cut would, then starts another on the same data.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.kill().await;
        self.start_again().await;
    }

    pub(crate) async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// Ends it as a service manager does, so that everything is written.
    pub(crate) async fn end(mut self) {
        self.signal("TERM");
        self.ended().await;
    }

    /// Waits until it has ended well.
    pub(crate) async fn ended(&mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the gateway ends");
        assert!(ended.unwrap().success());
    }

    pub(crate) async fn start_again(&mut self) {
        self.child = spawn(&self.order).await;
    }

    /// `STOP` freezes it as a suspended machine is frozen, `CONT` wakes it.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success(), "kill -s {name}");
    }

    pub(crate) fn client(&self) -> Client {
        Client {
            base: format!("http://127.0.0.1:{}", self.order.port),
            token: self.token.clone(),
            http: self.http.clone(),
        }
    }

    async fn sign_in(&mut self) {
        let client = self.client();
        let answer = client.post("/v1/login", json!({ "username": "admin", "password": "admin" })).await.unwrap();
        self.token = answer["token"].as_str().unwrap().to_owned();
    }
}

/// Requests to a gateway that may be killed at any moment: a lost connection is an answer too.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    token: String,
    http: reqwest::Client,
}

/// The connection was lost, or the gateway is not there.
#[derive(Debug)]
pub(crate) struct Unreachable;

impl Client {
    /// The same gateway under another credential.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Value {
        self.send(self.http.patch(format!("{}{path}", self.base)).json(&body)).await.unwrap()
    }

    pub(crate) async fn put_json(&self, path: &str, body: Value) -> Value {
        self.send(self.http.put(format!("{}{path}", self.base)).json(&body)).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value, Unreachable> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(&body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Unreachable> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    pub(crate) fn address(&self) -> &str {
        &self.base
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Value, Unreachable> {
        self.send(self.http.delete(format!("{}{path}", self.base))).await
    }

    /// A request that is refused: its status and its problem.
    pub(crate) async fn refused(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(&body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// A file from the gateway, whatever the status.
    pub(crate) async fn bytes(&self, path: &str) -> (u16, Vec<u8>) {
        let response = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    }

    /// A file to the gateway.
    pub(crate) async fn put(&self, path: &str, bytes: Vec<u8>) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token).body(bytes);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// A message with its file behind it, in one request of several parts.
    pub(crate) async fn parts(&self, path: &str, message: &Value, file: &[u8]) -> (u16, Value) {
        let head = format!(
            "--cut\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n{message}\r\n--cut\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--cut--\r\n"].concat();
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token).body(body);
        let request = request.header("content-type", "multipart/form-data; boundary=cut");
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Any request, whatever the status.
    pub(crate) async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token).body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Repeats a request under its idempotency key until the gateway has answered it.
    pub(crate) async fn post_until_answered(&self, path: &str, key: &str, body: &Value) -> Value {
        loop {
            let request = self.http.post(format!("{}{path}", self.base)).header("idempotency-key", key).json(body);
            match self.send(request).await {
                Ok(answer) => return answer,
                Err(Unreachable) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// As above, for what a session must be connected for: repeated also while it is not.
    pub(crate) async fn post_until_accepted(&self, path: &str, key: &str, body: &Value) -> Value {
        loop {
            let request = self.http.post(format!("{}{path}", self.base)).header("idempotency-key", key).json(body);
            if let Ok(response) = request.bearer_auth(&self.token).timeout(PATIENCE).send().await {
                let (accepted, answer) = (response.status().is_success(), response.json::<Value>().await);
                match answer {
                    Ok(answer) if accepted => return answer,
                    Ok(problem) => assert_eq!(problem["code"], "not_connected", "{path}: {problem}"),
                    Err(_) => {}
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn get_until_answered(&self, path: &str) -> Value {
        loop {
            match self.get(path).await {
                Ok(answer) => return answer,
                Err(Unreachable) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// A refusal is a failure of the test; losing the connection is not.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Unreachable> {
        let request = if self.token.is_empty() { request } else { request.bearer_auth(&self.token) };
        let response = request.timeout(PATIENCE).send().await.map_err(|_| Unreachable)?;
        let (status, path) = (response.status(), response.url().path().to_owned());
        let body = response.text().await.map_err(|_| Unreachable)?;
        assert!(status.is_success(), "{path}: {status} {body}");
        Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Makes a session and links it by QR to a phone of the sandbox.
    pub(crate) async fn pair(&self, sandbox: &super::network::Sandbox, id: &str, number: &str) {
        self.post("/v1/sessions", json!({ "id": id })).await.unwrap();
        self.pair_again(sandbox, id, number).await;
    }

    /// Links a session that is there.
    pub(crate) async fn pair_again(&self, sandbox: &super::network::Sandbox, id: &str, number: &str) {
        self.post(&format!("/v1/sessions/{id}/connect"), json!({})).await.unwrap();
        let qr = self.get(&format!("/v1/sessions/{id}/qr?wait=30")).await.unwrap();
        sandbox.post(&format!("/phones/{number}/scan"), json!({ "qr": qr["code"] })).await;
        self.until_state(id, "connected").await;
    }

    pub(crate) async fn until_state(&self, id: &str, word: &str) {
        let reached = async {
            let mut after = "0".to_owned();
            while self.get_until_answered(&format!("/v1/sessions/{id}")).await["state"] != word {
                let path = format!("/v1/events?session={id}&types=session.state&after={after}&wait=1");
                after = self.get_until_answered(&path).await["next_cursor"].as_str().unwrap().to_owned();
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("{id} never was {word}"));
    }

    /// All events of some kinds, from the beginning.
    pub(crate) async fn events(&self, kinds: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let mut after = "0".to_owned();
        loop {
            let page = self.get_until_answered(&format!("/v1/events?types={kinds}&after={after}&limit=1000")).await;
            let found = page["events"].as_array().unwrap();
            events.extend(found.iter().cloned());
            let next = page["next_cursor"].as_str().unwrap().to_owned();
            if found.is_empty() && next == after {
                return events;
            }
            after = next;
        }
    }
}

async fn spawn(order: &Order) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard-sandbox"))
        .args(["serve", "--network", &order.network, "--data-dir"])
        .arg(&order.data_dir)
        .args(order.database.iter().flat_map(|url| ["--database-url", url]))
        .env("PORT", order.port.to_string())
        .env("SWITCHBOARD_WA_API", "off")
        .env("SWITCHBOARD_MICROSERVICE", "off")
        .env("WS_PORT", "off")
        .envs(order.env.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(order.errors.as_ref().map_or_else(Stdio::inherit, |file| std::fs::File::create(file).unwrap().into()))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = async { while lines.next_line().await.unwrap().expect("it says `ready` before it ends") != "ready" {} };
    tokio::time::timeout(PATIENCE, ready).await.expect("the gateway starts");
    // Whatever it still prints must find a reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
