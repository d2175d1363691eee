//! The machine: the port, the disk.

use std::net::TcpListener;
use std::path::Path;

use nix::sys::statvfs::statvfs;

use super::Findings;
use crate::command::configured::{Configured, own_url};
use crate::command::probe::Probe;

/// Room below which a disk is nearly full: a node stops when it cannot write.
const DISK_MIN: u64 = 1 << 30;

/// Whether the program answers on its port, or could listen there; and whether it runs.
pub(super) async fn look_at_port(
    configured: &Configured,
    findings: &mut Findings,
) -> anyhow::Result<bool> {
    let listen = configured.listen();
    let check = "port";
    if listen.port() == 0 {
        findings.unknown(
            check,
            "the configuration lets the system choose it",
            "name a port in server.listen, so that others find it",
        );
        return Ok(false);
    }
    match Probe::new()?.ask(&own_url(listen)?).await {
        Ok(said) => {
            let program = &said.version.program;
            if configured.program().is_some_and(|wanted| wanted != program) {
                findings.bad(
                    check,
                    format!("{program} answers on {listen}"),
                    "stop it, or choose another port in server.listen",
                );
                return Ok(false);
            }
            findings.good(
                check,
                format!("{program} {} answers on {listen}", said.version.version),
            );
            if said.not_ready.is_empty() {
                findings.good("ready", "it serves");
            } else {
                findings.bad("ready", said.not_ready.join("; "), "see the lines below");
            }
            Ok(true)
        }
        Err(error) => {
            match TcpListener::bind(listen) {
                Ok(_) => findings.unknown(
                    check,
                    format!("nothing answers on {listen}, which is free"),
                    "start the program, if it is to run",
                ),
                Err(taken) => findings.bad(
                    check,
                    format!("{listen} cannot be used ({taken}), and answers nothing of ours ({error})"),
                    "stop the program that uses it, or choose an address of this machine in server.listen",
                ),
            }
            Ok(false)
        }
    }
}

/// Whether there is room where a program writes.
pub(super) fn look_at_disk(folder: &Path, findings: &mut Findings) {
    let check = "disk";
    let Some(there) = folder.ancestors().find(|ancestor| ancestor.is_dir()) else {
        findings.bad(
            check,
            format!("there is no folder {}", folder.display()),
            "make it, owned by the user that runs the program",
        );
        return;
    };
    match statvfs(there) {
        Ok(found) => {
            let free = found.blocks_available() * found.fragment_size();
            let said = format!("{} MB free for {}", free / 1_000_000, folder.display());
            if free < DISK_MIN {
                findings.bad(
                    check,
                    said,
                    "make room, or move the folder: docs/runbook.md, \"The disk is full\"",
                );
            } else {
                findings.good(check, said);
            }
        }
        Err(error) => findings.bad(
            check,
            format!("{} cannot be looked at: {error}", there.display()),
            "run this as the user that runs the program",
        ),
    }
}
