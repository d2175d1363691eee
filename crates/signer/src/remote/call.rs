//! One question over a connection of its own.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::SignerError;
use super::door::{self, ConnectError};
use crate::wire::frame::{self, FrameError};
use crate::wire::{ANSWER_BYTES_MAX, ASK_BYTES_MAX, Answer, Ask};

/// How long a signer that is away is looked for before the caller is told: a signer that is started
/// again takes about two seconds, most of it to open its key.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest call: the signer waits for its disk, and serves others.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// Asks until there is an answer, or for as long as patience lasts.
pub(super) async fn patiently(socket: &Path, ask: &Ask) -> Result<Answer, SignerError> {
    let end = Instant::now() + PATIENCE;
    loop {
        match once(socket, ask).await {
            Err(error) if error.is_passing() && Instant::now() + PAUSE < end => {
                tokio::time::sleep(PAUSE).await;
            }
            ended => return ended,
        }
    }
}

/// Asks once.
pub(super) async fn once(socket: &Path, ask: &Ask) -> Result<Answer, SignerError> {
    let away = |source| SignerError::Away {
        path: socket.to_path_buf(),
        source,
    };
    let answered = tokio::time::timeout(CALL_LIMIT, exchange(socket, ask)).await;
    let late = |_| {
        Err(CallError::Frame(FrameError::Io(
            io::ErrorKind::TimedOut.into(),
        )))
    };
    match answered.unwrap_or_else(late) {
        Ok(Answer::Refused(refusal)) => Err(SignerError::Refused {
            path: socket.to_path_buf(),
            refusal: Box::new(refusal),
        }),
        Ok(answer) => Ok(answer),
        Err(
            CallError::Connect(ConnectError::Io(source)) | CallError::Frame(FrameError::Io(source)),
        ) => Err(away(source)),
        Err(CallError::Connect(ConnectError::Fault(source))) => Err(SignerError::Socket {
            path: socket.to_path_buf(),
            source,
        }),
        Err(CallError::Frame(error)) => Err(SignerError::Answer {
            path: socket.to_path_buf(),
            source: error.into(),
        }),
    }
}

/// Why there is no answer.
enum CallError {
    Connect(ConnectError),
    Frame(FrameError),
}

async fn exchange(socket: &Path, ask: &Ask) -> Result<Answer, CallError> {
    let mut stream = door::connect(socket).await.map_err(CallError::Connect)?;
    let written = frame::write(&mut stream, ask, ASK_BYTES_MAX).await;
    written.map_err(CallError::Frame)?;
    let answer = frame::read(&mut stream, ANSWER_BYTES_MAX).await;
    let ended = || FrameError::Io(io::ErrorKind::UnexpectedEof.into());
    answer
        .and_then(|answer| answer.ok_or_else(ended))
        .map_err(CallError::Frame)
}
