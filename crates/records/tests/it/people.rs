//! Users whose rows several change at once, and sessions that are opened meanwhile.

use theriac_crypto::digest;
use theriac_ledger::identifier::Timestamp;
use theriac_records::Database;
use theriac_records::repository::sessions::{
    HandOver, HandedOver, SessionRecord, find_session_by_id, open_session, switch_session,
};
use theriac_records::repository::users::{
    Role, UserChange, UserError, UserRecord, begin_pin, change_user, find_user, insert_user,
};

use crate::databases::{Kind, Place, on_both_databases};

on_both_databases!(
    tries_of_a_pin_at_once_are_all_counted_and_undo_nothing,
    a_session_is_not_opened_with_a_password_that_was_changed_meanwhile,
    two_administrators_that_go_at_once_do_not_both_go,
);

const NOW: Timestamp = Timestamp(1_790_000_000_000);

async fn shop(place: &Place) -> Database {
    let db = Database::open(&place.settings).await.unwrap();
    for (name, role) in [
        ("anna", Role::Operator),
        ("ben", Role::Administrator),
        ("cleo", Role::Administrator),
    ] {
        let user = UserRecord {
            name: name.to_owned(),
            role,
            password: "first".to_owned(),
            pin: Some("pin".to_owned()),
            pin_failures: 0,
            disabled: false,
            created_at: NOW,
            updated_at: NOW,
        };
        insert_user(&db, &user).await.unwrap();
    }
    db
}

fn session(id: &str, user: &str) -> SessionRecord {
    SessionRecord {
        id: id.to_owned(),
        token: digest("test", id.as_bytes()),
        user: user.to_owned(),
        opened_by: user.to_owned(),
        by_pin: false,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: Timestamp(NOW.0 + 60_000),
    }
}

async fn tries_of_a_pin_at_once_are_all_counted_and_undo_nothing(kind: Kind) {
    let place = Place::new(kind);
    let db = shop(&place).await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let db = db.clone();
        tries.spawn(async move { begin_pin(&db, "anna", 5).await.unwrap() });
    }
    let keep_out = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    change_user(&db, NOW, "anna", &keep_out).await.unwrap();
    let allowed = tries
        .join_all()
        .await
        .into_iter()
        .filter(|may| *may)
        .count();
    let anna = find_user(&db, "anna").await.unwrap().unwrap();
    assert!(anna.disabled, "no try brings her back");
    assert!(allowed <= 5, "{allowed}");
    assert_eq!(usize::try_from(anna.pin_failures).unwrap(), allowed);
    assert!(!begin_pin(&db, "anna", 5).await.unwrap());
}

async fn a_session_is_not_opened_with_a_password_that_was_changed_meanwhile(kind: Kind) {
    let place = Place::new(kind);
    let db = shop(&place).await;
    let reset = UserChange {
        password: Some("second".to_owned()),
        pin: Some("other".to_owned()),
        ..UserChange::default()
    };
    assert!(
        open_session(&db, &session("till", "anna"), "first", NOW)
            .await
            .unwrap()
    );
    change_user(&db, NOW, "ben", &reset).await.unwrap();
    let late = session("late", "ben");
    assert!(!open_session(&db, &late, "first", NOW).await.unwrap());
    assert!(find_session_by_id(&db, "late").await.unwrap().is_none());
    let token = digest("test", b"new");
    let to = HandOver {
        session: "till",
        user: "ben",
        pin: "pin",
        token: &token,
    };
    assert_eq!(switch_session(&db, to).await.unwrap(), HandedOver::Refused);
    let to = HandOver { pin: "other", ..to };
    assert_eq!(switch_session(&db, to).await.unwrap(), HandedOver::Done);
    let gone = HandOver {
        session: "gone",
        ..to
    };
    assert_eq!(switch_session(&db, gone).await.unwrap(), HandedOver::Ended);
}

async fn two_administrators_that_go_at_once_do_not_both_go(kind: Kind) {
    let place = Place::new(kind);
    let db = shop(&place).await;
    let demoted = UserChange {
        role: Some(Role::Viewer),
        ..UserChange::default()
    };
    let (first, second) = tokio::join!(
        change_user(&db, NOW, "ben", &demoted),
        change_user(&db, NOW, "cleo", &demoted),
    );
    let refused = [first, second].into_iter().filter_map(Result::err);
    let refused: Vec<UserError> = refused.collect();
    assert!(
        matches!(refused.as_slice(), [UserError::LastAdministrator { .. }]),
        "{refused:?}"
    );
}
