//! The running consortium.

use std::path::Path;

use anyhow::Context as _;
use theriac_ledger::record::Parameters;

use super::api::{Api, loopback_client};
use super::configuration::{self, NodePorts, Prepared};
use super::consortium::Consortium;
use super::ports::free_ports;
use super::processes::{self, Process};

/// Authorities of the demonstration: one of four may fail.
const AUTHORITIES: usize = 4;

/// Four authorities and five services, each its own process.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Who takes part.
    pub(crate) consortium: Consortium,
    /// The authorities' nodes.
    pub(crate) nodes: Vec<Api>,
    /// Where their nodes listen for validators.
    pub(crate) peer_ports: Vec<u16>,
    /// The maker's service.
    pub(crate) manufacturer: Api,
    /// The distributor's service.
    pub(crate) distributor: Api,
    /// The pharmacy's service.
    pub(crate) pharmacy: Api,
    /// The regulator's service.
    pub(crate) regulator: Api,
    /// The verifier.
    pub(crate) verifier: Api,
    processes: Vec<Process>,
}

impl Stage {
    /// Founds a consortium below `folder`, starts everything and waits until it is ready.
    pub(crate) async fn build(folder: &Path, parameters: Parameters) -> anyhow::Result<Self> {
        let consortium = Consortium::found(folder, AUTHORITIES, parameters)?;
        let members = consortium.members.len();
        let ports = free_ports(2 * AUTHORITIES + members)?;
        let (node_ports, service_ports) = ports.split_at(2 * AUTHORITIES);
        let node_ports: Vec<NodePorts> = node_ports
            .chunks_exact(2)
            .map(|pair| NodePorts {
                http: pair[0],
                peer: pair[1],
            })
            .collect();
        let nodes = configuration::nodes(&consortium, folder, &node_ports)?;
        let urls: Vec<String> = nodes.iter().map(|node| node.address.clone()).collect();
        let services = configuration::services(&consortium, folder, &urls, service_ports)?;
        let mut running = Vec::new();
        for program in nodes.iter().chain(&services) {
            running.push(start(folder, program)?);
        }
        let client = loopback_client()?;
        let api =
            |program: &Prepared| Api::new(&client, program.address.clone(), program.key.clone());
        let service = |name: &str| {
            let found = services.iter().find(|program| program.name == name);
            api(found.expect("the demonstration names its own services"))
        };
        let mut stage = Self {
            nodes: nodes.iter().map(api).collect(),
            peer_ports: node_ports.iter().map(|ports| ports.peer).collect(),
            manufacturer: service("manufacturer"),
            distributor: service("distributor"),
            pharmacy: service("pharmacy"),
            regulator: service("regulator"),
            verifier: service("verifier"),
            consortium,
            processes: running,
        };
        match stage.wait_until_ready().await {
            Ok(()) => Ok(stage),
            Err(error) => {
                stage.stop().await;
                Err(error)
            }
        }
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let apis: Vec<Api> = self
            .nodes
            .iter()
            .cloned()
            .chain(self.services().map(|(_, api)| api.clone()))
            .collect();
        let ready = async {
            for api in &apis {
                api.ready().await?;
            }
            anyhow::Ok(())
        };
        tokio::select! {
            result = ready => result,
            failure = watch(&mut self.processes) => Err(failure),
        }
    }

    /// Some node.
    pub(crate) fn node(&self) -> &Api {
        &self.nodes[0]
    }

    /// The services by name.
    pub(crate) fn services(&self) -> impl Iterator<Item = (&'static str, &Api)> {
        [
            ("manufacturer", &self.manufacturer),
            ("distributor", &self.distributor),
            ("pharmacy", &self.pharmacy),
            ("regulator", &self.regulator),
            ("verifier", &self.verifier),
        ]
        .into_iter()
    }

    /// The running processes, to be watched or stopped beside other work.
    pub(crate) fn take_processes(&mut self) -> Vec<Process> {
        std::mem::take(&mut self.processes)
    }

    /// Stops everything.
    pub(crate) async fn stop(&mut self) {
        processes::stop_all(&mut self.processes).await;
    }
}

/// Resolves when one of the processes ends, which none should.
pub(crate) async fn watch(processes: &mut [Process]) -> anyhow::Error {
    let ends = processes
        .iter_mut()
        .map(|process| Box::pin(process.ended()));
    let (failure, _, _) = futures::future::select_all(ends).await;
    failure
}

/// Starts a program; what it prints goes to a log in its folder.
pub(crate) fn start(folder: &Path, program: &Prepared) -> anyhow::Result<Process> {
    let config = program
        .file
        .to_str()
        .context("the path of the data folder is UTF-8")?;
    let log = folder.join(program.name).join("log");
    Process::start(
        program.name,
        &[program.subcommand, "--config", config],
        &log,
    )
}
