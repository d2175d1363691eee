//! The wire between nodes: a switch in user space whose weather follows from a seed.
//!
//! Every port is a TUN device, moved into the namespace of its node once it is open. Packets are
//! forwarded by their destination; what a [`Weather`] says of the two ports decides whether, when
//! and how often. The last port is the harness's own and always calm.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tun::Tun;

use crate::dice::Dice;
use crate::error::TortureError;

mod queue;
mod weather;

pub use weather::{Fate, Link, Weather};

use queue::Queue;

/// The longest packet that a device hands over.
const PACKET_BYTES_MAX: usize = 2048;

/// Until a device that was down is asked again.
const DOWN: Duration = Duration::from_millis(20);

/// A running switch; it ends when this is dropped.
#[derive(Debug)]
pub struct Wire {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What happened to packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Delivered, doubles included.
    pub delivered: u64,
    /// Lost by dice, by a cut, or by a full queue.
    pub lost: u64,
    /// Delivered a second time.
    pub doubled: u64,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// A packet was sent on its way.
    sent: Notify,
    stop: Notify,
    delivered: AtomicU64,
    lost: AtomicU64,
    doubled: AtomicU64,
}

#[derive(Debug)]
struct State {
    weather: Weather,
    dice: Dice,
    queue: Queue,
}

/// The address of a port.
pub fn address(port: usize) -> Ipv4Addr {
    let last = u8::try_from(port + 1).unwrap_or(u8::MAX);
    Ipv4Addr::new(10, 77, 0, last)
}

/// The device of a port.
pub fn device(port: usize) -> String {
    format!("wire{port}")
}

/// The port with an address.
fn port_of(address: Ipv4Addr, ports: usize) -> Option<usize> {
    let [10, 77, 0, last] = address.octets() else {
        return None;
    };
    let port = usize::from(last).checked_sub(1)?;
    (port < ports).then_some(port)
}

impl Wire {
    /// Opens a device for each port and begins to forward between them.
    ///
    /// # Errors
    ///
    /// [`TortureError::Wire`].
    pub fn start(ports: usize, weather: Weather, seed: u64) -> Result<Self, TortureError> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                weather,
                dice: Dice::new(seed),
                queue: Queue::default(),
            }),
            sent: Notify::new(),
            stop: Notify::new(),
            delivered: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            doubled: AtomicU64::new(0),
        });
        let (tell, opened) = mpsc::channel();
        let own = Arc::clone(&shared);
        // A thread and a runtime of its own: the wire stays quick however busy the harness is.
        let thread = std::thread::Builder::new()
            .name("wire".to_owned())
            .spawn(move || switch(&own, ports, &tell))
            .map_err(|error| failed(&error))?;
        let wire = Self {
            shared,
            thread: Some(thread),
        };
        match opened.recv() {
            Ok(Ok(())) => Ok(wire),
            Ok(Err(reason)) => Err(TortureError::Wire { reason }),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Changes the weather, for packets that are sent from now on.
    pub fn set(&self, weather: Weather) {
        self.shared.lock().weather = weather;
    }

    /// What happened so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            delivered: self.shared.delivered.load(Ordering::Relaxed),
            lost: self.shared.lost.load(Ordering::Relaxed),
            doubled: self.shared.doubled.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            // A switch that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

fn failed(reason: &impl ToString) -> TortureError {
    TortureError::Wire {
        reason: reason.to_string(),
    }
}

fn switch(shared: &Arc<Shared>, ports: usize, tell: &mpsc::Sender<Result<(), String>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = tell.send(Err(error.to_string()));
            return;
        }
    };
    runtime.block_on(async {
        let devices: Result<Vec<Tun>, String> = (0..ports).map(open).collect();
        let devices = match devices {
            Ok(devices) => Arc::new(devices),
            Err(reason) => {
                let _ = tell.send(Err(reason));
                return;
            }
        };
        let _ = tell.send(Ok(()));
        let mut tasks = JoinSet::new();
        for port in 0..ports {
            tasks.spawn(receive(Arc::clone(shared), Arc::clone(&devices), port));
        }
        tasks.spawn(deliver(Arc::clone(shared), devices));
        shared.stop.notified().await;
    });
}

fn open(port: usize) -> Result<Tun, String> {
    let built = Tun::builder().name(&device(port)).build();
    let mut devices = built.map_err(|error| error.to_string())?;
    devices.pop().ok_or_else(|| "no device".to_owned())
}

/// Takes packets from a port.
async fn receive(shared: Arc<Shared>, devices: Arc<Vec<Tun>>, from: usize) {
    let mut buffer = vec![0; PACKET_BYTES_MAX];
    loop {
        match devices[from].recv(&mut buffer).await {
            Ok(length) => shared.accept(from, &buffer[..length], devices.len()),
            // A device that is down, as while it moves into its namespace, says so at once.
            Err(_) => tokio::time::sleep(DOWN).await,
        }
    }
}

/// Hands packets over when they are due.
async fn deliver(shared: Arc<Shared>, devices: Arc<Vec<Tun>>) {
    loop {
        let due = shared.lock().queue.next_due();
        match due {
            Some(due) => tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = shared.sent.notified() => {}
            },
            None => shared.sent.notified().await,
        }
        while let Some((port, packet)) = shared.pop() {
            match devices[port].send(&packet).await {
                Ok(_) => shared.delivered.fetch_add(1, Ordering::Relaxed),
                Err(_) => shared.lost.fetch_add(1, Ordering::Relaxed),
            };
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(&self, from: usize, packet: &[u8], ports: usize) {
        let Some(to) = destination(packet).and_then(|address| port_of(address, ports)) else {
            return;
        };
        let now = Instant::now();
        let mut state = self.lock();
        let State {
            weather,
            dice,
            queue,
        } = &mut *state;
        let fate = weather.link(from, to).fate(dice);
        let mut has_left = false;
        for (is_double, after) in [(false, fate.first), (true, fate.second)] {
            let Some(after) = after else { continue };
            if queue.push(now + after, to, packet.to_vec()) {
                has_left = true;
                self.doubled
                    .fetch_add(u64::from(is_double), Ordering::Relaxed);
            }
        }
        drop(state);
        if has_left {
            self.sent.notify_one();
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn pop(&self) -> Option<(usize, Vec<u8>)> {
        self.lock().queue.pop(Instant::now())
    }
}

/// The destination of an IPv4 packet.
fn destination(packet: &[u8]) -> Option<Ipv4Addr> {
    if packet.first()? >> 4 != 4 {
        return None;
    }
    let bytes: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_go_to_the_port_with_their_destination() {
        let mut packet = vec![0; 20];
        packet[0] = 0x45;
        packet[16..20].copy_from_slice(&address(2).octets());
        let found = destination(&packet).and_then(|address| port_of(address, 5));
        assert_eq!(found, Some(2));
        let few = destination(&packet).and_then(|address| port_of(address, 2));
        assert_eq!(few, None);
    }

    #[test]
    fn what_is_no_packet_for_a_port_goes_nowhere() {
        assert_eq!(destination(&[]), None);
        assert_eq!(destination(&[0x45; 12]), None);
        assert_eq!(destination(&[0x60; 40]), None);
        assert_eq!(port_of(Ipv4Addr::new(10, 77, 0, 0), 5), None);
        assert_eq!(port_of(Ipv4Addr::new(224, 0, 0, 22), 5), None);
    }
}
