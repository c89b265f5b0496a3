//! The sandbox's binary, in a process of its own.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

pub(crate) struct Sandbox {
    pub(crate) main: String,
    pub(crate) wa_api: String,
    pub(crate) network: String,
    _child: Child,
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Sandbox {
    /// When this returns, all of its listeners answer.
    pub(crate) async fn start() -> Self {
        let network = free_port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard-sandbox"))
            .args(["--port", "0", "--wa-api", "0", "--microservice", "off", "--ws-port", "off"])
            .args(["--network-listen", &format!("127.0.0.1:{network}")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut main, mut wa_api) = (String::new(), String::new());
        loop {
            let line = lines.next_line().await.unwrap().expect("the sandbox goes on");
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("main"), Some(url)) => url.clone_into(&mut main),
                (Some("wa_api"), Some(url)) => url.clone_into(&mut wa_api),
                (Some("ready"), None) => break,
                _ => {}
            }
        }
        let network = format!("http://127.0.0.1:{network}/sandbox");
        Self { main, wa_api, network, _child: child, _lines: lines }
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
