//! The scenes.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::super::samples::{Batch, product, register};
use super::teller::{FINAL, Teller};

/// Packs of the batch.
const PACKS: usize = 1_000;
const PACKS_PER_CASE: usize = 100;
const CASES_PER_PALLET: usize = 10;

pub(super) async fn play(teller: &mut Teller<'_>) -> anyhow::Result<()> {
    let batch = Batch::invent("TH-1000", PACKS);
    let (cases, pallet) = make(teller, &batch).await?;
    distribute(teller, &pallet, &cases[0]).await?;
    supply(teller, &batch).await?;
    recall(teller, &batch).await?;
    provenance(teller, &batch).await
}

async fn make(teller: &mut Teller<'_>, batch: &Batch) -> anyhow::Result<(Vec<String>, String)> {
    let stage = teller.stage;
    let answer = register(stage, &product()).await?;
    teller.act("register product", FINAL, answer).await?;
    let answer = batch.commission(stage).await?;
    teller.act("commission from CSV", FINAL, answer).await?;
    let plan = json!({
        "gtin": batch.gtin, "lot": batch.lot,
        "packs_per_case": PACKS_PER_CASE, "cases_per_pallet": CASES_PER_PALLET,
    });
    stage.manufacturer.follow(teller.height).await?;
    let answer = stage
        .manufacturer
        .post("story-pack", "/api/v1/packing/plan", &plan)
        .await?;
    let packed = teller
        .act("pack into cases and a pallet", FINAL, answer)
        .await?;
    let cases = texts(&packed["cases"])?;
    let pallet = texts(&packed["pallets"])?.swap_remove(0);
    teller
        .verify("verify batch", &batch.lot_code(), "LOT_ACTIVE")
        .await?;
    Ok((cases, pallet))
}

async fn distribute(teller: &mut Teller<'_>, pallet: &str, case: &str) -> anyhow::Result<()> {
    let stage = teller.stage;
    let to = |name| stage.consortium.member(name).account;
    stage.manufacturer.follow(teller.height).await?;
    let body = json!({ "to": to("distributor"), "purpose": "supply", "units": [pallet] });
    let answer = stage
        .manufacturer
        .post("story-ship-1", "/api/v1/shipments", &body)
        .await?;
    teller.act("ship pallet", FINAL, answer).await?;
    stage.distributor.follow(teller.height).await?;
    let body = json!({ "sscc": pallet });
    let answer = stage
        .distributor
        .post("story-receive-1", "/api/v1/receipts", &body)
        .await?;
    teller.act("receive pallet", FINAL, answer).await?;
    stage.distributor.follow(teller.height).await?;
    let body = json!({ "sscc": pallet, "all": true });
    let answer = stage
        .distributor
        .post("story-unpack", "/api/v1/unpackings", &body)
        .await?;
    teller.act("unpack pallet", FINAL, answer).await?;
    stage.distributor.follow(teller.height).await?;
    let body = json!({ "to": to("pharmacy"), "purpose": "supply", "units": [case] });
    let answer = stage
        .distributor
        .post("story-ship-2", "/api/v1/shipments", &body)
        .await?;
    teller.act("ship case", FINAL, answer).await?;
    stage.pharmacy.follow(teller.height).await?;
    let body = json!({ "sscc": case });
    let answer = stage
        .pharmacy
        .post("story-receive-2", "/api/v1/receipts", &body)
        .await?;
    teller.act("receive case", FINAL, answer).await?;
    Ok(())
}

async fn supply(teller: &mut Teller<'_>, batch: &Batch) -> anyhow::Result<()> {
    let code = batch.pack_code(0);
    teller.verify("verify pack", &code, "ACTIVE").await?;
    dispense(teller, "dispense", "story-dispense-1", &code).await?;
    teller
        .verify("verify dispensed pack", &code, "ALREADY_DISPENSED")
        .await?;
    let stage = teller.stage;
    stage.pharmacy.follow(teller.height).await?;
    let body = json!({ "codes": [code] });
    let answer = stage
        .pharmacy
        .post("story-undo", "/api/v1/dispensings/undo", &body)
        .await?;
    teller.act("undo", FINAL, answer).await?;
    dispense(teller, "dispense again", "story-dispense-2", &code).await
}

async fn dispense(
    teller: &mut Teller<'_>,
    name: &'static str,
    key: &str,
    code: &str,
) -> anyhow::Result<()> {
    let stage = teller.stage;
    stage.pharmacy.follow(teller.height).await?;
    let body = json!({ "codes": [code] });
    let answer = stage
        .pharmacy
        .post(key, "/api/v1/dispensings", &body)
        .await?;
    teller.act(name, FINAL, answer).await?;
    Ok(())
}

async fn recall(teller: &mut Teller<'_>, batch: &Batch) -> anyhow::Result<()> {
    let stage = teller.stage;
    let body = json!({
        "gtin": batch.gtin, "lot": batch.lot, "class": 2,
        "notice": "Tablets of this batch may crumble.",
    });
    let answer = stage
        .manufacturer
        .post("story-recall", "/api/v1/recalls", &body)
        .await?;
    teller.act("recall batch", FINAL, answer).await?;
    teller
        .verify("verify recalled batch", &batch.lot_code(), "RECALLED")
        .await?;
    teller
        .verify("verify recalled pack", &batch.pack_code(1), "RECALLED")
        .await
}

/// What happened to the first pack of the first case, as the regulator must see it.
const EVENTS: &str = "register_product commission_run pack pack ship receive unpack ship receive \
                      dispense reactivate dispense recall_lot";

async fn provenance(teller: &mut Teller<'_>, batch: &Batch) -> anyhow::Result<()> {
    let stage = teller.stage;
    stage.regulator.follow(teller.height).await?;
    let code = batch.pack_code(0);
    let query = form_encode(&code);
    let answer = stage
        .regulator
        .get(&format!("/api/v1/provenance/packs?code={query}"))
        .await?;
    let holder = answer.body["pack"]["holder"]["account"]
        .as_str()
        .unwrap_or("nobody");
    let pharmacy = stage.consortium.member("pharmacy");
    let holder = if holder == pharmacy.account.to_string() {
        pharmacy.legal_name.as_str()
    } else {
        holder
    };
    let kinds: Vec<&str> = answer.body["events"]
        .as_array()
        .map(|events| {
            events
                .iter()
                .filter_map(|event| event["kind"].as_str())
                .collect()
        })
        .unwrap_or_default();
    let outcome = format!("{holder}: {}", kinds.join(" "));
    let expected = format!("{}: {EVENTS}", pharmacy.legal_name);
    if outcome != expected {
        crate::output::note(&format!("provenance: {}", answer.body));
    }
    let height = Some(teller.height);
    teller
        .take_down("provenance", None, height, outcome, &expected)
        .await
}

fn texts(value: &Value) -> anyhow::Result<Vec<String>> {
    let list = value
        .as_array()
        .filter(|list| !list.is_empty())
        .context("a list of SSCCs")?;
    Ok(list
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect())
}

fn form_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
