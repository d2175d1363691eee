//! The outbox against a node that executes, refuses, or is down.

use std::cell::Cell;
use std::future::{Ready, poll_fn, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tempfile::TempDir;
use theriac_client::submitter::Submitter;
use theriac_client::{FollowerSettings, Generator, NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_crypto::{Digest, digest};
use theriac_gs1::SerialNumber;
use theriac_http::clock::{FixedClock, SharedClock};
use theriac_http::task::Supervisor;
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{PackKey, PackLocation, RunId};
use theriac_ledger::testing::{Actor, Consortium, date, gtin, product, run_id};
use theriac_ledger::transaction::details_digest;
use theriac_partner::follow::{FollowSetup, Following, open_read_model, start};
use theriac_partner::operation::{After, Planned};
use theriac_partner::outbox::{IntentStatus, Outbox, OutboxError, OutboxSetup};
use theriac_records::repository::intents::IntentState;
use theriac_records::repository::{events, packs, provenance, serials};
use theriac_records::{Database, DatabaseSettings};
use theriac_signer::SharedSigner;

use crate::node_of_one::{Chain, Node, SharedChain, free_address};

/// A plan that is there already.
pub(crate) fn planned(plan: Vec<Planned>) -> Ready<Result<Vec<Planned>, OutboxError>> {
    ready(Ok(plan))
}

pub(crate) const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(300);

/// A service of the maker, without its HTTP interface.
pub(crate) struct Maker {
    pub(crate) db: Database,
    pub(crate) settings: DatabaseSettings,
    pub(crate) outbox: Outbox,
    pub(crate) following: Following,
    pub(crate) supervisor: Supervisor,
    folder: TempDir,
}

impl Maker {
    /// Registers the product and makes the batch of [`batch`], both final; gives its intents and its runs.
    pub(crate) async fn make(&self) -> (Vec<IntentStatus>, [RunId; 2]) {
        let product = planned(register());
        self.outbox
            .submit("k0", request("product"), product, LONG)
            .await
            .unwrap();
        let (plan, runs) = batch();
        let made = self
            .outbox
            .submit("k1", request("batch"), planned(plan), LONG)
            .await
            .unwrap();
        (made, runs)
    }

    pub(crate) async fn start(chain: &SharedChain, node: SocketAddr) -> Self {
        let key = chain.lock().unwrap().consortium.key(Actor::Maker);
        Self::start_with(chain, node, key).await
    }

    pub(crate) async fn start_with(
        chain: &SharedChain,
        node: SocketAddr,
        key: impl Into<SharedSigner>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = key.into();
        let (anchor, records, account) = {
            let chain = chain.lock().unwrap();
            (
                chain.anchor.clone(),
                chain.consortium.records.clone(),
                chain.consortium.account(Actor::Maker),
            )
        };
        let path = folder.path().join("maker.sqlite");
        let database = DatabaseSettings::new(format!("sqlite://{}?mode=rwc", path.display()));
        let db = open_read_model(&database, &anchor, &records).await.unwrap();
        let supervisor = Supervisor::new();
        // The chain of this node begins then, and its time passes with its blocks.
        let clock: SharedClock = Arc::new(FixedClock::new(Consortium::START.0));
        let generator = Generator::new(ChaCha20Rng::seed_from_u64(1));
        let signer = RequestSigner::new(
            key.clone(),
            anchor.chain_id(),
            Arc::clone(&clock),
            generator.clone(),
        );
        let url = NodeUrl::parse(&format!("http://{node}")).unwrap();
        let nodes = NodeClient::for_nodes(&[url], TimeLimits::default(), Some(&signer)).unwrap();
        let submitter = Submitter::new(
            nodes.clone(),
            &anchor,
            key,
            generator.clone(),
            Arc::clone(&clock),
        );
        let submitter = Arc::new(submitter);
        let settings = FollowerSettings {
            pause_max: Duration::from_millis(200),
            ..FollowerSettings::default()
        };
        let setup = FollowSetup {
            db: db.clone(),
            anchor: &anchor,
            nodes,
            settings,
            submitter: Arc::clone(&submitter),
        };
        let following = start(setup, &supervisor).await.unwrap();
        let setup = OutboxSetup {
            db: db.clone(),
            account,
            submitter,
            following: following.clone(),
            generator,
            clock,
        };
        Self {
            following,
            outbox: Outbox::start(setup, &supervisor),
            db,
            settings: database,
            supervisor,
            folder,
        }
    }

    /// Ends it; its database is in the folder.
    pub(crate) async fn stop(self) -> TempDir {
        self.supervisor.stop(LONG).await.unwrap();
        self.folder
    }
}

pub(crate) fn request(text: &str) -> Digest {
    digest("test", text.as_bytes())
}

pub(crate) fn register() -> Vec<Planned> {
    vec![Planned::new(product(gtin("9506000", 7)).into(), "register")]
}

/// Two runs of three packs; the second must wait for the first.
pub(crate) fn batch() -> (Vec<Planned>, [RunId; 2]) {
    let item = gtin("9506000", 7);
    let runs = [0, 1].map(|number| run_id(item, "LOT-A", number));
    let plan = runs
        .iter()
        .map(|run| {
            let numbers: Vec<SerialNumber> = (0..3)
                .map(|pack| SerialNumber::parse(&format!("S{}-{pack}", run.number)).unwrap())
                .collect();
            let keys = numbers.iter().map(|serial| PackKey::new(&item, serial));
            let body: ActionBody = CommissionRun {
                gtin: item,
                lot: run.lot,
                number: run.number,
                expiry: date("2027-12-31"),
                manufactured: date("2025-12-01"),
                keys: BoundedList::new(keys.collect()).unwrap(),
            }
            .into();
            Planned {
                after: (run.number > 0).then_some(After::Planned(0)),
                serials: Some(numbers),
                ..Planned::new(body, "commission")
            }
        })
        .collect();
    (plan, runs)
}

#[actix_web::test]
async fn runs_of_a_batch_become_final_one_after_the_other_and_can_be_read_at_once() {
    let chain = Chain::new(1);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let (statuses, runs) = maker.make().await;
    assert!(
        statuses
            .iter()
            .all(|status| status.state == IntentState::Final),
        "{statuses:?}"
    );
    for (run, status) in runs.iter().zip(&statuses) {
        assert_eq!(packs::list_spans(&maker.db, run).await.unwrap().len(), 1);
        let numbers = serials::find_serials(&maker.db, run).await.unwrap();
        assert_eq!(numbers.unwrap().len(), 3);
        let event = events::find_event(&maker.db, &status.id)
            .await
            .unwrap()
            .unwrap();
        let (id, _, _) = status.transaction.unwrap();
        let pack = PackLocation {
            run: *run,
            position: 0,
        };
        let pack = provenance::trace_pack(&maker.db, &pack).await.unwrap();
        let history = pack.unwrap().history.events;
        let found = history.iter().find(|event| event.transaction.id == id);
        let details = details_digest(&event.salt, &event.hash, &Digest::ZERO);
        assert_eq!(found.unwrap().transaction.details, Some(details));
        assert!(event.document.contains("commissioning"));
    }
    maker.stop().await;
    node.stop().await;
}

#[actix_web::test]
async fn a_refusal_of_the_rules_is_final_and_takes_what_waits_with_it() {
    let chain = Chain::new(2);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    // The product is not registered.
    let (plan, _) = batch();
    let statuses = maker
        .outbox
        .submit("k1", request("batch"), planned(plan), LONG)
        .await
        .unwrap();
    let problem = statuses[0].problem.clone().unwrap();
    assert_eq!(statuses[0].state, IntentState::Rejected);
    assert_eq!(problem.code, "unknown_product");
    assert_eq!(problem.status, 409);
    let waiting = statuses[1].problem.clone().unwrap();
    assert_eq!(waiting.code, "earlier_step_rejected");
    maker.stop().await;
    node.stop().await;
}

#[actix_web::test]
async fn an_intent_is_kept_while_the_node_is_down_and_sent_when_it_is_back() {
    let chain = Chain::new(3);
    let address = free_address();
    let maker = Maker::start(&chain, address).await;
    let statuses = maker
        .outbox
        .submit("k1", request("product"), planned(register()), SHORT)
        .await
        .unwrap();
    assert_eq!(statuses[0].state, IntentState::Pending);
    assert!(statuses[0].reason.is_some());
    assert_eq!(maker.outbox.count_open().await.unwrap(), 1);
    let node = Node::start(&chain, address);
    // The same request again waits for the same intent.
    let again = maker
        .outbox
        .submit("k1", request("product"), planned(register()), LONG)
        .await
        .unwrap();
    assert_eq!(again[0].id, statuses[0].id);
    assert_eq!(again[0].state, IntentState::Final, "{again:?}");
    assert_eq!(chain.lock().unwrap().submissions, 1);
    maker.stop().await;
    node.stop().await;
}

#[actix_web::test]
async fn a_key_used_for_another_request_is_refused() {
    let chain = Chain::new(4);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let outbox = &maker.outbox;
    outbox
        .submit("k1", request("one"), planned(register()), LONG)
        .await
        .unwrap();
    let refused = outbox
        .submit("k1", request("another"), planned(register()), LONG)
        .await;
    assert!(matches!(refused, Err(OutboxError::KeyReused)));
    assert_eq!(chain.lock().unwrap().submissions, 1);
    maker.stop().await;
    node.stop().await;
}

#[actix_web::test]
async fn plan_made_beside_others_is_made_again_where_what_was_stored_meanwhile_concerns_it() {
    let chain = Chain::new(5);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let outbox = &maker.outbox;
    let times = Cell::new(0);
    // Whoever plans first finds that a product was registered before the plan was done.
    let plan = async || {
        times.set(times.get() + 1);
        if times.get() == 1 {
            let other = planned(register());
            outbox
                .submit("other", request("other"), other, LONG)
                .await?;
        }
        Ok::<_, OutboxError>(register())
    };
    let made = outbox
        .submit_beside("own", request("own"), plan, LONG, None)
        .await
        .unwrap();
    assert_eq!(times.get(), 2);
    let [only] = made.as_slice() else {
        panic!("one action was planned: {made:?}")
    };
    assert_eq!(only.state, IntentState::Rejected, "it is registered");
    let again = outbox
        .submit_beside("own", request("own"), async || unreachable!(), LONG, None)
        .await;
    let again = again.map_err(|error: OutboxError| error.to_string());
    assert_eq!(again, Ok(made));
    maker.stop().await;
    node.stop().await;
}

#[actix_web::test]
async fn one_request_that_comes_twice_at_once_is_stored_once_though_its_second_plan_is_refused() {
    let chain = Chain::new(6);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let outbox = &maker.outbox;
    let slow = async || {
        let first = planned(register());
        outbox.submit("own", request("own"), first, LONG).await?;
        // As a plan that sees what the first has stored.
        Err(OutboxError::KeyReused)
    };
    let found = outbox
        .submit_beside("own", request("own"), slow, LONG, None)
        .await
        .unwrap();
    assert_eq!(found[0].state, IntentState::Final);
    assert_eq!(chain.lock().unwrap().submissions, 1);
    maker.stop().await;
    node.stop().await;
}

/// Polls a request so often, and hangs up when it would be polled once more; whether it was answered before.
async fn hang_up_after<T>(polls: usize, request: impl Future<Output = T>) -> bool {
    let mut request = Box::pin(request);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        request.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[actix_web::test]
async fn whatever_is_stored_is_sent_wherever_its_caller_hangs_up() {
    let chain = Chain::new(7);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let outbox = &maker.outbox;
    let mut cut = 0;
    for polls in 1.. {
        let key = format!("k{polls}");
        let submitted = outbox.submit(&key, request(&key), planned(register()), LONG);
        if hang_up_after(polls, submitted).await {
            break;
        }
        // What was stored is found, what was not is stored now.
        let again = outbox.submit(&key, request(&key), planned(register()), LONG);
        let [only] = again.await.unwrap().try_into().unwrap();
        assert!(only.is_settled(), "after {polls} polls: {only:?}");
        cut = polls;
    }
    assert!(cut > 0, "one was cut at least");
    maker.stop().await;
    node.stop().await;
}
