//! The README's first five minutes: its very commands, typed one after the other.

use std::process::Stdio;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use super::{PATIENCE, sandbox::Sandbox};

const README: &str = include_str!("../../../../README.md");
/// What comes behind the answer to a command: the shell says so, and how it ended.
const END: &str = "=== ended ";

/// How a command begins without its credential, and whether something is its answer.
type Answer = (&'static str, fn(&str) -> bool);

const ANSWERS: &[Answer] = &[
    ("T=$(curl -s localhost:8080/api/login", str::is_empty),
    ("curl -s localhost:8080/v1/sessions -d", |said| json(said)["id"] == "shop"),
    ("curl -s -X POST localhost:8080/v1/sessions/shop/connect", |said| json(said)["state"] == "connecting"),
    ("QR=$(curl -s localhost:8080/v1/sessions/shop/qr", str::is_empty),
    ("curl -s localhost:7080/sandbox/phones/6281100000001/scan", |said| json(said)["device"].is_u64()),
    ("curl -s localhost:7080/sandbox/phones/6282200000002/messages", |said| json(said)["id"].is_string()),
    ("curl -s \"localhost:8080/v1/events?", |said| json(said)["events"][0]["data"]["content"]["text"] == "hi"),
    ("curl -s \"localhost:8080/v1/sessions/shop/messages?", |said| {
        ["sent", "delivered"].contains(&json(said)["status"].as_str().unwrap_or_default())
    }),
];

fn json(said: &str) -> Value {
    serde_json::from_str(said).unwrap_or_default()
}

/// The blocks of commands under a heading.
fn blocks(heading: &str) -> Vec<&'static str> {
    let section = README.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let blocks = section.split("```sh\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0).collect()
}

#[tokio::test]
async fn the_commands_without_a_phone() {
    let [start, commands] = blocks("Without a phone")[..] else { panic!("a block that starts it, one that uses it") };
    assert!(start.starts_with(concat!("cargo run --release -p ", env!("CARGO_PKG_NAME"))), "{start}");
    let commands: Vec<_> = commands.lines().collect();
    assert_eq!(commands.len(), ANSWERS.len(), "each command has its answer here");
    let sandbox = Sandbox::start().await;
    let mut shell = Shell::open();
    for (command, (begins, answers)) in commands.into_iter().zip(ANSWERS) {
        let without_credential = command.replace("-H \"Authorization: Bearer $T\" ", "");
        assert!(without_credential.starts_with(begins), "{command}\nis no longer\n{begins}");
        let said = shell.run(&sandbox.moved(command)).await;
        assert!(answers(&said), "{command}\nanswered\n{said}");
        if command.contains("/scan") {
            // Whoever types is slower than a session connects; a test is not.
            sandbox.until_connected("shop").await;
        }
    }
}

struct Shell {
    _child: Child,
    keys: ChildStdin,
    screen: Lines<BufReader<ChildStdout>>,
}

impl Shell {
    fn open() -> Self {
        let mut command = Command::new("bash");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let (keys, screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { _child: child, keys, screen: BufReader::new(screen).lines() }
    }

    /// Types a command and reads what it prints.
    async fn run(&mut self, command: &str) -> String {
        self.keys.write_all(format!("{command}\nprintf '\\n{END}%s\\n' $?\n").as_bytes()).await.unwrap();
        let answer = async {
            let mut said = Vec::new();
            loop {
                let line = self.screen.next_line().await.unwrap().expect("the shell goes on");
                if let Some(code) = line.strip_prefix(END) {
                    assert_eq!(code, "0", "{command}");
                    return said.concat();
                }
                said.push(line);
            }
        };
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("no answer to {command}"))
    }
}
