//! The client against a real server on this machine, with names answered by the test.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use switchboard_egress::{Body, Egress, EgressError, EgressPolicy, Lookup, Method, Refusal, Request, parse_networks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every connection with `answer` and counts them.
async fn server(answer: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("works on loopback");
    let port = listener.local_addr().expect("works on loopback").port();
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = hits.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("works on loopback");
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while !seen.windows(4).any(|w| w == b"\r\n\r\n") {
                    let n = socket.read(&mut buffer).await.unwrap_or(0);
                    if n == 0 {
                        return;
                    }
                    seen.extend_from_slice(&buffer[..n]);
                }
                let _ = socket.write_all(answer.as_bytes()).await;
                let _ = socket.shutdown().await;
            });
        }
    });
    (port, hits)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";

/// Gives its answers one after the other and then repeats the last.
fn names(answers: &[&[[u8; 4]]]) -> Lookup {
    let answers: Vec<Vec<IpAddr>> = answers.iter().map(|a| a.iter().map(|ip| IpAddr::from(*ip)).collect()).collect();
    let next = AtomicUsize::new(0);
    Lookup::new(move |_| {
        let i = next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let answer = answers[i].clone();
        Box::pin(async move { Ok(answer) })
    })
}

fn no_names() -> Lookup {
    Lookup::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }))
}

fn local(lookup: Lookup) -> Egress {
    Egress::with_lookup(EgressPolicy::with_loopback(), lookup).expect("works on loopback")
}

fn strict(lookup: Lookup) -> Egress {
    Egress::with_lookup(EgressPolicy::default(), lookup).expect("works on loopback")
}

fn get(url: impl Into<String>) -> Request {
    Request::new(Method::GET, url)
}

