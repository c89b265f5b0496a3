//! The programs under `examples/`, run as a reader would run them: against the sandbox binary.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, a benchmark prints")]
#![expect(clippy::disallowed_methods, reason = "the tests speak to what they started over HTTP of their own")]

mod figures;
mod readme;
mod sandbox;

use std::{path::Path, time::Duration};

use tokio::process::Command;

use sandbox::Sandbox;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
/// A busy machine links several sessions at once.
const PATIENCE: Duration = Duration::from_secs(180);

async fn run(folder: &str) {
    let sandbox = Sandbox::start().await;
    for program in ["curl.sh", "node.mjs", "python.py"] {
        let path = Path::new(FOLDER).join(folder).join(program);
        let mut command = match program {
            "curl.sh" => Command::new("bash"),
            "node.mjs" => {
                let mut node = Command::new("node");
                node.args(["--experimental-websocket", "--no-warnings"]);
                node
            }
            _ => Command::new("python3"),
        };
        command.arg(&path).envs(sandbox.addresses()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = output.unwrap_or_else(|_| panic!("{} did not end", path.display())).unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} failed\n{said}\n{wrong}", path.display());
    }
}

#[tokio::test]
async fn bots() {
    run("bots").await;
}

#[tokio::test]
async fn multisession() {
    run("multisession").await;
}

#[tokio::test]
async fn wa_api() {
    run("wa_api").await;
}

#[tokio::test]
async fn microservice() {
    run("microservice").await;
}
