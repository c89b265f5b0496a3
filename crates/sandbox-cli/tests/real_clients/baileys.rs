//! Baileys, run by node and driven over its standard streams.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use super::client::{Client, GroupChange, GroupSeen, Link};
use super::events::{Events, Mark, Received, Ring, Seen};

/// `VERSION` is the folder with the version's lock file.
pub(crate) struct Baileys<const VERSION: u8> {
    auth: Arc<TempDir>,
    events: Events,
    process: Option<Process>,
}

struct Process {
    child: Child,
    commands: mpsc::UnboundedSender<Value>,
    replies: Arc<Replies>,
}

/// Answers by the number of the command.
#[derive(Default)]
struct Replies {
    next: AtomicU64,
    came: Mutex<Vec<Value>>,
    news: tokio::sync::Notify,
}

pub(crate) type Baileys6 = Baileys<6>;
pub(crate) type Baileys7 = Baileys<7>;

impl<const VERSION: u8> Client for Baileys<VERSION> {
    const RESUMES: bool = false;

    async fn create() -> Self {
        Self { auth: Arc::new(tempfile::tempdir().unwrap()), events: Events::default(), process: None }
    }

    async fn start(&mut self, url: &str, link: Link<'_>) {
        self.process = Some(Process::spawn(&folder(VERSION), &self.events));
        let code_for = match link {
            Link::Code { number } => Some(number),
            Link::Qr | Link::Resume => None,
        };
        self.ask(json!({ "cmd": "start", "url": url, "auth": self.folder(), "code_for": code_for })).await;
    }

    async fn stop(&mut self) {
        self.ask(json!({ "cmd": "stop" })).await;
        let mut process = self.process.take().unwrap();
        // Its standard input ends: the driver leaves.
        drop(process.commands);
        process.child.wait().await.unwrap();
    }

    async fn twin(&self) -> Self {
        Self { auth: Arc::clone(&self.auth), events: Events::default(), process: None }
    }

    async fn after_loss(&mut self, url: &str) {
        self.events.wait("noticing the loss", |seen| matches!(seen, Seen::Closed(_)).then_some(())).await;
        self.ask(json!({ "cmd": "start", "url": url, "auth": self.folder() })).await;
    }

