//! Users, sessions and PINs against a clock that moves when told to.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use theriac_client::Generator;
use theriac_http::api_key::ApiKeys;
use theriac_http::clock::FixedClock;
use theriac_http::identity::{ApiUser, Caller, Identify as _, Means, Presented};
use theriac_http::problem::ProblemCode;
use theriac_partner::people::{
    Change, NewKey, NewUser, Opened, People, PeopleSetup, SignInSettings,
};
use theriac_records::repository::users::Role;
use theriac_records::{Database, DatabaseSettings};

const PASSWORD: &str = "correct horse battery";
const MINUTE_MS: u64 = 60_000;

struct Shop {
    people: People,
    clock: Arc<FixedClock>,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/shop.db?mode=rwc", folder.path().display());
        let db = Database::open(&DatabaseSettings::new(url)).await.unwrap();
        let clock = Arc::new(FixedClock::new(1_790_000_000_000));
        let people = People::new(PeopleSetup {
            service: "pharmacy",
            db,
            clock: clock.clone(),
            generator: Generator::system(),
            keys: ApiKeys::default(),
            settings: SignInSettings {
                idle_minutes: 30,
                session_hours: 2,
                secure_cookie: false,
            },
        })
        .unwrap();
        for (name, role) in [("anna", Role::Operator), ("ben", Role::Administrator)] {
            let password = PASSWORD;
            let new = NewUser {
                name,
                role,
                password,
            };
            people.add_user(new).await.unwrap();
        }
        Self {
            people,
            clock,
            _folder: folder,
        }
    }

    async fn sign_in(&self, name: &str) -> Opened {
        self.people
            .sign_in(name, PASSWORD, address(1))
            .await
            .unwrap()
    }

    async fn caller(&self, opened: &Opened) -> Caller {
        let mut headers = HeaderMap::new();
        let cookie = opened.set_cookie.split(';').next().unwrap();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        let presented = Presented {
            method: &Method::GET,
            headers: &headers,
        };
        self.people.identify(presented).await.unwrap()
    }

    async fn user(&self, opened: &Opened) -> ApiUser {
        let Caller::Known(user) = self.caller(opened).await else {
            unreachable!("the session was opened a moment ago")
        };
        user
    }
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

#[tokio::test]
async fn session_that_is_not_used_ends_and_one_that_is_used_lasts_its_hours() {
    let shop = Shop::open().await;
    let idle = shop.sign_in("anna").await;
    let used = shop.sign_in("anna").await;
    for _ in 0..5 {
        shop.clock.advance(20 * MINUTE_MS);
        assert!(matches!(shop.caller(&used).await, Caller::Known(_)));
    }
    assert_eq!(shop.caller(&idle).await, Caller::Ended);
    shop.clock.advance(20 * MINUTE_MS);
    assert_eq!(
        shop.caller(&used).await,
        Caller::Ended,
        "two hours are over"
    );
}

#[tokio::test]
async fn who_is_let_in_stands_until_the_session_ends_or_changes_hands() {
    let shop = Shop::open().await;
    let change = Change {
        pin: Some("2580"),
        ..Change::default()
    };
    shop.people.change_user("ben", change).await.unwrap();
    let (till, other) = (shop.sign_in("anna").await, shop.sign_in("anna").await);
    let anna = shop.user(&till).await;
    let mut at_till = shop.people.standing(anna.clone());
    let mut at_other = shop.people.standing(shop.user(&other).await);
    assert!(at_till.holds().await && at_other.holds().await);
    shop.people
        .switch(&anna, "ben", "2580", address(1))
        .await
        .unwrap();
    assert!(!at_till.holds().await, "the till is in another's hands");
    assert!(at_other.holds().await);
    let change = Change {
        disabled: Some(true),
        ..Change::default()
    };
    shop.people.change_user("anna", change).await.unwrap();
    assert!(!at_other.holds().await);
}

