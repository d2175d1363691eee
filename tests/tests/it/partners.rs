//! Medicine passes from service to service, over HTTP as their users call them.

mod caller;
mod capture;
mod counter;
mod epcis_steps;
mod exceptions;
mod foreign;
mod hand_over;
mod lists;
mod long_work;
mod operated;
mod operations;
mod papers;
mod postgresql;
mod refusals;
mod signing_in;
mod staff;
mod taken_back;
mod warehouse;
mod webhooks;

use serde_json::{Value, json};
use theriac_ledger::identifier::Height;
use theriac_ledger::testing::Actor;
use theriac_testkit::network::Network;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;

const LOT: &str = "H1";
const PACKS: u32 = 40;

/// A network and the services of four members; the maker has one batch on a pallet of four cases.
struct Partners {
    network: Network,
    maker: Service,
    distributor: Service,
    pharmacy: Service,
    regulator: Service,
    /// Serial numbers in production order.
    serials: Vec<String>,
    cases: Vec<String>,
    pallet: String,
}

impl Partners {
    async fn start(seed: u64) -> Self {
        Self::start_with(seed, |_| {}).await
    }

    /// The same with services that are prepared before they start.
    async fn start_with(seed: u64, prepare: impl Fn(&mut Service)) -> Self {
        let network = Network::start(seed).await;
        let service = |name, actor| Service::prepare(&network, name, actor, &[0, 1]);
        let mut maker = service("manufacturer", Actor::Maker);
        let mut distributor = service("distributor", Actor::Distributor);
        let mut pharmacy = service("pharmacy", Actor::Pharmacy);
        let mut regulator = service("regulator", Actor::Regulator);
        for service in [&mut maker, &mut distributor, &mut pharmacy, &mut regulator] {
            prepare(service);
            service.start().await;
        }
        let (serials, cases, pallet) = make(&maker).await;
        Self {
            network,
            maker,
            distributor,
            pharmacy,
            regulator,
            serials,
            cases,
            pallet,
        }
    }

    /// Tells maker and distributor where the other's service answers.
    async fn introduce(&mut self) {
        let (maker, distributor) = (Actor::Maker, Actor::Distributor);
        let (maker, distributor) = (self.account(maker), self.account(distributor));
        let address = self.maker.address().to_owned();
        self.distributor.set_partner(&maker, &address);
        let address = self.distributor.address().to_owned();
        self.maker.set_partner(&distributor, &address);
        for service in [&mut self.maker, &mut self.distributor] {
            service.stop();
            service.start().await;
        }
    }

    /// The account of a member, as requests name it.
    fn account(&self, actor: Actor) -> String {
        self.network.consortium.account(actor).to_string()
    }

    /// What a scanner reads from a pack.
    fn code(&self, position: usize) -> String {
        pack_code(&self.serials[position])
    }

    /// Ships the pallet to the distributor; gives the shipment and its height.
    async fn ship_pallet(&self) -> (String, Height) {
        let to = self.account(Actor::Distributor);
        let body = json!({ "to": to, "purpose": "supply", "units": [self.pallet] });
        let (shipped, height) = self
            .maker
            .act("ship-pallet", "/api/v1/shipments", &body)
            .await;
        (text(&shipped["shipment"]), height)
    }

    /// Brings the first case to the pharmacy.
    async fn supply_pharmacy(&self) -> Height {
        let (_, height) = self.ship_pallet().await;
        self.distributor.follow(height).await;
        let body = json!({ "sscc": self.pallet });
        let (_, height) = self
            .distributor
            .act("receive-pallet", "/api/v1/receipts", &body)
            .await;
        self.distributor.follow(height).await;
        let body = json!({ "sscc": self.pallet, "all": true });
        let (_, height) = self
            .distributor
            .act("unpack-pallet", "/api/v1/unpackings", &body)
            .await;
        self.distributor.follow(height).await;
        let to = self.account(Actor::Pharmacy);
        let body = json!({ "to": to, "purpose": "supply", "units": [self.cases[0]] });
        let (_, height) = self
            .distributor
            .act("ship-case", "/api/v1/shipments", &body)
            .await;
        self.pharmacy.follow(height).await;
        let body = json!({ "sscc": self.cases[0] });
        let (_, height) = self
            .pharmacy
            .act("receive-case", "/api/v1/receipts", &body)
            .await;
        self.pharmacy.follow(height).await;
        height
    }
}

/// Registers the product and makes one batch, packed; gives serials, cases and pallet.
async fn make(maker: &Service) -> (Vec<String>, Vec<String>, String) {
    let gtin = test_product();
    let product = json!({
        "gtin": gtin.to_string(), "name": "Theriaca Andromachi", "strength": "500 mg",
        "form": "tablet", "pack_size": 30, "markets": ["IT"],
    });
    let (_, height) = maker.act("register", "/api/v1/products", &product).await;
    maker.follow(height).await;
    let batch = json!({
        "gtin": gtin.to_string(), "lot": LOT, "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": PACKS,
    });
    let (_, height) = maker.act("commission", "/api/v1/batches", &batch).await;
    maker.follow(height).await;
    let listed = maker
        .get(&format!("/api/v1/batches/{gtin}/{LOT}/serials"))
        .await;
    let serials = listed.body["serials"].as_array().expect("serials");
    let serials = serials.iter().map(|one| text(&one["serial"])).collect();
    let plan = json!({
        "gtin": gtin.to_string(), "lot": LOT, "packs_per_case": 10, "cases_per_pallet": 4,
    });
    let (packed, height) = maker.act("pack", "/api/v1/packing/plan", &plan).await;
    maker.follow(height).await;
    let cases = packed["cases"].as_array().expect("cases");
    let cases = cases.iter().map(text).collect();
    (serials, cases, text(&packed["pallets"][0]))
}

fn pack_code(serial: &str) -> String {
    format!("(01){}(10){LOT}(21){serial}", test_product())
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
