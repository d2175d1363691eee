//! Messages about exceptions on their way to a partner's service.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use theriac_client::{NodeUrl, PartnerClient};
use theriac_crypto::Digest;
use theriac_http::clock::FixedClock;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::testing::{Actor, Consortium, gtin};
use theriac_partner::exception::delivery::{self, DeliverySetup, INBOX};
use theriac_partner::exception::message::{Content, Line, Message, Note};
use theriac_partner::exception::{Kind, Resolution};
use theriac_partner::operation::Planned;
use theriac_records::repository::exceptions::{find_message, list_undelivered};
use tokio::sync::mpsc;

use crate::node_of_one::{Chain, Node};
use crate::outbox::{LONG, Maker, planned, request};

/// Whom the service of these tests refuses, and where it says what it took.
struct Inbox {
    refused: BTreeSet<Digest>,
    taken: mpsc::UnboundedSender<Digest>,
}

async fn knock(inbox: web::Data<Inbox>, body: web::Bytes) -> HttpResponse {
    let digest = Message::decode(&body).unwrap().digest();
    if inbox.refused.contains(&digest) {
        let problem = r#"{"type":"/problems/conflict","title":"Conflict","status":409,"code":"conflict","detail":"the case is full"}"#;
        return HttpResponse::Conflict()
            .content_type("application/problem+json")
            .body(problem);
    }
    inbox.taken.send(digest).unwrap();
    HttpResponse::NoContent().finish()
}

fn listen(inbox: Inbox) -> (SocketAddr, ServerHandle) {
    let data = web::Data::new(inbox);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route(INBOX, web::post().to(knock))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (address, handle)
}

fn message(from: AccountId, to: AccountId, salt: u8, content: Content) -> Message {
    Message {
        salt: [salt; 32],
        from,
        to,
        content,
        note: Note::parse("").unwrap(),
    }
}

fn report() -> Content {
    let line = Line {
        kind: Kind::Over,
        sscc: None,
        gtin: Some(gtin("9506000", 7)),
        lot: None,
        serial: None,
        expiry: None,
        count: 1,
    };
    Content::Report {
        shipment: None,
        lines: BoundedList::new(vec![line]).unwrap(),
        resolution: Resolution::CreditAccount,
    }
}

#[actix_web::test]
async fn a_message_that_the_partner_refuses_holds_up_its_own_case_and_no_other() {
    let chain = Chain::new(41);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let [own, partner] = {
        let consortium = &chain.lock().unwrap().consortium;
        [Actor::Maker, Actor::Distributor].map(|actor| consortium.account(actor))
    };
    let refused = message(own, partner, 1, report());
    let case = refused.digest();
    let resolution = None;
    let behind = message(own, partner, 2, Content::Answer { case, resolution });
    let other = message(own, partner, 3, report());
    for (number, one) in [&refused, &behind, &other].into_iter().enumerate() {
        let action = Planned {
            message: Some(one.record()),
            ..Planned::new(one.anchor(), "say")
        };
        let key = format!("k{number}");
        let submitted = maker
            .outbox
            .submit(&key, request(&key), planned(vec![action]), LONG);
        submitted.await.unwrap();
    }
    let (taken, mut told) = mpsc::unbounded_channel();
    let refuses = BTreeSet::from([refused.digest()]);
    let (address, handle) = listen(Inbox {
        refused: refuses,
        taken,
    });
    let url = NodeUrl::parse(&format!("http://{address}")).unwrap();
    let setup = DeliverySetup {
        db: maker.db.clone(),
        account: own,
        addresses: BTreeMap::from([(partner, url)]),
        following: maker.following.clone(),
        clock: Arc::new(FixedClock::new(Consortium::START.0)),
        client: PartnerClient::new().unwrap(),
    };
    delivery::start(setup, &maker.supervisor);
    let first = tokio::time::timeout(LONG, told.recv()).await.unwrap();
    assert_eq!(first, Some(other.digest()));
    let found = find_message(&maker.db, &refused.digest()).await.unwrap();
    assert_eq!(found.unwrap().trouble.as_deref(), Some("the case is full"));
    let left = list_undelivered(&maker.db, &own, &[], None, 9)
        .await
        .unwrap();
    let left: Vec<Digest> = left.iter().map(|one| one.message.digest).collect();
    assert!(left.starts_with(&[refused.digest(), behind.digest()]));
    maker.stop().await;
    handle.stop(false).await;
    node.stop().await;
}
