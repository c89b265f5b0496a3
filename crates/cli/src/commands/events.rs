//! `switchboard events`: the event log of a running gateway.

use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::Value;
use switchboard_egress::Response;

use super::{
    Failure,
    remote::{Remote, Server, part, shown},
    say,
};
use crate::config::Sources;

/// A stream is opened anew after so long.
const STREAM: Duration = Duration::from_secs(3600);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Print events of a running gateway, one JSON object a line
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchboard events --follow\n  switchboard events --after 1042 --types message.received --session sales"
)]
pub(super) struct Events {
    /// Go on with what comes; over restarts of the gateway too, without losing any
    #[arg(long)]
    follow: bool,
    /// The position to begin behind; without it a list begins with the oldest event, --follow with the next one
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// Only these, with commas between
    #[arg(long, value_name = "TYPE,...")]
    types: Option<String>,
    /// Only this session's
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    #[command(flatten)]
    server: Server,
}

pub(super) async fn run(events: &Events, sources: &Sources) -> Result<(), Failure> {
    let gateway = Remote::of(&events.server, sources)?;
    let after = events.after.map(|after| after.to_string());
    if events.follow { events.follow(&gateway, after).await } else { events.list(&gateway, after).await }
}

impl Events {
    fn path(&self, after: Option<&str>) -> String {
        let wanted = [("after", after), ("types", self.types.as_deref()), ("session", self.session.as_deref())];
        let given = wanted.into_iter().filter_map(|(name, text)| Some(format!("&{name}={}", part(text?))));
        format!("/v1/events?limit=500{}", given.collect::<String>())
    }

    async fn list(&self, gateway: &Remote, mut after: Option<String>) -> Result<(), Failure> {
        loop {
            let page = gateway.get(&self.path(after.as_deref())).await?;
            let events = page["events"].as_array().cloned().unwrap_or_default();
            events.iter().for_each(|event| say(&event.to_string()));
            if events.is_empty() {
                return Ok(());
            }
            after = Some(shown(&page["next_cursor"]));
        }
    }

    /// Until the person ends it. What cannot be opened the first time is an error; later the gateway is waited for.
    async fn follow(&self, gateway: &Remote, mut after: Option<String>) -> Result<(), Failure> {
        let mut stream = Some(gateway.stream(&self.path(after.as_deref()), STREAM).await?);
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(open) = stream.take() {
                pause = FIRST_PAUSE;
                print(open, &mut after).await;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            stream = gateway.stream(&self.path(after.as_deref()), STREAM).await.ok();
        }
    }
}

/// Prints what comes, and remembers how far it came, until the stream ends.
async fn print(stream: Response, after: &mut Option<String>) {
    let (mut chunks, mut pending) = (stream.stream(), Vec::new());
    while let Some(Ok(chunk)) = chunks.next().await {
        pending.extend_from_slice(&chunk);
        while let Some(end) = pending.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = pending.drain(..end + 2).collect();
            take(&String::from_utf8_lossy(&frame), after);
        }
    }
}

fn take(frame: &str, after: &mut Option<String>) {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    // A frame with a name of its own is a farewell.
    if let (Some(data), None) = (field("data:"), field("event:"))
        && let Ok(event) = serde_json::from_str::<Value>(data)
    {
        say(&event.to_string());
    }
    if let Some(id) = field("id:") {
        *after = Some(id.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_frame_moves_the_place_on() {
        let mut after = None;
        take(": quiet\nid: 12\n\n", &mut after);
        assert_eq!(after.as_deref(), Some("12"));
        take("event: closed\ndata: {}\n\n", &mut after);
        assert_eq!(after.as_deref(), Some("12"));
    }
}
