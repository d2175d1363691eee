//! Server-sent events, read from pieces of any size and bounded
//! (HTML Living Standard, section 9.2.6).

use bytes::{Buf, BytesMut};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SseEvent {
    /// The `id` field, when the event has one.
    pub(crate) id: Option<String>,
    /// The `event` field; empty when absent.
    pub(crate) name: String,
    /// The `data` lines, joined by line feeds.
    pub(crate) data: Vec<u8>,
}

/// The stream is not what a node sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// An event longer than the bound.
    #[error("an event is longer than {max} bytes")]
    TooLong { max: usize },
    /// A field that is no UTF-8.
    #[error("a field of an event is no UTF-8")]
    NotText,
}

/// Turns bytes into events.
#[derive(Debug)]
pub(crate) struct SseReader {
    buffer: BytesMut,
    /// Bytes of the buffer that hold no line feed: they are not searched again.
    searched: usize,
    event: SseEvent,
    has_fields: bool,
    max: usize,
}

impl SseReader {
    /// A reader of events of at most `max` bytes.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            event: SseEvent::default(),
            has_fields: false,
            max,
        }
    }

    /// Takes bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole event, if the bytes so far hold one.
    pub(crate) fn next_event(&mut self) -> Result<Option<SseEvent>, SseError> {
        while let Some(offset) = self.buffer[self.searched..]
            .iter()
            .position(|&byte| byte == b'\n')
        {
            let mut line = self.buffer.split_to(self.searched + offset);
            self.buffer.advance(1);
            self.searched = 0;
            if line.last() == Some(&b'\r') {
                line.truncate(line.len() - 1);
            }
            if !line.is_empty() {
                self.take_field(&line)?;
            } else if std::mem::take(&mut self.has_fields) {
                return Ok(Some(std::mem::take(&mut self.event)));
            }
        }
        self.searched = self.buffer.len();
        if self.searched > self.max {
            return Err(SseError::TooLong { max: self.max });
        }
        Ok(None)
    }

    fn take_field(&mut self, line: &[u8]) -> Result<(), SseError> {
        let (name, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push(b'\n');
                }
                self.event.data.extend_from_slice(value);
            }
            b"id" => self.event.id = Some(text(value)?),
            b"event" => self.event.name = text(value)?,
            // Comments and fields of later versions are skipped, as the standard says.
            _ => return Ok(()),
        }
        self.has_fields = true;
        if self.event.data.len() > self.max {
            return Err(SseError::TooLong { max: self.max });
        }
        Ok(())
    }
}

fn text(value: &[u8]) -> Result<String, SseError> {
    let text = std::str::from_utf8(value).map_err(|_| SseError::NotText)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng as _, SeedableRng as _};

    use super::*;

    fn read_all(pieces: &[&[u8]], max: usize) -> Result<Vec<SseEvent>, SseError> {
        let mut reader = SseReader::new(max);
        let mut events = Vec::new();
        for piece in pieces {
            reader.push(piece);
            while let Some(event) = reader.next_event()? {
                events.push(event);
            }
        }
        Ok(events)
    }

    #[test]
    fn events_read_the_same_whatever_the_pieces() {
        let stream = b": hello\n\nid: 7\nevent: block\ndata: AAAA\n\ndata:x\r\ndata: y\r\n\r\n";
        let whole = read_all(&[stream], 64).unwrap();
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(read_all(&bytes, 64).unwrap(), whole);
        assert_eq!(whole.len(), 2);
        assert_eq!(whole[0].id.as_deref(), Some("7"));
        assert_eq!(whole[0].name, "block");
        assert_eq!(whole[0].data, b"AAAA");
        assert_eq!(whole[1].data, b"x\ny");
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let line = [b'a'; 100];
        assert_eq!(
            read_all(&[b"data: ", &line], 64),
            Err(SseError::TooLong { max: 64 })
        );
        let lines = b"data: aaaaaaaaaa\n".repeat(10);
        assert!(read_all(&[&lines], 64).is_err());
    }

    #[test]
    fn no_bytes_panic_and_all_read_the_same_whatever_the_pieces() {
        let words: [&[u8]; 10] = [
            b"data", b"id", b"event", b":", b" ", b"\n", b"\r\n", b"\n\n", b"\xff", b"7",
        ];
        let mut generator = ChaCha20Rng::seed_from_u64(1);
        for _ in 0..2_000 {
            let mut stream = Vec::new();
            for _ in 0..generator.next_u32() % 40 {
                let word = generator.next_u32() as usize % words.len();
                stream.extend_from_slice(words[word]);
            }
            let whole = read_all(&[&stream], 256);
            for size in [1, 2, 7] {
                let pieces: Vec<&[u8]> = stream.chunks(size).collect();
                assert_eq!(read_all(&pieces, 256), whole, "{stream:?}");
            }
        }
    }
}
