//! A key of the pharmacy is stolen: it is revoked, and what it signed is marked.

use anyhow::Context as _;
use serde_json::Value;
use theriac_crypto::SigningKey;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_http::random::system_random;
use theriac_ledger::action::ProposeChange;
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::identifier::{ShipmentId, Timestamp};

use super::hand::{Done, FINAL, Hand};
use super::scenes::{LOT, MEDICINE, PATIENCE, Scenes, receive, serial, ship};

/// The pack that the thief takes in.
const TAKEN: u32 = 2;
/// One that never was with the pharmacy.
const LEFT: u32 = 1;

impl Scenes<'_> {
    /// Somebody has a key of the pharmacy, and takes a delivery in with it.
    pub(super) async fn key_is_stolen(&mut self) -> anyhow::Result<()> {
        let consortium = &self.stage.consortium;
        let pharmacy = Hand::of(self.stage, consortium.member("pharmacy"))?;
        let distributor = Hand::of(self.stage, consortium.member("distributor"))?;
        let stolen = SigningKey::generate(&mut system_random());
        let new = self.proved(&stolen, pharmacy.account)?;
        let change = Change::RegisterKey(new);
        let done = self.own_change(&pharmacy, change).await?;
        self.take_down("the pharmacy registers a second key", done, FINAL);
        let thief = Hand::with(self.stage, stolen, pharmacy.account)?;
        let stolen_at = Timestamp(SystemClock.now_ms().saturating_sub(60_000));
        let done = distributor.act(ship(pharmacy.account, TAKEN, 1)?).await?;
        let shipment = ShipmentId::of_ship(&done.id);
        self.take_down("the distributor ships a pack to it", done, FINAL);
        let done = thief.act(receive(shipment)).await?;
        self.take_down("a thief takes it in with that key", done, FINAL);
        let revocation = KeyRevocation {
            key: thief.key.public_key(),
            compromised_since: stolen_at,
        };
        let (done, attempts) = tokio::join!(
            self.decide(Change::RevokeKey(revocation)),
            self.tries_until_refused(&thief)
        );
        let (done, (last, refused)) = (done?, attempts?);
        let height = done.height.unwrap_or_default();
        self.take_down("the key is revoked", done, FINAL);
        let code = "key_not_active";
        self.take_down(
            "the thief, who goes on meanwhile, is refused",
            refused,
            code,
        );
        let is_over = last.is_none_or(|last| last <= height.saturating_add(1));
        self.note(
            "nothing of his is final two blocks later",
            last,
            if is_over { "nothing" } else { "something" }.to_owned(),
            "nothing",
        );
        let done = thief.act(ship(distributor.account, TAKEN, 1)?).await?;
        self.take_down("he ships nothing afterwards", done, code);
        self.marks_appear(height).await
    }

    /// The thief proposes one key after the other until he is refused; gives the height of the last proposal that
    /// became final, and the refusal.
    async fn tries_until_refused(&self, thief: &Hand) -> anyhow::Result<(Option<u64>, Done)> {
        let tries = async {
            let mut last = None;
            loop {
                let key = SigningKey::generate(&mut system_random());
                let new = self.proved(&key, thief.account)?;
                let change = Change::RegisterKey(new);
                let done = thief.act(ProposeChange { change }).await?;
                if done.height.is_none() {
                    return anyhow::Ok((last, done));
                }
                last = done.height;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, tries).await;
        ended.context("the thief is not refused")?
    }

    /// Who has a part in it sees what the thief signed; patients see no difference.
    async fn marks_appear(&mut self, height: u64) -> anyhow::Result<()> {
        let (regulator, verifier) = (&self.stage.regulator, &self.stage.verifier);
        regulator.follow(height).await?;
        let pack = |position| anyhow::Ok(format!("(01){MEDICINE}(21){}", serial(position)?));
        let (taken, left) = (pack(TAKEN)?, pack(LEFT)?);
        let path = format!("/api/v1/provenance/packs?code={taken}");
        let of_pack = marked(&regulator.get(&path).await?.body["events"]);
        let path = format!("/api/v1/provenance/packs?code={left}");
        let of_other = marked(&regulator.get(&path).await?.body["events"]);
        let path = format!("/api/v1/provenance/lots/{MEDICINE}/{LOT}");
        let of_batch = marked(&regulator.get(&path).await?.body["events"]);
        let told = verifier.verify_signed_in(&taken, height).await?.body;
        let told = format!("{}, {}", text(&told), disputed(&told));
        let public = verifier.verify(&taken, height).await?.body;
        let public = format!("{}, {}", text(&public), disputed(&public));
        let mut note = |name, outcome, expected| self.note(name, Some(height), outcome, expected);
        note("provenance marks what the thief signed", of_pack, "receive");
        note("and in the history of the batch", of_batch, "receive");
        note("nothing of another pack", of_other, "nothing");
        note(
            "the pharmacy is told when it scans",
            told,
            "ACTIVE, receive",
        );
        note(
            "a patient sees what was seen before",
            public,
            "ACTIVE, nothing",
        );
        Ok(())
    }
}

fn text(answer: &Value) -> &str {
    answer["answer"].as_str().unwrap_or_default()
}

/// Kinds of the events of a history that are disputed.
fn marked(events: &Value) -> String {
    let events = events.as_array().into_iter().flatten();
    kinds(events.filter(|event| event["disputed"] == true))
}

/// The same of an answer.
fn disputed(answer: &Value) -> String {
    kinds(
        answer["disputed"]["events"]
            .as_array()
            .into_iter()
            .flatten(),
    )
}

fn kinds<'e>(events: impl Iterator<Item = &'e Value>) -> String {
    let kinds: Vec<&str> = events.filter_map(|event| event["kind"].as_str()).collect();
    if kinds.is_empty() {
        return "nothing".to_owned();
    }
    kinds.join(" ")
}
