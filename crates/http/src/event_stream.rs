//! Server-sent events (HTML Living Standard, section 9.2), for callers that follow something.

use std::convert::Infallible;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures::{Stream, StreamExt as _};

/// The media type.
pub const EVENT_STREAM_MEDIA_TYPE: &str = "text/event-stream";

/// One event, or a sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Something changed.
    Event {
        /// By which a reader that comes back says what it has seen.
        id: Option<String>,
        /// Its name.
        name: &'static str,
        /// One line of JSON.
        data: String,
    },
    /// Nothing changed, and the connection is alive.
    Comment,
}

impl StreamEvent {
    fn to_bytes(&self) -> Bytes {
        match self {
            Self::Comment => Bytes::from_static(b":\n\n"),
            Self::Event { id, name, data } => {
                let id = id.as_ref().map(|id| format!("id: {id}\n"));
                let id = id.unwrap_or_default();
                // A line break would end the field; JSON writes none.
                let data = data.replace(['\r', '\n'], " ");
                Bytes::from(format!("{id}event: {name}\ndata: {data}\n\n"))
            }
        }
    }
}

/// The response that sends events as they come, and ends with them.
pub fn respond(events: impl Stream<Item = StreamEvent> + 'static) -> HttpResponse {
    let bytes = events.map(|event| Ok::<Bytes, Infallible>(event.to_bytes()));
    HttpResponse::Ok()
        .content_type(EVENT_STREAM_MEDIA_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A proxy that gathers would hold events back.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_is_written_on_lines_of_its_own() {
        let event = StreamEvent::Event {
            id: Some("7".to_owned()),
            name: "progress",
            data: "{\"a\":\n1}".to_owned(),
        };
        let expected = "id: 7\nevent: progress\ndata: {\"a\": 1}\n\n";
        assert_eq!(event.to_bytes(), expected.as_bytes());
        assert_eq!(StreamEvent::Comment.to_bytes(), ":\n\n".as_bytes());
    }
}
