//! A key of the pharmacy is stolen: it is revoked, and what it signed is marked.

use serde_json::Value;
use theriac_crypto::SigningKey;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_http::random::system_random;
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::identifier::{ShipmentId, Timestamp};

use super::hand::{FINAL, Hand};
use super::scenes::{LOT, MEDICINE, Scenes, receive, serial, ship};

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
        let done = self.decide(Change::RevokeKey(revocation)).await?;
        let height = done.height;
        self.take_down("the key is revoked", done, FINAL);
        let done = thief.act(ship(distributor.account, TAKEN, 1)?).await?;
        let refused = "key_not_active";
        self.take_down("the thief is refused in the next block", done, refused);
        self.marks_appear(height.unwrap_or_default()).await
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
