//! A receiver of webhooks that refuses the first delivery, so that it is repeated.

use axum::{Router, extract::State, http::StatusCode, routing::post};
use tokio::sync::watch;

use super::super::gateway::PATIENCE;

pub(super) struct Receiver {
    pub(super) address: String,
    taken: watch::Receiver<usize>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let (count, taken) = watch::channel(0);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(post(take)).with_state(count);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, taken }
    }

    /// The first was refused; something came after it.
    pub(super) async fn until_repeated(&mut self) {
        let repeated = self.taken.wait_for(|count| *count > 1);
        let _count = tokio::time::timeout(PATIENCE, repeated).await.expect("it is delivered again").unwrap();
    }
}

async fn take(State(count): State<watch::Sender<usize>>) -> StatusCode {
    let mut first = false;
    count.send_modify(|taken| {
        first = *taken == 0;
        *taken += 1;
    });
    if first { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}
