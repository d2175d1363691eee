//! The audit trail: a chain of rows that nobody edits unseen.

use sea_orm::ConnectionTrait as _;
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::audit::{
    AuditEntry, BrokenTrail, append, check_audit, list_audit,
};
use theriac_records::{Database, DatabaseSettings};

use crate::databases::{Kind, Place, on_both_databases};

on_both_databases!(
    rows_are_numbered_chained_and_listed_from_the_newest,
    database_refuses_to_change_or_delete_a_row,
    whoever_switches_that_off_breaks_the_chain_where_the_row_is,
    writers_at_once_make_one_chain,
);

fn entry(number: u64) -> AuditEntry {
    AuditEntry {
        at: Timestamp(1_790_000_000_000 + number),
        who: "user:anna".to_owned(),
        address: "192.0.2.7".to_owned(),
        method: "POST".to_owned(),
        route: "/api/v1/shipments".to_owned(),
        meaning: format!("ship pallet {number}"),
        intents: vec!["a".to_owned()],
        request_id: "r".to_owned(),
        status: 202,
    }
}

async fn filled(url: &str) -> Database {
    let db = Database::open(&DatabaseSettings::new(url)).await.unwrap();
    for number in 1..=5 {
        append(&db, &entry(number)).await.unwrap();
    }
    db
}

/// Somebody at the database itself.
async fn by_hand(url: &str, statement: &str) -> Result<(), sea_orm::DbErr> {
    let connection = sea_orm::Database::connect(url).await.unwrap();
    let outcome = connection.execute_unprepared(statement).await;
    connection.close().await.unwrap();
    outcome.map(drop)
}

#[test]
fn digests_are_those_of_another_implementation() {
    // Computed with Python's hashlib from the description at the top of the repository.
    let first = AuditEntry {
        at: Timestamp(1_790_000_000_000),
        meaning: "ship 2 packs to the distributor".to_owned(),
        intents: vec!["a".to_owned(), "b".to_owned()],
        request_id: "r-1".to_owned(),
        ..entry(0)
    };
    let digest = first.digest(1, &Digest::ZERO);
    assert_eq!(
        digest.to_string(),
        "01458d349baad0deb0fd535978f4e6f969f925fadbc26d2fa2bb23a93908d217"
    );
    let second = AuditEntry {
        at: Timestamp(1_790_000_000_001),
        who: "key:line-2".to_owned(),
        address: "::1".to_owned(),
        method: "DELETE".to_owned(),
        route: "/api/v1/users/{name}".to_owned(),
        meaning: "é".to_owned(),
        intents: Vec::new(),
        request_id: String::new(),
        status: 403,
    };
    assert_eq!(
        second.digest(2, &digest).to_string(),
        "45ae46ac84190d8cc9dd9882baea17d851597d0d6ba75a2e367a0e2ae85aeed0"
    );
}

async fn rows_are_numbered_chained_and_listed_from_the_newest(kind: Kind) {
    let place = Place::new(kind);
    let db = filled(&place.settings.url).await;
    let trail = check_audit(&db).await.unwrap();
    assert_eq!((trail.rows, &trail.broken), (5, &None));
    let rows = list_audit(&db, Some(5), 2).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.number).collect::<Vec<_>>(),
        [4, 3]
    );
    assert_eq!(rows[0].entry, entry(4));
    let last = list_audit(&db, None, 1).await.unwrap();
    assert_eq!(last[0].digest, trail.head);
}

async fn database_refuses_to_change_or_delete_a_row(kind: Kind) {
    let place = Place::new(kind);
    let url = place.settings.url.clone();
    let db = filled(&url).await;
    for statement in ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"] {
        let refused = by_hand(&url, statement).await.unwrap_err();
        assert!(refused.to_string().contains("is not edited"), "{refused}");
    }
    if kind == Kind::Sqlite {
        let statement = "INSERT OR REPLACE INTO audit SELECT number, at, 'nobody', address, method, route, meaning, \
             intents, request_id, status, digest FROM audit WHERE number = 3";
        let refused = by_hand(&url, statement).await.unwrap_err();
        assert!(refused.to_string().contains("is not edited"), "{refused}");
    }
    let trail = check_audit(&db).await.unwrap();
    assert_eq!((trail.rows, trail.broken), (5, None));
}

async fn whoever_switches_that_off_breaks_the_chain_where_the_row_is(kind: Kind) {
    for (statement, broken) in [
        (
            "UPDATE audit SET meaning = 'ship nothing' WHERE number = 3",
            BrokenTrail::Changed { number: 3 },
        ),
        (
            "DELETE FROM audit WHERE number = 2",
            BrokenTrail::Missing { number: 2 },
        ),
        (
            "UPDATE audit SET intents = '7' WHERE number = 1",
            BrokenTrail::Changed { number: 1 },
        ),
    ] {
        let place = Place::new(kind);
        let url = place.settings.url.clone();
        let db = filled(&url).await;
        let drops: &[&str] = match kind {
            Kind::Sqlite => &[
                "DROP TRIGGER audit_is_not_updated",
                "DROP TRIGGER audit_is_not_deleted",
                "DROP TRIGGER audit_is_not_replaced",
            ],
            Kind::Postgres => &["DROP TRIGGER audit_is_not_changed ON audit"],
        };
        for drop in drops {
            by_hand(&url, drop).await.unwrap();
        }
        by_hand(&url, statement).await.unwrap();
        let trail = check_audit(&db).await.unwrap();
        assert_eq!(trail.broken, Some(broken), "{statement}");
    }
}

async fn writers_at_once_make_one_chain(kind: Kind) {
    let place = Place::new(kind);
    let url = place.settings.url.clone();
    let db = Database::open(&DatabaseSettings::new(&url)).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for number in 1..=20 {
        let db = db.clone();
        writers.spawn(async move { append(&db, &entry(number)).await });
    }
    while let Some(outcome) = writers.join_next().await {
        outcome.unwrap().unwrap();
    }
    let trail = check_audit(&db).await.unwrap();
    assert_eq!((trail.rows, trail.broken), (20, None));
}
