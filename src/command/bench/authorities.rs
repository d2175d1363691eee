//! Four authorities as processes, and clients of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use theriac_client::{Generator, NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_crypto::SigningKey;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::action::ActionBody;
use theriac_ledger::identifier::{AccountId, ChainId, Height, Timestamp, TransactionId};
use theriac_ledger::record::Parameters;
use theriac_ledger::transaction::Transaction;

use super::load::Target;
use super::usage;
use crate::command::demo::api::{Api, loopback_client};
use crate::command::demo::configuration::{self, NodePorts, Prepared};
use crate::command::demo::processes::{self, Process};
use crate::command::demo::{self, Consortium, free_ports};

/// As many as the demonstration has.
const AUTHORITIES: usize = 4;

/// Time for which what is signed here stays valid.
const VALIDITY_MS: u64 = 5 * 60 * 1000;

/// A service that runs beside the authorities.
#[derive(Debug)]
pub(super) struct Service {
    /// How its users call it.
    pub(super) api: Api,
    /// Its process; none while it is stopped.
    running: Option<Process>,
    /// What is run.
    pub(super) program: Prepared,
}

impl Service {
    /// The id of its process.
    pub(super) fn process(&self) -> anyhow::Result<u32> {
        let id = self.running.as_ref().and_then(Process::id);
        id.with_context(|| format!("the {} runs", self.program.name))
    }

    pub(super) async fn stop(&mut self) {
        processes::stop_all(self.running.as_mut_slice()).await;
        self.running = None;
    }

    /// Starts it again after [`Self::stop`].
    pub(super) async fn start_again(&mut self, folder: &Path) -> anyhow::Result<()> {
        let process = demo::start(folder, &self.program)?;
        self.running = Some(process);
        self.ready().await
    }

    /// Waits for its end, which is a failure.
    pub(super) async fn ended(&mut self) -> anyhow::Error {
        match &mut self.running {
            Some(process) => process.ended().await,
            None => anyhow!("the {} was stopped", self.program.name),
        }
    }

    /// Waits until it says that it is ready. One that ends before, or is not ready in time, is stopped.
    async fn ready(&mut self) -> anyhow::Result<()> {
        let api = self.api.clone();
        let ready = tokio::select! {
            ready = api.ready() => ready,
            failure = self.ended() => Err(failure),
        };
        if ready.is_err() {
            self.stop().await;
        }
        ready
    }
}

/// Running authorities.
#[derive(Debug)]
pub(super) struct Authorities {
    /// Who takes part.
    pub(super) consortium: Consortium,
    /// Where everything is kept.
    pub(super) folder: PathBuf,
    /// Clients of the nodes, in order.
    pub(super) nodes: Arc<Vec<NodeClient>>,
    /// Addresses of the nodes.
    pub(super) addresses: Vec<String>,
    processes: Vec<Process>,
}

