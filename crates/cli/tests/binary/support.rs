//! The real binary, in a directory of its own, with no variable of the machine that runs the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// Far more than anything here takes; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A working directory, and the settings that every run in it gets.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
    env: Vec<(String, String)>,
}

impl Place {
    /// Any free port for each listener.
    pub(crate) fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap(), env: Vec::new() };
        ["PORT", "SWITCHBOARD_WA_API", "SWITCHBOARD_MICROSERVICE", "WS_PORT"]
            .iter()
            .fold(place, |p, name| p.with(name, "0"))
    }

    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), text.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(args).env_clear().envs(self.env.iter().map(|(n, t)| (n, t))).current_dir(self.dir.path());
        command.stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must fail, and returns its one line on standard error.
    pub(crate) fn refusal(&self, args: &[&str]) -> String {
        refusal(&self.run(args))
    }

    /// Starts `serve` and waits until it says that it answers.
    pub(crate) fn serve(&self) -> Running {
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (lines, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = BufReader::new(err).read_to_string(&mut text);
            text
        });
        let mut running = Running { child, heard, errors, said: String::new() };
        running.wait_for("Next:");
        running
    }
}

pub(crate) fn refusal(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let last = text.lines().last().unwrap_or_default().to_owned();
    assert!(!output.status.success(), "it went on: {text}");
    assert!(last.starts_with("error: "), "{text}");
    last
}

/// A gateway that runs.
pub(crate) struct Running {
    child: Child,
    heard: mpsc::Receiver<String>,
    errors: std::thread::JoinHandle<String>,
    /// Its standard output so far.
    pub(crate) said: String,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn wait_for(&mut self, start: &str) {
        loop {
            match self.heard.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.said.push_str(&line);
                    self.said.push('\n');
                    if line.starts_with(start) {
                        return;
                    }
                }
                Err(_) => {
                    let _ = self.child.kill();
                    panic!("no line `{start}`, only: {}", self.said);
                }
            }
        }
    }

    /// Where a listener is, as the gateway said it.
    pub(crate) fn socket(&self, listener: &str) -> SocketAddr {
        let line = self.said.lines().find(|l| l.split_whitespace().next() == Some(listener)).expect("no such listener");
        let url = line.split_whitespace().nth(1).unwrap();
        url.split_once("://").unwrap().1.parse().unwrap()
    }

    /// GET at the main listener.
    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        self.ask("GET", path, headers, "")
    }

    /// POST at the main listener.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        self.ask("POST", path, headers, body)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut tcp = TcpStream::connect(self.socket("main")).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        let headers: String = headers.iter().map(|(n, t)| format!("{n}: {t}\r\n")).collect();
        let length = body.len();
        write!(tcp, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}").unwrap();
        let mut text = String::new();
        tcp.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop; gives its standard output and error.
    pub(crate) fn stop(mut self) -> (String, String) {
        self.signal("-TERM");
        let status = self.child.wait().unwrap();
        let mut said = std::mem::take(&mut self.said);
        while let Ok(line) = self.heard.recv_timeout(PATIENCE) {
            said.push_str(&line);
            said.push('\n');
        }
        let errors = self.errors.join().unwrap();
        assert!(status.success(), "it failed: {errors}");
        (said, errors)
    }

    /// Ends it without asking.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