#[tokio::test]
async fn an_answer_comes_back_with_status_headers_and_body() {
    let (port, _) = server("HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nwait").await;
    let response = local(no_names()).send(get(format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!(response.status, 503);
    assert_eq!(response.headers["retry-after"], "7");
    assert_eq!(response.bytes().await.unwrap(), "wait");
}

#[tokio::test]
async fn names_are_dialled_at_the_address_that_was_checked() {
    let (port, hits) = server(OK).await;
    let egress = local(names(&[&[[127, 0, 0, 1]]]));
    let response = egress.send(get(format!("http://receiver.example:{port}/"))).await.unwrap();
    assert_eq!(response.excerpt(3).await, "hel");
    assert_eq!(hits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_that_turns_private_after_the_check_is_not_dialled() {
    let (port, hits) = server(OK).await;
    let egress = strict(names(&[&[[93, 184, 216, 34]], &[[127, 0, 0, 1]]]));
    let url = format!("http://rebinding.example:{port}/");
    egress.check_url(&url).await.unwrap();
    let error = egress.send(get(url)).await.unwrap_err();
    assert!(matches!(error, EgressError::Refused { refusal: Refusal::Private, .. }), "{error:?}");
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn of_several_addresses_only_the_permitted_are_dialled() {
    let (port, hits) = server(OK).await;
    let policy = EgressPolicy::allowing(parse_networks("127.0.0.1").unwrap());
    let egress =
        Egress::with_lookup(policy, names(&[&[[127, 0, 0, 2], [127, 0, 0, 1], [169, 254, 169, 254]]])).unwrap();
    egress.send(get(format!("http://many.example:{port}/"))).await.unwrap();
    assert_eq!(hits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn literal_addresses_are_refused_in_every_spelling() {
    let egress = strict(no_names());
    let literals = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "１２７.0.0.1",
    ];
    for host in literals {
        let url = format!("http://{host}/");
        let checked = egress.check_url(&url).await;
        assert!(matches!(checked, Err(EgressError::Refused { .. })), "{url}: {checked:?}");
        let sent = egress.send(get(url.clone())).await;
        assert!(matches!(sent, Err(EgressError::Refused { .. })), "{url}: {sent:?}");
    }
}

#[tokio::test]
async fn metadata_is_refused_even_where_everything_is_allowed() {
    let policy = EgressPolicy::allowing(parse_networks("0.0.0.0/0,::/0").unwrap());
    let egress = Egress::with_lookup(policy, names(&[&[[169, 254, 169, 254]]])).unwrap();
    for url in ["http://169.254.169.254/latest", "http://metadata.example/latest"] {
        let error = egress.send(get(url)).await.unwrap_err();
        assert!(matches!(error, EgressError::Refused { refusal: Refusal::Metadata, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn registration_accepts_what_cannot_be_resolved_yet_and_refuses_bad_forms() {
    let egress = strict(no_names());
    let url = egress.check_url("https://not-yet.example/hook?x=1").await.unwrap();
    assert_eq!(url.as_str(), "https://not-yet.example/hook?x=1");
    for url in [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://",
        "http://user@example.com/",
        "http://:pw@example.com/",
        "javascript:alert(1)",
        "http://exa mple.com/",
    ] {
        assert!(matches!(egress.check_url(url).await, Err(EgressError::InvalidUrl(_))), "{url}");
    }
    let private = strict(names(&[&[[10, 0, 0, 1]]]));
    assert!(matches!(private.check_url("https://intranet.example/").await, Err(EgressError::Refused { .. })));
    let error = egress.send(get("https://not-yet.example/")).await.unwrap_err();
    assert!(matches!(&error, EgressError::Unresolved { host, .. } if host == "not-yet.example"), "{error:?}");
    assert!(!error.is_permanent());
}

#[tokio::test]
async fn redirects_are_answers_and_not_followed() {
    let (port, hits) = server("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n").await;
    let response = local(no_names()).send(get(format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(hits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn answers_over_the_limit_are_cut_whether_announced_or_not() {
    let (announced, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789").await;
    let (silent, _) = server("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n0123456789").await;
    let egress = local(no_names());
    let mut request = get(format!("http://127.0.0.1:{announced}/"));
    request.max_response_bytes = 9;
    assert!(matches!(egress.send(request).await, Err(EgressError::TooLarge { limit: 9 })));
    let mut request = get(format!("http://127.0.0.1:{silent}/"));
    request.max_response_bytes = 9;
    let response = egress.send(request).await.unwrap();
    let last = response.stream().collect::<Vec<_>>().await.pop().unwrap();
    assert!(matches!(last, Err(EgressError::TooLarge { limit: 9 })));
}

#[tokio::test]
async fn a_silent_receiver_ends_in_a_timeout_and_a_closed_port_in_a_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let egress = local(no_names());
    let mut request = get(format!("http://127.0.0.1:{port}/secret-path?token=x"));
    request.timeout = Duration::from_millis(50);
    assert!(matches!(egress.send(request).await, Err(EgressError::Timeout(_))));
    drop(listener);
    let error = egress.send(get(format!("http://127.0.0.1:{port}/secret-path?token=x"))).await.unwrap_err();
    assert!(matches!(error, EgressError::Connect { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"), "paths stay out of errors: {error:?}");
}

#[tokio::test]
async fn streamed_bodies_arrive_with_their_length() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 1024];
        while !seen.ends_with(b"abcdef") {
            let n = socket.read(&mut buffer).await.unwrap();
            seen.extend_from_slice(&buffer[..n]);
        }
        socket.write_all(OK.as_bytes()).await.unwrap();
        String::from_utf8(seen).unwrap()
    });
    let chunks = futures_util::stream::iter(["abc", "def"]).map(|c| Ok(Bytes::from_static(c.as_bytes())));
    let mut request = Request::new(Method::POST, format!("http://127.0.0.1:{port}/up"));
    request.body = Body::Stream { chunks: chunks.boxed(), length: Some(6) };
    local(no_names()).send(request).await.unwrap();
    let seen = seen.await.unwrap().to_lowercase();
    assert!(seen.contains("content-length: 6"), "{seen}");
    assert!(seen.contains("user-agent: switchboard/"), "{seen}");
}

#[test]
fn a_broken_root_certificate_is_named_at_the_start() {
    let extra_roots_pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    let error = Egress::new(EgressPolicy { extra_roots_pem, ..EgressPolicy::default() }).unwrap_err();
    assert!(matches!(error, EgressError::Setup(_)), "{error}");
}
