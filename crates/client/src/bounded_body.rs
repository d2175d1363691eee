//! Bodies of responses, read up to a bound.

use bytes::BytesMut;
use reqwest::Response;

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is longer than {max} bytes")]
    TooLong { max: usize },
    #[error("the body broke off")]
    Broken(#[source] reqwest::Error),
}

/// The whole body, refused as soon as it is longer than `max` bytes.
pub(crate) async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).is_ok_and(|length| length > max) {
        return Err(BodyError::TooLong { max });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len().saturating_add(chunk.len()) > max {
            return Err(BodyError::TooLong { max });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}
