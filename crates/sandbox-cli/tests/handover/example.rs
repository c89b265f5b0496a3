//! `scripts/microservice-example.js`, run by node.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::Notify,
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Example {
    child: Child,
    said: Said,
}

/// What it printed, line by line.
#[derive(Clone, Default)]
struct Said(Arc<(Mutex<Vec<String>>, Notify)>);

impl Example {
    pub(crate) fn start(
        gateway: &str,
        network: &str,
        bot: &str,
        key: &str,
        state: &Path,
        env: &[(&str, &str)],
    ) -> Self {
        let mut child = Command::new("node")
            .arg("microservice-example.js")
            .current_dir(scripts())
            .env("GATEWAY_URL", gateway)
            .env("BOT_ID", bot)
            .env("API_KEY", key)
            .env("STATE_DIR", state)
            .env("WA_URL", network)
            .env("LOG_LEVEL", "error")
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is needed to run the example");
        let said = Said::default();
        tokio::spawn(said.clone().listen(child.stdout.take().unwrap()));
        tokio::spawn(said.clone().listen(child.stderr.take().unwrap()));
        Self { child, said }
    }

    pub(crate) async fn until_says(&self, start: &str) -> String {
        self.until_says_nth(start, 1).await
    }

    pub(crate) async fn until_says_nth(&self, start: &str, nth: usize) -> String {
        let found = async {
            loop {
                let news = self.said.0.1.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if let Some(line) = self.lines().into_iter().filter(|line| line.starts_with(start)).nth(nth - 1) {
                    return line;
                }
                news.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, found).await;
        waited.unwrap_or_else(|_| panic!("it never said {start:?}: {:#?}", self.lines()))
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.said.0.0.lock().unwrap().clone()
    }

    /// Lines that tell of a message nobody could read, or of anything that went wrong.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let bad = |line: &String| {
            line.starts_with("undecryptable") || line.contains("\"level\":50") || line.starts_with("not ")
        };
        self.lines().into_iter().filter(bad).collect()
    }

    /// Asks it to give the session back, and waits until it has.
    pub(crate) async fn give_back(mut self) -> Vec<String> {
        let pid = self.child.id().unwrap().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        assert!(asked.success());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("it never ended: {:#?}", self.lines())).unwrap();
        assert!(ended.success(), "{:#?}", self.lines());
        assert_eq!(self.complaints(), [""; 0], "all it said: {:#?}", self.lines());
        self.lines()
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }
}

impl Said {
    async fn listen(self, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            self.0.0.lock().unwrap().push(line);
            self.0.1.notify_waiters();
        }
    }
}

/// With its packages installed; only the first test of a fresh checkout has to do that.
fn scripts() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    let lock = std::fs::File::open(folder.join("package-lock.json")).unwrap();
    lock.lock().unwrap();
    if !folder.join("node_modules/.package-lock.json").exists() {
        let mut install = std::process::Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).stdout(Stdio::null());
        assert!(install.status().expect("npm is needed to install Baileys").success());
    }
    folder
}
