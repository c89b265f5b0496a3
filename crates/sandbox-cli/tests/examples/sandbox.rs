//! The binary with network and gateway in one process, on ports of its own.

use std::{net::TcpListener, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Sandbox {
    _child: Child,
    main: u16,
    wa_api: u16,
    microservice: u16,
    events: u16,
    network: u16,
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        let [main, wa_api, microservice, events, network] = free_ports();
        let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard-sandbox"))
            .args(["--network-listen", &format!("127.0.0.1:{network}")])
            .env("PORT", main.to_string())
            .env("SWITCHBOARD_WA_API", format!("127.0.0.1:{wa_api}"))
            .env("SWITCHBOARD_MICROSERVICE", format!("127.0.0.1:{microservice}"))
            .env("WS_PORT", events.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready =
            async { while lines.next_line().await.unwrap().expect("it says `ready` before it ends") != "ready" {} };
        tokio::time::timeout(PATIENCE, ready).await.expect("the sandbox starts");
        // Whatever it still prints must find a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { _child: child, main, wa_api, microservice, events, network }
    }

    /// Where everything is, as the programs read it.
    pub(crate) fn addresses(&self) -> [(&'static str, String); 5] {
        [
            ("MAIN_URL", format!("http://localhost:{}", self.main)),
            ("WA_API_URL", format!("http://localhost:{}", self.wa_api)),
            ("MICROSERVICE_URL", format!("http://localhost:{}", self.microservice)),
            ("MICROSERVICE_WS", format!("ws://localhost:{}", self.events)),
            ("NETWORK_URL", format!("http://localhost:{}", self.network)),
        ]
    }

    /// A command of the documentation, which names the usual ports.
    pub(crate) fn moved(&self, command: &str) -> String {
        let main = command.replace("localhost:8080", &format!("localhost:{}", self.main));
        main.replace("localhost:7080", &format!("localhost:{}", self.network))
    }

    pub(crate) async fn until_connected(&self, session: &str) {
        let url = format!("http://localhost:{}/v1/sessions/{session}", self.main);
        // Only plain HTTP is spoken here, but the client is built with TLS by whatever else is in the build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::new();
        let connected = async {
            loop {
                let view = http.get(&url).bearer_auth("sandbox-token").send().await.unwrap();
                let view: serde_json::Value = view.json().await.unwrap();
                if view["state"] == "connected" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, connected).await.expect("the session connects");
    }
}

/// Held open together, so that none is given twice.
fn free_ports() -> [u16; 5] {
    let held = [(); 5].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}
