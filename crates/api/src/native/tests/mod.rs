//! `/v1` end to end: requests in, answers out, on a real core with a store and an engine in memory.

mod bad_input;
mod calls;
mod chats;
mod communities;
mod contacts;
mod docs;
mod events;
mod groups;
mod identity;
mod labels;
mod messages;
mod moving;
mod newsletters;
mod profile;
mod sessions;
mod socket;
mod webhooks;

use crate::testing::{Answer, House};

async fn house() -> House {
    House::with(super::router).await
}

impl Answer {
    /// Asserts a problem of this kind, and gives its `field`.
    #[track_caller]
    fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["code"], code, "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        problem["field"].as_str().unwrap_or_default().to_owned()
    }
}
