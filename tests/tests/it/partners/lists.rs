//! Lists, followed page by page to their end.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;

use super::caller::Caller;
use super::{LOT, PACKS, Partners, text};
use crate::alone;

/// Batches beside the first one, each with one pack that leaves in a shipment of its own.
const MORE: usize = 4;
/// A page that has everything.
const ALL: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_list_has_everything_once_from_page_to_page_to_its_end() {
    let _alone = alone().await;
    let partners = Partners::start(141).await;
    let maker = &partners.maker;
    for number in 0..MORE {
        make_and_ship_one(&partners, number).await;
    }
    let serials = format!("/api/v1/batches/{}/{LOT}/serials", test_product());
    let lists = [
        ("/api/v1/batches", "batches", "lot", MORE + 1),
        (&serials, "serials", "serial", PACKS as usize),
        // Of each small batch one pack is here and one on its way; the first is all here.
        ("/api/v1/stock", "stock", "", 2 * MORE + 1),
        (
            "/api/v1/shipments?direction=out",
            "shipments",
            "shipment",
            MORE,
        ),
    ];
    for (path, list, name, count) in lists {
        for limit in [1, 2, 3] {
            let items = walk(maker, path, list, limit).await;
            assert_eq!(items.len(), count, "{path} by {limit}: {items:#?}");
            assert_eq!(
                items,
                walk(maker, path, list, ALL).await,
                "{path} by {limit}"
            );
            let names = items.iter().map(|item| named(item, name));
            let once: BTreeSet<String> = names.collect();
            assert_eq!(once.len(), count, "{path} by {limit}: {items:#?}");
        }
    }
    follow_captures(maker).await;
    grow_while_it_is_read(maker).await;
    refuse(maker).await;
}

/// A batch of two packs; one is sent to the distributor.
async fn make_and_ship_one(partners: &Partners, number: usize) {
    let maker = &partners.maker;
    let (gtin, lot) = (test_product().to_string(), format!("L{number}"));
    let batch = json!({
        "gtin": gtin, "lot": lot, "expiry": "2049-12-31", "manufactured": "2026-01-01", "count": 2,
    });
    let (_, height) = maker
        .act(&format!("make-{lot}"), "/api/v1/batches", &batch)
        .await;
    maker.follow(height).await;
    let body = json!({
        "to": partners.account(Actor::Distributor), "purpose": "supply",
        "packs": [{ "gtin": gtin, "lot": lot, "first": 0, "count": 1 }],
    });
    let (_, height) = maker
        .act(&format!("ship-{lot}"), "/api/v1/shipments", &body)
        .await;
    maker.follow(height).await;
}

/// What an item is known by: a member, or all of it.
fn named(item: &Value, member: &str) -> String {
    match member {
        "" => item.to_string(),
        member => item[member].to_string(),
    }
}

/// All items of a list, by pages of this size; the header of each page leads where its body does.
async fn walk(service: &Service, path: &str, list: &str, limit: usize) -> Vec<Value> {
    let caller = Caller::with_own_key(service);
    let join = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{join}limit={limit}");
    let (mut items, mut next) = (Vec::new(), Some(first.clone()));
    while let Some(page) = next {
        let reply = caller.get(&page).await;
        assert_eq!(reply.status, 200, "{page}: {}", reply.text);
        let body = reply.json();
        let found = body[list].as_array().expect("a list");
        assert!(found.len() <= limit, "{page}: {body}");
        items.extend(found.iter().cloned());
        next = body["next"]
            .as_str()
            .map(|cursor| format!("{first}&cursor={cursor}"));
        // Nobody is sent to a page with nothing on it.
        assert!(next.is_none() || found.len() == limit, "{page}: {body}");
        let link = reply
            .headers
            .get("link")
            .map(|link| link.to_str().expect("visible ASCII"));
        assert_eq!(
            link.is_some_and(|link| link.contains("rel=\"next\"")),
            next.is_some(),
            "{page}: {link:?}"
        );
    }
    items
}

/// The list of captures is paged as the standard says: by `perPage` and the header that leads on.
async fn follow_captures(maker: &Service) {
    let caller = Caller::with_own_key(maker);
    let mut sent = BTreeSet::new();
    for number in 0..3 {
        let document = json!({
            "@context": [], "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2026-11-20T10:00:00Z",
            "epcisBody": { "eventList": [{
                "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "storing",
                "eventTime": format!("2026-11-20T09:00:0{number}Z"), "eventTimeZoneOffset": "+00:00",
                "epcList": ["https://id.gs1.org/01/09506000000015/21/LIST"],
            }] },
        });
        let key = format!("list-{number}");
        let taken = caller
            .post_with(("Idempotency-Key", &key), "/epcis/capture", &document)
            .await;
        assert_eq!(taken.status, 202, "{}", taken.text);
        sent.insert(
            taken
                .header("location")
                .rsplit('/')
                .next()
                .map(str::to_owned),
        );
    }
    let (mut found, mut next) = (Vec::new(), Some("/epcis/capture?perPage=1".to_owned()));
    while let Some(page) = next {
        let reply = caller.get(&page).await;
        let body = reply.json();
        let items = body.as_array().expect("a list");
        assert_eq!(items.len(), 1, "{page}: {body}");
        found.extend(items.iter().map(|job| Some(text(&job["captureID"]))));
        let link = reply
            .headers
            .get("link")
            .map(|link| link.to_str().expect("visible ASCII"));
        next = link
            .and_then(|link| link.split_once('<')?.1.split_once('>'))
            .map(|(to, _)| to.to_owned());
        if let Some(token) = next
            .as_ref()
            .and_then(|next| next.split_once("nextPageToken="))
        {
            next = Some(format!(
                "/epcis/capture?perPage=1&nextPageToken={}",
                token.1
            ));
        }
    }
    assert_eq!(found.len(), sent.len(), "{found:?}");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), sent);
}

/// A batch that is made while somebody reads the list neither repeats another nor hides one.
async fn grow_while_it_is_read(maker: &Service) {
    let made = maker.get("/api/v1/batches").await.body["batches"].clone();
    let first = "/api/v1/batches?limit=2";
    let page = maker.get(first).await.body;
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "AMID", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 1,
    });
    let (_, height) = maker.act("amid", "/api/v1/batches", &batch).await;
    maker.follow(height).await;
    let mut items = page["batches"].as_array().expect("a list").clone();
    let rest =
        format!("{first}&cursor={}", text(&page["next"])).replacen("limit=2", "limit=200", 1);
    items.extend(
        maker.get(&rest).await.body["batches"]
            .as_array()
            .expect("a list")
            .iter()
            .cloned(),
    );
    items.retain(|batch| batch["lot"] != "AMID");
    assert_eq!(Value::Array(items), made);
}

async fn refuse(maker: &Service) {
    for wrong in ["limit=0", "limit=x", "cursor=nonsense", "cursor=", "page=2"] {
        let path = format!("/api/v1/stock?{wrong}");
        let refused = maker.get(&path).await;
        assert!(
            matches!(refused.status, 400 | 422),
            "{wrong}: {} {}",
            refused.status,
            refused.body
        );
        assert!(
            refused.body["detail"].is_string(),
            "{wrong}: {}",
            refused.body
        );
    }
}
