//! A server process of the test's own, on a port and in a folder of its own.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::Instant;

type Recipe = fn(&Path, u16) -> Command;

pub(super) struct Server {
    pub(super) port: u16,
    folder: TempDir,
    recipe: Recipe,
    child: Option<Child>,
    kills: usize,
}

impl Server {
    /// Runs what the recipe says; `kills` is how often the story kills it, because some take long to start.
    pub(super) fn run(recipe: Recipe, kills: usize) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { port, folder: tempfile::tempdir().unwrap(), recipe, child: None, kills };
        server.start();
        server
    }

    pub(super) fn kills(&self) -> usize {
        self.kills
    }

    pub(super) fn start(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("output")).unwrap();
        let mut command = (self.recipe)(self.folder.path(), self.port);
        // A group of its own: some are scripts that start the real thing.
        let command = command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().expect("`scripts/services` installs the server"));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{}", self.output());
            pause();
        }
    }

    /// Asks it to end, and waits.
    pub(super) fn stop(&mut self) {
        self.end("-TERM");
    }

    pub(super) fn kill(&mut self) {
        self.end("-KILL");
    }

    fn end(&mut self, signal: &str) {
        let Some(mut child) = self.child.take() else { return };
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args([signal, "--", &group]).status().unwrap().success());
        child.wait().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not end: {}", self.output());
            pause();
        }
    }

    fn output(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

#[expect(clippy::disallowed_methods, reason = "between two looks at a condition")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}
