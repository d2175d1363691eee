//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context as _;

/// Finds distinct free ports. They are free when this returns; nothing reserves them afterwards.
pub(crate) fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let listeners: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<_, _>>()
        .context("finding free ports on loopback")?;
    listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect()
}