impl Authorities {
    /// Founds a consortium below `folder`, starts its authorities and waits until they are ready.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let consortium = Consortium::found(folder, AUTHORITIES, Parameters::default())?;
        let ports: Vec<NodePorts> = free_ports(2 * AUTHORITIES)?
            .chunks_exact(2)
            .map(|pair| NodePorts {
                http: pair[0],
                peer: pair[1],
            })
            .collect();
        let mut processes = Vec::new();
        let mut addresses = Vec::new();
        for program in configuration::nodes(&consortium, folder, &ports)? {
            processes.push(demo::start(folder, &program)?);
            addresses.push(program.address);
        }
        let client = loopback_client()?;
        for address in &addresses {
            Api::new(&client, address.clone(), None).ready().await?;
        }
        let urls = addresses.iter().map(|address| Ok(NodeUrl::parse(address)?));
        let urls = urls.collect::<anyhow::Result<Vec<NodeUrl>>>()?;
        let nodes = Arc::new(NodeClient::for_nodes(&urls, TimeLimits::default(), None)?);
        Ok(Self {
            consortium,
            folder: folder.to_owned(),
            nodes,
            addresses,
            processes,
        })
    }

    /// Signs and submits for a member.
    pub(super) fn signer(&self, name: &str) -> anyhow::Result<Signer> {
        let member = self.consortium.member(name);
        Ok(Signer {
            key: member.open_key()?,
            account: member.account,
            chain: self.consortium.anchor.chain_id(),
            salts: Generator::system(),
            nodes: Arc::clone(&self.nodes),
        })
    }

    /// Starts one of the demonstration's services and waits until it is ready.
    pub(super) async fn service(&self, name: &str) -> anyhow::Result<Service> {
        let mut services = self.services(&[name]).await?;
        services.pop().context("the demonstration has this service")
    }

    /// Starts some of the demonstration's services, and waits until all are ready.
    pub(super) async fn services(&self, names: &[&str]) -> anyhow::Result<Vec<Service>> {
        let ports = free_ports(self.consortium.members.len())?;
        let prepared =
            configuration::services(&self.consortium, &self.folder, &self.addresses, &ports)?;
        let client = loopback_client()?;
        let mut services = Vec::new();
        for program in prepared {
            if !names.contains(&program.name) {
                continue;
            }
            services.push(Service {
                api: Api::new(&client, program.address.clone(), program.key.clone()),
                running: Some(demo::start(&self.folder, &program)?),
                program,
            });
        }
        for service in &mut services {
            service.ready().await?;
        }
        Ok(services)
    }

    /// What is loaded: every running authority in turns, the first of them watched.
    pub(super) fn target(&self) -> anyhow::Result<Target> {
        let running = self.nodes.get(..self.processes.len());
        let nodes = running.context("a node of each process")?.to_vec();
        // Blocks may be read by members only.
        let member = self.consortium.member("regulator");
        let signer = RequestSigner::new(
            member.open_key()?,
            self.consortium.anchor.chain_id(),
            SystemClock::shared(),
            Generator::system(),
        );
        let first = nodes.first().context("an authority runs")?.url().clone();
        Ok(Target {
            nodes,
            watched: NodeClient::new(first, TimeLimits::default(), Some(signer))?,
            chain: self.consortium.anchor.chain_id(),
        })
    }

    /// Memory of each running authority, in megabytes.
    pub(super) fn resident_mb_each(&self) -> anyhow::Result<Vec<f64>> {
        self.process_ids()?
            .into_iter()
            .map(usage::resident_mb)
            .collect()
    }

    /// Memory of the largest of the authorities, in megabytes.
    pub(super) fn resident_mb(&self) -> anyhow::Result<f64> {
        Ok(self.resident_mb_each()?.into_iter().fold(0.0, f64::max))
    }

    /// Processor time that the running authorities have used together, in seconds.
    pub(super) fn processor_s(&self) -> anyhow::Result<f64> {
        let mut sum = 0.0;
        for id in self.process_ids()? {
            sum += usage::processor_s(id)?;
        }
        Ok(sum)
    }

    /// Stops the last of the running authorities, and lets it be; gives the folder of its chain.
    pub(super) async fn stop_last(&mut self) -> anyhow::Result<PathBuf> {
        let last = self.processes.len().checked_sub(1);
        let last = last.context("an authority runs")?;
        processes::stop_all(&mut self.processes[last..]).await;
        self.processes.truncate(last);
        let authority = self.consortium.authorities.get(last);
        let name = authority.context("the consortium has the authority")?.name;
        Ok(self.folder.join(name).join("data").join("chain"))
    }

    /// Stops them.
    pub(super) async fn stop(&mut self) {
        processes::stop_all(&mut self.processes).await;
    }

    fn process_ids(&self) -> anyhow::Result<Vec<u32>> {
        let id = |process: &Process| process.id().context("an authority runs");
        self.processes.iter().map(id).collect()
    }
}

/// A member that signs and submits.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    key: SigningKey,
    /// The member's account.
    pub(super) account: AccountId,
    chain: ChainId,
    salts: Generator,
    nodes: Arc<Vec<NodeClient>>,
}

/// Canonical bytes of a signed transaction, and its id.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) id: TransactionId,
    pub(super) bytes: Vec<u8>,
}

impl Signer {
    /// Signs an action.
    pub(super) fn sign(&self, body: impl Into<ActionBody>) -> anyhow::Result<Signed> {
        let transaction = Transaction {
            signer: self.key.public_key(),
            salt: self.salts.bytes(),
            valid_until: Timestamp(SystemClock.now_ms()).saturating_add(VALIDITY_MS),
            action: body.into().to_action()?,
            details: None,
        };
        let id = transaction.id(&self.chain);
        Ok(Signed {
            id,
            bytes: transaction.sign(&self.chain, &self.key).encode(),
        })
    }

    /// Submits to a node (counted round) and waits until it is final.
    pub(super) async fn submit(&self, node: usize, signed: &Signed) -> anyhow::Result<Height> {
        let node = &self.nodes[node % self.nodes.len()];
        let answer = node.submit_and_wait(&signed.bytes).await?;
        answer
            .height
            .with_context(|| format!("{} was not final in time", signed.id))
    }

    /// Signs, submits, waits.
    pub(super) async fn act(&self, body: impl Into<ActionBody>) -> anyhow::Result<TransactionId> {
        let signed = self.sign(body)?;
        self.submit(0, &signed).await?;
        Ok(signed.id)
    }
}
