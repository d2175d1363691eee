//! The signer process.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use theriac_consensus::guard::{GuardError, SigningGuard};
use theriac_crypto::PublicKey;
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;
use theriac_http::task::{Supervisor, TaskKind};
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::place::OpenKeyError;
use crate::settings::{SettingsError, SignerSettings};
use crate::wire::frame::{self, FrameError};
use crate::wire::{ANSWER_BYTES_MAX, ASK_BYTES_MAX, Answer, Ask, Refusal, RefusalCode};

mod desk;
mod policy;
mod socket;

use desk::Desk;
use policy::Policy;
pub use socket::SocketError;
use socket::{Access, Socket};

/// Connections served at once; more wait. With the longest question on each they take 41 MB.
pub const CONNECTIONS_MAX: usize = 64;
/// How long a connection may take to ask, or to take an answer; then it is closed.
const TURN_LIMIT: Duration = Duration::from_secs(30);
/// Pause after the system gave no connection, for want of descriptors as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a signer did not start.
#[derive(Debug, thiserror::Error)]
pub enum SignerStartError {
    /// The settings do not make one.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The key does not open.
    #[error(transparent)]
    Key(#[from] OpenKeyError),
    /// The guard of its votes cannot be used.
    #[error(
        "the guard of a signer cannot be used; where it is missing, and the chain has left every height in which the key \
         may have voted, theriac signer guard --config FILE --votes-are-past makes one"
    )]
    Guard(#[from] GuardError),
    /// The socket cannot be made.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// Why a running signer ends.
#[derive(Debug, thiserror::Error)]
pub enum SignerEndError {
    /// Nobody knows what the guard holds; its own log line says why.
    #[error("the signing guard failed; nothing more is signed")]
    Guard,
}

/// A signer at work.
#[derive(Debug)]
pub struct RunningSigner {
    /// The public half of its key.
    pub key: PublicKey,
    /// Where it is asked.
    pub socket: PathBuf,
}

/// Opens key and guard, makes the socket and serves it; the supervisor's end is the signer's end.
///
/// # Errors
///
/// [`SignerStartError`], naming the file or configuration key.
pub async fn start(
    settings: SignerSettings,
    clock: SharedClock,
    supervisor: &Supervisor,
) -> Result<RunningSigner, SignerStartError> {
    let policy = Policy::new(&settings)?;
    let opening = settings.key.clone();
    // Opening a key takes about a second, on purpose.
    let key = tokio::task::spawn_blocking(move || opening.open())
        .await
        .expect("opening a key does not panic")?;
    let public = key.public_key();
    let guard = match &settings.votes {
        Some(votes) => Some(SigningGuard::open(&votes.guard, settings.chain_id, public)?),
        None => None,
    };
    let access = Access::new(settings.client_uid);
    let socket = Socket::open(&settings.socket, access.mode()).await?;
    let desk = Desk::new(settings.chain_id, key, policy, guard, clock);
    let service = Service {
        desk: Arc::new(desk),
        access,
        supervisor: supervisor.clone(),
    };
    supervisor.spawn("signer", TaskKind::Critical, service.serve(socket));
    Ok(RunningSigner {
        key: public,
        socket: settings.socket,
    })
}

/// What every connection is served with.
#[derive(Clone, Debug)]
struct Service {
    desk: Arc<Desk>,
    access: Access,
    supervisor: Supervisor,
}

impl Service {
    async fn serve(self, socket: Socket) -> Result<(), SignerEndError> {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let token = self.supervisor.token();
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (socket.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = self.desk.broken() => return Err(SignerEndError::Guard),
                next = next => next,
            };
            match (accepted, place) {
                (Ok(stream), Ok(place)) => self.open(stream, place),
                (Err(error), _) => {
                    tracing::warn!(error = %chain(&error), "no connection could be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                // Nobody closes the places.
                (_, Err(_)) => return Ok(()),
            }
        }
    }

    fn open(&self, stream: UnixStream, place: OwnedSemaphorePermit) {
        let (service, token) = (self.clone(), self.supervisor.token());
        let connection = async move {
            tokio::select! {
                () = service.converse(stream) => {}
                () = token.cancelled() => {}
            }
            drop(place);
            Ok::<(), Infallible>(())
        };
        let supervisor = &self.supervisor;
        supervisor.spawn("signer connection", TaskKind::Auxiliary, connection);
    }

    /// Answers one question after the other, until the other end has enough or is not understood.
    async fn converse(&self, mut stream: UnixStream) {
        if let Err(refusal) = self.access.check(&stream) {
            tracing::warn!("refused: {}", refusal.sentence);
            tell(&mut stream, &Answer::Refused(refusal)).await;
            return;
        }
        loop {
            let asked = tokio::time::timeout(TURN_LIMIT, frame::read(&mut stream, ASK_BYTES_MAX));
            let ask: Ask = match asked.await {
                Ok(Ok(Some(ask))) => ask,
                Ok(Err(
                    error @ (FrameError::TooLong { .. }
                    | FrameError::Version
                    | FrameError::Decode(_)),
                )) => {
                    tracing::warn!(error = %chain(&error), "refused: {error}");
                    let refusal = Refusal::new(RefusalCode::Malformed, &chain(&error));
                    // What follows cannot be told apart from what was not understood.
                    tell(&mut stream, &Answer::Refused(refusal)).await;
                    return;
                }
                // It ended, failed, or took too long.
                _ => return,
            };
            let answer = self.desk.answer(ask).await;
            if !tell(&mut stream, &answer).await {
                return;
            }
        }
    }
}

/// Whether the other end took the answer. One that went away may ask again.
async fn tell(stream: &mut UnixStream, answer: &Answer) -> bool {
    let writing = frame::write(stream, answer, ANSWER_BYTES_MAX);
    matches!(tokio::time::timeout(TURN_LIMIT, writing).await, Ok(Ok(())))
}
