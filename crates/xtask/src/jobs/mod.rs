//! Jobs that run other programs in the repository: tests in parts, traffic, fuzzing, and a gateway that follows its
//! code.

mod changes;
mod fuzz;
mod run;
mod stage;
mod traffic;

use self::run::{cargo, run};

#[derive(clap::Subcommand)]
pub(crate) enum Job {
    /// Run every test; what follows goes to `cargo nextest run`
    #[command(after_help = "Example:\n  cargo xtask test -E 'test(webhook)'")]
    Test(Rest),
    /// Say how much of the code the tests reach
    #[command(after_help = "Example:\n  cargo xtask coverage --html")]
    Coverage(Rest),
    /// Run the tests again whenever the code changes
    #[command(after_help = "Example:\n  cargo xtask watch -p switchboard-core")]
    Watch(Rest),
    /// Run the tests of the HTTP surfaces
    #[command(after_help = "Example:\n  cargo xtask api")]
    Api,
    /// Run the tests of the WebSockets
    #[command(after_help = "Example:\n  cargo xtask websocket")]
    Websocket,
    /// Run the tests from end to end: real clients and browsers on the simulated network
    #[command(after_help = "Example:\n  cargo xtask whatsapp")]
    Whatsapp(Rest),
    /// Put load on the HTTP API with Artillery, on the simulated network
    #[command(after_help = "Example:\n  cargo xtask load --sessions 20")]
    Load(traffic::Args),
    /// Measure the HTTP API with k6, on the simulated network
    #[command(after_help = "Example:\n  cargo xtask performance --sessions 20")]
    Performance(traffic::Args),
    /// Look for input that breaks something
    #[command(after_help = "Example:\n  cargo xtask fuzz --minutes 10 api nodes")]
    Fuzz(fuzz::Args),
    /// Run the gateway, and start it anew whenever its code changes
    #[command(after_help = "Example:\n  cargo xtask dev --port 9000")]
    Dev(Rest),
}

#[derive(clap::Args)]
pub(crate) struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Named as in the documents of the APIs: a socket's tests have it in their names.
const SOCKETS: &str = "test(/socket|websocket|ws_/)";

pub(crate) async fn do_job(job: Job) -> anyhow::Result<()> {
    match job {
        Job::Test(Rest { rest }) => run("./scripts/test", &rest).await,
        Job::Coverage(Rest { rest }) => coverage(&rest).await,
        Job::Watch(Rest { rest }) => watch(&rest).await,
        Job::Api => cargo("nextest run -p switchboard-api", &[]).await,
        Job::Websocket => cargo("nextest run -p switchboard-api -E", &[SOCKETS.to_owned()]).await,
        Job::Whatsapp(Rest { rest }) => cargo("nextest run -p switchboard-sandbox-cli", &rest).await,
        Job::Load(args) => traffic::artillery(args).await,
        Job::Performance(args) => traffic::k6(args).await,
        Job::Fuzz(args) => fuzz::fuzz(args).await,
        Job::Dev(Rest { rest }) => dev(&rest).await,
    }
}

async fn coverage(rest: &[String]) -> anyhow::Result<()> {
    if run("cargo", &["llvm-cov".to_owned(), "--version".to_owned()]).await.is_err() {
        cargo("install --locked cargo-llvm-cov", &[]).await?;
    }
    cargo("llvm-cov nextest --workspace --exclude switchboard-sandbox-cli", rest).await
}

async fn watch(rest: &[String]) -> anyhow::Result<()> {
    loop {
        let before = changes::newest()?;
        if let Err(error) = cargo("nextest run --workspace --exclude switchboard-sandbox-cli", rest).await {
            println!("{error:#}");
        }
        println!("waiting for a change");
        changes::after(before).await?;
    }
}

/// A build that fails leaves nothing running; the next change tries again.
async fn dev(rest: &[String]) -> anyhow::Result<()> {
    let binary = run::built("switchboard")?;
    let serve = [&["serve".to_owned()], rest].concat();
    loop {
        let before = changes::newest()?;
        if let Err(error) = cargo("build -p switchboard", &[]).await {
            println!("{error:#}: waiting for a change");
            changes::after(before).await?;
            continue;
        }
        let mut gateway = run::start(&binary, &serve)?;
        tokio::select! {
            ended = gateway.wait() => {
                println!("the gateway has ended ({}): waiting for a change", ended?);
                changes::after(before).await?;
            }
            changed = changes::after(before) => {
                changed?;
                println!("the code has changed: starting anew");
                run::end(gateway).await?;
            }
        }
    }
}
