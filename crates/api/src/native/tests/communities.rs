use axum::http::Method;
use serde_json::{Value, json};
use switchboard_model::{Group, GroupKind, GroupSettings, Member, MemberRole, Party};

use super::house;
use crate::testing::{House, PEER};

const CHOIR: &str = "120363302171476233@g.us";

struct Neighbours {
    house: House,
    community: String,
}

impl Neighbours {
    /// A community, and a group that stands alone.
    async fn new() -> Self {
        let house = house().await;
        let (_, session) = house.linked("shop").await;
        let person = Party::from(PEER.parse::<switchboard_model::Jid>().unwrap());
        session.put_group(Group {
            jid: CHOIR.parse().unwrap(),
            subject: "Choir".to_owned(),
            description: None,
            owner: None,
            created_at: None,
            members: vec![Member { party: person, role: MemberRole::Member }],
            size: 1,
            settings: GroupSettings::default(),
            kind: GroupKind::Group,
            parent: None,
        });
        let new = json!({"subject": "Neighbours", "description": "We live here", "general_chat": true});
        let made = house.post("/v1/sessions/shop/communities", new).admin().send().await.ok(201);
        assert_eq!((&made["kind"], &made["parent"]), (&json!("community"), &json!(null)));
        Self { house, community: made["id"].as_str().unwrap().to_owned() }
    }

    fn path(&self, tail: &str) -> String {
        format!("/v1/sessions/shop/communities/{}{tail}", self.community)
    }

    async fn ask(&self, method: Method, tail: &str) -> crate::testing::Answer {
        self.house.ask(method, &self.path(tail)).admin().send().await
    }

    async fn kinds(&self) -> Vec<Value> {
        let groups = self.ask(Method::GET, "/groups").await.ok(200);
        groups["groups"].as_array().unwrap().iter().map(|group| group["kind"].clone()).collect()
    }

    async fn choir(&self) -> Value {
        self.house.get(&format!("/v1/sessions/shop/groups/{CHOIR}")).admin().send().await.ok(200)
    }
}

#[tokio::test]
async fn groups_come_into_a_community_and_go() {
    let there = Neighbours::new().await;
    assert_eq!(there.kinds().await, ["announcements", "general"]);
    let choir = format!("/groups/{CHOIR}");
    there.ask(Method::PUT, &choir).await.ok(204);
    there.ask(Method::PUT, &choir).await.ok(204);
    assert_eq!(there.choir().await["parent"], json!(there.community));
    assert_eq!(there.ask(Method::POST, &format!("{choir}/join")).await.ok(200)["id"], CHOIR);
    let people = there.ask(Method::GET, "/participants").await.ok(200);
    assert_eq!(people["participants"][0]["pn"], PEER);
    there.ask(Method::DELETE, &format!("{choir}?remove_orphans=true")).await.ok(204);
    assert_eq!(there.choir().await["parent"], json!(null));
    let new = json!({"subject": "Garden", "participants": [PEER], "community": there.community});
    let made = there.house.post("/v1/sessions/shop/groups", new).admin().send().await.ok(201);
    assert_eq!(made["parent"], json!(there.community));
    let gone = json!({"participants": [PEER]});
    let gone = there.house.post(&there.path("/participants/remove"), gone).admin().send().await.ok(200);
    assert_eq!(gone["participants"][0]["done"], true);
}

#[tokio::test]
async fn a_community_ends_and_its_groups_stay() {
    let there = Neighbours::new().await;
    there.ask(Method::PUT, &format!("/groups/{CHOIR}")).await.ok(204);
    let listed = there.house.get("/v1/sessions/shop/communities").admin().send().await.ok(200);
    assert_eq!((&listed["communities"][0]["id"], listed["communities"][1].is_null()), (&json!(there.community), true));
    there.ask(Method::DELETE, "").await.ok(204);
    there.ask(Method::DELETE, "").await.problem(404, "not_found");
    assert_eq!(there.choir().await["parent"], json!(null));
}

#[tokio::test]
async fn what_does_not_fit_a_community_is_refused() {
    let there = Neighbours::new().await;
    for body in [json!({"subject": " "}), json!({"subject": "x".repeat(101)}), json!({"name": "x"})] {
        there.house.post("/v1/sessions/shop/communities", body).admin().send().await.problem(400, "invalid");
    }
    let groups = there.ask(Method::GET, "/groups").await.ok(200);
    let announcements = groups["groups"][0]["id"].as_str().unwrap().to_owned();
    there.ask(Method::DELETE, &format!("/groups/{announcements}")).await.problem(409, "conflict");
    there.ask(Method::DELETE, &format!("/groups/{CHOIR}")).await.problem(404, "not_found");
    there.ask(Method::PUT, &format!("/groups/{}", there.community)).await.problem(409, "conflict");
    there.ask(Method::PUT, "/groups/120363999999999999@g.us").await.problem(404, "not_found");
    let no_community = format!("/v1/sessions/shop/communities/{CHOIR}/groups");
    there.house.get(&no_community).admin().send().await.problem(404, "not_found");
    let new = json!({"subject": "Garden", "participants": [PEER], "community": CHOIR});
    let refused = there.house.post("/v1/sessions/shop/groups", new).admin().send().await;
    assert_eq!(refused.problem(400, "invalid"), "community");
    let key = there.house.key("read", None).await;
    let close = there.house.ask(Method::DELETE, &there.path("")).bearer(&key).send().await;
    close.problem(403, "forbidden");
}
