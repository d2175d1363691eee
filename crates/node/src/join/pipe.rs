//! From a stream of bytes to a reader on a thread that blocks.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use theriac_client::NodeError;
use theriac_client::node_client::SnapshotStream;
use tokio::sync::mpsc;

/// Pieces on their way: some hundred kilobytes.
const PIECES_MAX: usize = 16;

/// A reader, and the task that feeds it until the stream ends or the reader is dropped.
pub(super) fn of(
    mut stream: SnapshotStream,
) -> (
    impl Read + Send + 'static,
    impl Future<Output = Result<(), NodeError>>,
) {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    let reader = Reader {
        receiver,
        piece: Bytes::new(),
    };
    let feeding = async move {
        while let Some(piece) = stream.next().await? {
            if sender.send(piece).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    (reader, feeding)
}

struct Reader {
    receiver: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(into.len());
        self.piece.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}
