//! Products and packs to try.

use serde_json::{Value, json};
use theriac_gs1::SerialNumber;
use theriac_http::random::system_random;
use theriac_partner::serials::new_serials;

use super::api::Answer;
use super::stage::Stage;

/// GTIN of the sample product, within the maker's company prefix.
const GTIN: &str = "09506000134376";
const EXPIRY: &str = "2029-06-30";
const MANUFACTURED: &str = "2026-10-01";

/// A batch with invented serials.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) gtin: &'static str,
    pub(crate) lot: &'static str,
    serials: Vec<String>,
}

impl Batch {
    /// Invents serials as the manufacturer's service does.
    pub(crate) fn invent(lot: &'static str, packs: usize) -> Self {
        let serials = new_serials(packs, &mut system_random());
        let text = |serial: &SerialNumber| serial.as_str().to_owned();
        Self {
            gtin: GTIN,
            lot,
            serials: serials.iter().map(text).collect(),
        }
    }

    /// Serials of three characters, a letter and a number, so that the link of a pack makes a QR code
    /// small enough for a terminal.
    pub(super) fn numbered(lot: &'static str, letter: char, packs: u8) -> Self {
        Self {
            gtin: GTIN,
            lot,
            serials: (0..packs).map(|n| format!("{letter}{n:02}")).collect(),
        }
    }

    /// What a scanner reads on the pack at a position.
    pub(crate) fn pack_code(&self, position: usize) -> String {
        let serial = &self.serials[position];
        format!("(01){}(17)290630(10){}(21){serial}", self.gtin, self.lot)
    }

    /// What a person types for the pack at a position: what its Digital Link says, without the address.
    fn typed_code(&self, position: usize) -> String {
        format!("(01){}(21){}", self.gtin, self.serials[position])
    }

    /// What a scanner reads on a code of the batch.
    pub(crate) fn lot_code(&self) -> String {
        format!("(01){}(17)290630(10){}", self.gtin, self.lot)
    }

    /// The Digital Link of a pack at the verifier, in the form that makes the smallest QR code: capital
    /// letters, and no batch, which the record knows.
    fn pack_link(&self, verifier: &str, position: usize) -> String {
        let host = verifier.to_uppercase();
        format!("{host}/01/{}/21/{}", self.gtin, self.serials[position])
    }

    /// Commissions it from a CSV file.
    pub(crate) async fn commission(&self, stage: &Stage) -> anyhow::Result<Answer> {
        let mut csv = "serial\n".to_owned();
        for serial in &self.serials {
            csv.push_str(serial.as_str());
            csv.push('\n');
        }
        let path = format!(
            "/api/v1/batches/csv?gtin={}&lot={}&expiry={EXPIRY}&manufactured={MANUFACTURED}",
            self.gtin, self.lot
        );
        stage
            .manufacturer
            .post_csv(&format!("commission-{}", self.lot), &path, csv)
            .await
    }
}

/// The sample product.
pub(crate) fn product() -> Value {
    json!({
        "gtin": GTIN, "name": "Amoxicillin Andromachus", "strength": "500 mg", "form": "capsule",
        "pack_size": 21, "markets": ["KE", "UG"],
    })
}

/// Registers a product.
pub(crate) async fn register(stage: &Stage, product: &Value) -> anyhow::Result<Answer> {
    stage
        .manufacturer
        .post("register-product", "/api/v1/products", product)
        .await
}

/// A code to try.
#[derive(Debug)]
pub(crate) struct Sample {
    /// What it is.
    pub(crate) name: &'static str,
    /// What the verifier should say.
    pub(crate) expected: &'static str,
    /// What a person types.
    pub(crate) code: String,
    /// Its Digital Link, as the QR code holds it.
    pub(crate) link: String,
}

impl Sample {
    pub(super) fn new(
        name: &'static str,
        expected: &'static str,
        (batch, position): (&Batch, usize),
        verifier: &str,
    ) -> Self {
        Self {
            name,
            expected,
            code: batch.typed_code(position),
            link: batch.pack_link(verifier, position),
        }
    }
}

/// Three codes to try.
#[derive(Debug)]
pub(crate) struct Samples {
    /// A good one, a recalled one, and one already dispensed.
    pub(crate) codes: Vec<Sample>,
}

/// Makes a good pack, a recalled one, and one already dispensed.
pub(crate) async fn prepare(stage: &Stage) -> anyhow::Result<Samples> {
    let good = Batch::numbered("G-1", 'G', 100);
    let recalled = Batch::numbered("R-1", 'R', 20);
    done(&register(stage, &product()).await?)?;
    done(&good.commission(stage).await?)?;
    let height = done(&recalled.commission(stage).await?)?;
    stage.manufacturer.follow(height).await?;
    let notice = json!({
        "gtin": GTIN, "lot": recalled.lot, "class": 2,
        "notice": "Demonstration: this batch is recalled.",
    });
    done(
        &stage
            .manufacturer
            .post("demo-recall", "/api/v1/recalls", &notice)
            .await?,
    )?;
    let shipment = json!({
        "to": stage.consortium.member("pharmacy").account, "purpose": "supply",
        "codes": [good.pack_code(0), good.pack_code(1), good.pack_code(2)],
    });
    let answer = stage
        .manufacturer
        .post("demo-ship", "/api/v1/shipments", &shipment)
        .await?;
    let receipt = json!({ "shipment": answer.body["shipment"] });
    stage.pharmacy.follow(done(&answer)?).await?;
    let height = done(
        &stage
            .pharmacy
            .post("demo-receive", "/api/v1/receipts", &receipt)
            .await?,
    )?;
    stage.pharmacy.follow(height).await?;
    let packs = json!({ "codes": [good.pack_code(1)] });
    let height = done(
        &stage
            .pharmacy
            .post("demo-dispense", "/api/v1/dispensings", &packs)
            .await?,
    )?;
    let verifier = &stage.verifier.address;
    let codes = vec![
        Sample::new("good", "ACTIVE", (&good, 0), verifier),
        Sample::new("recalled", "RECALLED", (&recalled, 0), verifier),
        Sample::new("dispensed", "ALREADY_DISPENSED", (&good, 1), verifier),
    ];
    for sample in &codes {
        for text in [&sample.link, &sample.code] {
            let answer = stage.verifier.verify(text, height).await?;
            let found = answer.body["answer"].as_str().unwrap_or("no answer");
            anyhow::ensure!(
                found == sample.expected,
                "the {} sample answers {found}, not {}",
                sample.name,
                sample.expected
            );
        }
    }
    Ok(Samples { codes })
}

/// The height at which a request became final; anything else ends the demonstration.
fn done(answer: &Answer) -> anyhow::Result<u64> {
    let last = answer.body["transactions"]
        .as_array()
        .and_then(|all| all.last().cloned());
    let height = last.and_then(|transaction| transaction["height"].as_u64());
    match (answer.body["state"].as_str(), height) {
        (Some("final"), Some(height)) => Ok(height),
        _ => anyhow::bail!("a service answered {}: {}", answer.status, answer.body),
    }
}