#[tokio::test]
async fn key_that_is_revoked_stands_no_longer() {
    let shop = Shop::open().await;
    let ben = shop.user(&shop.sign_in("ben").await).await;
    let new = NewKey {
        name: "line",
        scopes: &["read".to_owned()],
        created_by: &ben,
    };
    let key = shop.people.add_key(new).await.unwrap();
    let means = Means::StoredKey {
        id: key.record.id.clone(),
    };
    let mut standing = shop
        .people
        .standing(ApiUser::new("key:line", means, Vec::new()));
    assert!(standing.holds().await);
    shop.people.revoke_key(&key.record.id).await.unwrap();
    assert!(!standing.holds().await);
}

#[tokio::test]
async fn fifth_wrong_pin_locks_it_until_the_password_is_used() {
    let shop = Shop::open().await;
    let pin = Some("2580");
    let change = Change {
        pin,
        ..Change::default()
    };
    shop.people.change_user("ben", change).await.unwrap();
    let till = shop.sign_in("anna").await;
    let anna = shop.user(&till).await;
    let switch = async |pin, from| shop.people.switch(&anna, "ben", pin, address(from)).await;
    for from in 1..=5 {
        let problem = switch("1397", from).await.unwrap_err();
        assert_eq!(problem.code(), ProblemCode::SignInRefused);
    }
    let problem = switch("2580", 6).await.unwrap_err();
    assert_eq!(problem.code(), ProblemCode::PinLocked);
    shop.sign_in("ben").await;
    let switched = switch("2580", 7).await.unwrap();
    assert_eq!(shop.user(&switched).await.scopes(), ["read", "write"]);
}

#[tokio::test]
async fn right_pin_forgets_the_wrong_ones() {
    let shop = Shop::open().await;
    let pin = Some("2580");
    let change = Change {
        pin,
        ..Change::default()
    };
    shop.people.change_user("ben", change).await.unwrap();
    for round in 0..3 {
        let till = shop.sign_in("anna").await;
        let anna = shop.user(&till).await;
        for pin in ["1397", "1397", "1397", "1397", "2580"] {
            shop.clock.advance(MINUTE_MS);
            let outcome = shop.people.switch(&anna, "ben", pin, address(round)).await;
            assert_eq!(outcome.is_ok(), pin == "2580");
        }
    }
}

#[tokio::test]
async fn guesses_are_slowed_down_for_one_user_from_one_place_and_not_for_others() {
    let shop = Shop::open().await;
    let guess = async |from| {
        let outcome = shop
            .people
            .sign_in("anna", "not the right one", address(from))
            .await;
        outcome.unwrap_err().code()
    };
    for _ in 0..5 {
        assert_eq!(guess(1).await, ProblemCode::SignInRefused);
    }
    assert_eq!(guess(1).await, ProblemCode::RateLimited);
    assert!(
        shop.people
            .sign_in("anna", PASSWORD, address(2))
            .await
            .is_ok()
    );
    shop.clock.advance(MINUTE_MS);
    assert!(
        shop.people
            .sign_in("anna", PASSWORD, address(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn disabled_user_is_out_at_once_and_takes_the_tills_along() {
    let shop = Shop::open().await;
    let pin = Some("2580");
    let change = Change {
        pin,
        ..Change::default()
    };
    shop.people.change_user("ben", change).await.unwrap();
    let till = shop.sign_in("anna").await;
    let anna = shop.user(&till).await;
    let switched = shop
        .people
        .switch(&anna, "ben", "2580", address(1))
        .await
        .unwrap();
    let change = Change {
        disabled: Some(true),
        ..Change::default()
    };
    shop.people.change_user("anna", change).await.unwrap();
    assert_eq!(
        shop.caller(&switched).await,
        Caller::Ended,
        "anna opened it"
    );
    let refused = shop
        .people
        .sign_in("anna", PASSWORD, address(1))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ProblemCode::SignInRefused);
}

#[tokio::test]
async fn thirty_third_session_of_one_user_ends_the_oldest() {
    let shop = Shop::open().await;
    let first = shop.sign_in("anna").await;
    for _ in 0..31 {
        shop.clock.advance(1_000);
        shop.sign_in("anna").await;
    }
    assert!(matches!(shop.caller(&first).await, Caller::Known(_)));
    shop.sign_in("anna").await;
    assert_eq!(shop.caller(&first).await, Caller::Ended);
}
