//! The front before a route that tells what it was told.

use axum::{Extension, body::Body, http::StatusCode, routing::get};
use tower::ServiceExt;

use super::*;

const APP: &str = "https://app.example";

async fn ask(front: &Front, headers: &[(&str, &str)]) -> Response {
    let tell = |ConnectInfo(client): ConnectInfo<SocketAddr>, Extension(Encrypted(encrypted)): Extension<Encrypted>| async move {
        format!("{} {encrypted}", client.ip())
    };
    let mut request = Request::builder().uri("/").method("GET").header("host", "gateway.example:8080");
    for (name, value) in headers {
        request = if *name == "method" { request.method(*value) } else { request.header(*name, *value) };
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
    front.before(Router::new().route("/", get(tell))).oneshot(request).await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn what_a_trusted_proxy_says_reaches_the_route() {
    let forwarded = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
    assert_eq!(text(ask(&Front::default(), &forwarded).await).await, "10.0.0.1 false");
    let trusting = Front::new(vec!["10.0.0.0/8".parse().unwrap()], Vec::new());
    let answer = ask(&trusting, &forwarded).await;
    assert_eq!(header(&answer, "strict-transport-security"), "max-age=31536000");
    assert_eq!(text(answer).await, "203.0.113.9 true");
    assert_eq!(header(&ask(&trusting, &[]).await, "strict-transport-security"), "");
}

#[tokio::test]
async fn every_answer_is_protected() {
    for method in ["GET", "POST"] {
        let answer = ask(&Front::default(), &[("method", method)]).await;
        for name in ["x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy"] {
            assert_ne!(header(&answer, name), "", "{method} {name}");
        }
    }
}

#[tokio::test]
async fn without_a_list_no_other_site_is_answered() {
    let answer = ask(&Front::default(), &[("origin", APP)]).await;
    assert_eq!(header(&answer, "access-control-allow-origin"), "");
    let preflight = [("method", "OPTIONS"), ("origin", APP), ("access-control-request-method", "POST")];
    assert_eq!(ask(&Front::default(), &preflight).await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn listed_sites_are_answered_and_others_are_not() {
    let front = Front::new(Vec::new(), vec![APP.to_owned()]);
    let answer = ask(&front, &[("origin", APP)]).await;
    assert_eq!((header(&answer, "access-control-allow-origin"), header(&answer, "vary")), (APP, "origin"));
    let preflight = [("method", "OPTIONS"), ("origin", APP), ("access-control-request-method", "POST")];
    let answer = ask(&front, &preflight).await;
    assert_eq!((answer.status(), header(&answer, "access-control-allow-origin")), (StatusCode::NO_CONTENT, APP));
    assert!(header(&answer, "access-control-allow-headers").contains("x-api-key"));
    for foreign in ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"] {
        let answer = ask(&front, &[("origin", foreign)]).await;
        assert_eq!((header(&answer, "access-control-allow-origin"), header(&answer, "vary")), ("", "origin"));
    }
    let all = Front::new(Vec::new(), vec!["*".to_owned()]);
    assert_eq!(header(&ask(&all, &[("origin", "null")]).await, "access-control-allow-origin"), "null");
}

#[tokio::test]
async fn web_sockets_are_opened_by_programs_our_pages_and_listed_sites() {
    let front = Front::new(Vec::new(), vec![APP.to_owned()]);
    let status = async |origin: &[(&str, &str)]| {
        let upgrade = [("connection", "upgrade"), ("upgrade", "WebSocket")];
        ask(&front, &[&upgrade, origin].concat()).await.status()
    };
    assert_eq!(status(&[]).await, StatusCode::OK);
    assert_eq!(status(&[("origin", "https://gateway.example:8080")]).await, StatusCode::OK);
    assert_eq!(status(&[("origin", APP)]).await, StatusCode::OK);
    for foreign in ["https://evil.example", "http://gateway.example", "null"] {
        assert_eq!(status(&[("origin", foreign)]).await, StatusCode::FORBIDDEN, "{foreign}");
    }
}
