//! Chromium, driven by node. Both are installed by this where they are missing, as on a fresh machine.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use super::sandbox::Sandbox;

/// Runs one script to its end; what it says is shown when it fails.
pub(crate) async fn run(script: &str, sandbox: &Sandbox) {
    let (home, chromium) = tokio::task::spawn_blocking(prepare).await.unwrap();
    let output = Command::new("node")
        .arg(home.join(format!("{script}.mjs")))
        .env("MAIN", &sandbox.main)
        .env("WA_API", &sandbox.wa_api)
        .env("NETWORK", &sandbox.network)
        .env("CHROMIUM", chromium)
        .env("SCREENSHOTS", screenshots(&home))
        .output()
        .await
        .expect("node is needed to drive the browser");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&output.stdout));
    assert!(output.status.success(), "{script}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
}

fn screenshots(home: &Path) -> PathBuf {
    let root = home.ancestors().nth(4).unwrap();
    std::env::var_os("SCREENSHOTS").map_or_else(|| root.join("screenshots"), PathBuf::from)
}

fn prepare() -> (PathBuf, PathBuf) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dashboard");
    let lock = std::fs::File::create(home.join("package-lock.json").with_extension("lock.log")).unwrap();
    // Tests run side by side, each in a process of its own.
    lock.lock().unwrap();
    if !home.join("node_modules/.package-lock.json").exists() {
        let mut install = std::process::Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund"]).current_dir(&home).stdout(Stdio::null());
        assert!(install.status().expect("npm is needed").success(), "npm ci failed in {}", home.display());
    }
    (home, chromium())
}

/// `CHROMIUM`, or Debian's.
fn chromium() -> PathBuf {
    let chosen = std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !chosen.exists() {
        let install = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq chromium";
        let status = std::process::Command::new("sh").args(["-c", install]).stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "chromium cannot be installed: do so by hand, or name one in CHROMIUM");
    }
    chosen
}
