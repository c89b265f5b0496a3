//! The dashboard in a real browser, on a sandbox of its own for each test. Screenshots go to `screenshots/` at the root
//! of the repository, which is not under version control; `SCREENSHOTS` names another folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "some scripts take figures")]
#![expect(clippy::disallowed_methods, reason = "the environment names the folder of the screenshots")]

mod browser;
mod sandbox;

macro_rules! scripts {
    ($($name:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let sandbox = sandbox::Sandbox::start().await;
            browser::run(stringify!($name), &sandbox).await;
        })*
    };
}

scripts! {
    first_five_minutes
    conversation
    unsettled
    by_itself
    wa_api_flow
    dead_letter
    call_blocking
    every_page
    thousand_sessions
}
