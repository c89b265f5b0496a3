//! Redis Streams on a real Redis.

use std::process::Command;

use redis::{Client, streams::StreamRangeReply};
use switchboard_delivery::sinks::Redis;

use super::{Bench, Server, SinkState, failing, nothing_is_lost};

const STREAM: &str = "test:events";

fn server() -> Server {
    let recipe = |folder: &std::path::Path, port: u16| {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--appendonly", "yes", "--dir"]).arg(folder);
        command
    };
    Server::run(recipe, 5)
}

async fn entries(url: &str) -> Vec<StreamRangeReply> {
    let Ok(mut connection) = Client::open(url).unwrap().get_multiplexed_async_connection().await else {
        return Vec::new();
    };
    redis::cmd("XRANGE").arg(STREAM).arg("-").arg("+").query_async(&mut connection).await.into_iter().collect()
}

async fn ids(url: &str) -> Vec<String> {
    let entries = entries(url).await.into_iter().flat_map(|reply| reply.ids);
    entries.map(|entry| entry.get::<String>("id").unwrap()).collect()
}

#[tokio::test]
async fn redis_gets_every_event() {
    let mut server = server();
    let url = format!("redis://127.0.0.1:{}", server.port);
    let sink = || Redis::new(url.clone().into(), STREAM.to_owned(), None);
    nothing_is_lost(&mut server, sink, || ids(&url)).await;
}

#[tokio::test]
async fn an_entry_says_what_the_event_is() {
    let server = server();
    let (url, mut bench) = (format!("redis://127.0.0.1:{}", server.port), Bench::open().await);
    bench.follow(Redis::new(url.clone().into(), STREAM.to_owned(), Some(1000)));
    bench.all_arrived(|| ids(&url)).await;
    let entry = entries(&url).await.remove(0).ids.remove(0);
    let field = |name: &str| entry.get::<String>(name).unwrap();
    let event: serde_json::Value = serde_json::from_str(&field("event")).unwrap();
    assert_eq!((field("session"), field("type")), ("sales".to_owned(), "session.created".to_owned()));
    assert_eq!((&event["id"], event["position"].to_string()), (&field("id").into(), field("position")));
}

#[tokio::test]
async fn what_cannot_be_an_address_is_said_without_its_password() {
    let mut bench = Bench::open().await;
    bench.follow(Redis::new("your-redis:hush@url".to_owned().into(), STREAM.to_owned(), None));
    let SinkState::Failing(why) = bench.until(failing).await else { unreachable!() };
    assert!(why.contains("REDIS_URL") && !why.contains("hush"), "{why}");
    bench.stop().await;
}