    async fn send(&self, number: &str, text: &str) -> String {
        let to = format!("{number}@s.whatsapp.net");
        let sent = self.ask(json!({ "cmd": "send", "to": to, "text": text })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    async fn is_on_whatsapp(&self, number: &str) -> bool {
        self.ask(json!({ "cmd": "check", "number": number })).await["exists"].as_bool().unwrap()
    }

    async fn read(&self, chat: &str, id: &str) {
        self.ask(json!({ "cmd": "read", "chat": chat, "message": id })).await;
    }

    async fn reject(&self, ring: &Ring) {
        self.ask(json!({ "cmd": "call", "method": "rejectCall", "arguments": [ring.id, ring.from] })).await;
    }

    async fn logout(&self) {
        self.ask(json!({ "cmd": "logout" })).await;
    }

    async fn send_to(&self, chat: &str, text: &str) -> String {
        let sent = self.ask(json!({ "cmd": "send", "to": chat, "text": text })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    async fn create_group(&self, subject: &str, numbers: &[&str]) -> String {
        let jids: Vec<String> = numbers.iter().map(|number| jid(number)).collect();
        let made = self.call("groupCreate", json!([subject, jids])).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn groups(&self) -> Vec<GroupSeen> {
        let found = self.call("groupFetchAllParticipating", json!([])).await;
        let groups = found.as_object().unwrap().values().map(|group| GroupSeen {
            jid: group["id"].as_str().unwrap().into(),
            subject: group["subject"].as_str().unwrap().into(),
            size: group["participants"].as_array().unwrap().len(),
        });
        groups.collect()
    }

    async fn change_group(&self, group: &str, change: GroupChange<'_>) {
        let people = |action: &str, number: &str| ("groupParticipantsUpdate", json!([group, [jid(number)], action]));
        let setting = |name: &str| ("groupSettingUpdate", json!([group, name]));
        let (method, arguments) = match change {
            GroupChange::Add(number) => people("add", number),
            GroupChange::Remove(number) => people("remove", number),
            GroupChange::Promote(number) => people("promote", number),
            GroupChange::Demote(number) => people("demote", number),
            GroupChange::Subject(text) => ("groupUpdateSubject", json!([group, text])),
            GroupChange::Description(text) => ("groupUpdateDescription", json!([group, text])),
            GroupChange::Announcement(on) => setting(if on { "announcement" } else { "not_announcement" }),
            GroupChange::Locked(on) => setting(if on { "locked" } else { "unlocked" }),
            GroupChange::Join(code) => ("groupAcceptInvite", json!([code])),
            GroupChange::Leave => ("groupLeave", json!([group])),
        };
        self.call(method, arguments).await;
    }

    async fn invite_code(&self, group: &str) -> String {
        self.call("groupInviteCode", json!([group])).await.as_str().unwrap().to_owned()
    }

    fn events(&self) -> &Events {
        &self.events
    }
}

fn jid(number: &str) -> String {
    format!("{number}@s.whatsapp.net")
}

impl<const VERSION: u8> Baileys<VERSION> {
    /// Where `useMultiFileAuthState` keeps what it has to remember.
    pub(crate) fn folder(&self) -> &Path {
        self.auth.path()
    }

    /// Sends whatever the client's own `sendMessage` takes, and gives the message's id.
    pub(crate) async fn say(&self, number: &str, content: Value) -> String {
        let to = format!("{number}@s.whatsapp.net");
        let sent = self.ask(json!({ "cmd": "say", "to": to, "content": content })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// Calls a method of the socket.
    pub(crate) async fn call(&self, method: &str, arguments: Value) -> Value {
        self.ask(json!({ "cmd": "call", "method": method, "arguments": arguments })).await
    }

    async fn ask(&self, command: Value) -> Value {
        let process = self.process.as_ref().expect("the client has been started");
        let answer = process.ask(command.clone()).await;
        assert!(answer["error"].is_null(), "{command}: {}; seen: {:#?}", answer["error"], self.events.all());
        answer["ok"].clone()
    }
}

impl Process {
    fn spawn(folder: &Path, events: &Events) -> Self {
        let mut child = Command::new("node")
            .arg(home().join("driver.mjs"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is needed to try the network with Baileys");
        let replies = Arc::new(Replies::default());
        let (commands, queue) = mpsc::unbounded_channel();
        tokio::spawn(write(child.stdin.take().unwrap(), queue));
        tokio::spawn(read(child.stdout.take().unwrap(), events.clone(), Arc::clone(&replies)));
        Self { child, commands, replies }
    }

    async fn ask(&self, mut command: Value) -> Value {
        let id = self.replies.next.fetch_add(1, Ordering::Relaxed);
        command["id"] = id.into();
        self.commands.send(command.clone()).unwrap();
        let waited = tokio::time::timeout(super::events::PATIENCE, self.replies.wait(id)).await;
        waited.unwrap_or_else(|_| panic!("no answer to {command}"))
    }
}

impl Replies {
    async fn wait(&self, id: u64) -> Value {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(found) = self.came.lock().unwrap().iter().find(|r| r["reply"] == id) {
                return found.clone();
            }
            news.await;
        }
    }
}

async fn write(mut stdin: ChildStdin, mut queue: mpsc::UnboundedReceiver<Value>) {
    while let Some(command) = queue.recv().await {
        if stdin.write_all(format!("{command}\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stdout: ChildStdout, events: Events, replies: Arc<Replies>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // Some dependencies of Baileys print to standard output themselves.
        let Ok(said) = serde_json::from_str::<Value>(&line) else { continue };
        if said.get("reply").is_some() {
            replies.came.lock().unwrap().push(said);
            replies.news.notify_waiters();
        } else if let Some(seen) = seen(&said) {
            events.push(seen);
        }
    }
}

fn seen(said: &Value) -> Option<Seen> {
    let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
    Some(match said["event"].as_str()? {
        "qr" => Seen::Qr(text("qr")),
        "code" => Seen::Code(text("code")),
        "open" => Seen::Open,
        "close" => Seen::Closed(said["status"].as_u64().and_then(|s| u16::try_from(s).ok())),
        "message" => Seen::Message(Received {
            id: text("id"),
            chat: text("chat"),
            text: text("text"),
            from_me: said["from_me"] == true,
            whole: said["message"].clone(),
        }),
        // The numbers are those of the protocol's own status enumeration.
        "status" => match said["status"].as_u64()? {
            3 => Seen::Mark { id: text("message"), mark: Mark::Delivered },
            4 => Seen::Mark { id: text("message"), mark: Mark::Read },
            _ => return None,
        },
        "call" => Seen::Call(Ring {
            id: text("call"),
            from: text("from"),
            number: said["pn"].as_str().map(str::to_owned),
            status: text("status"),
            video: said["video"] == true,
        }),
        "app_state_key" => Seen::AppStateKey,
        "chat" => Seen::Chat(said["chat"].clone()),
        "label" => Seen::Label(said["label"].clone()),
        "labelled" => Seen::Labelled(said["change"].clone()),
        "history" => Seen::History(said.clone()),
        "log" => Seen::Complaint(text("text")),
        _ => return None,
    })
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_clients")
}

/// The version's folder, with its packages installed. Only the first test of a fresh checkout has to install them.
fn folder(version: u8) -> PathBuf {
    let folder = home().join(format!("baileys{version}"));
    let lock = std::fs::File::open(folder.join("package-lock.json")).unwrap();
    // Tests run in processes of their own: one installs, the others wait for it.
    lock.lock().unwrap();
    if !folder.join("node_modules/.package-lock.json").exists() {
        let mut install = std::process::Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).stdout(Stdio::null());
        let status = install.status().expect("npm is needed to install Baileys");
        assert!(status.success(), "npm ci failed in {}", folder.display());
    }
    folder
}
