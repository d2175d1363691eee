//! What each problem code means and what to do about it, for `/problems/{code}`.

use super::ProblemCode;

/// A code, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemText {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub next: &'static str,
}

/// The code of one row, field or event (`errors[].code` of a problem), explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowText {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong there.
    pub meaning: &'static str,
    /// What to do.
    pub next: &'static str,
}

impl ProblemText {
    /// The entry of one of the table's own codes.
    pub(crate) fn of(code: ProblemCode) -> Self {
        let (meaning, next) = code.explained();
        Self {
            code: code.as_str(),
            status: code.status().as_u16(),
            meaning,
            next,
        }
    }
}

impl ProblemCode {
    /// What the code means, and what to do.
    const fn explained(self) -> (&'static str, &'static str) {
        match self.explained_request() {
            Some(text) => text,
            None => self.explained_rest(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each code")]
    const fn explained_request(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::BadRequest => (
                "The request is malformed in a way that no other code names.",
                "Read `detail`, mend the request, and send it again.",
            ),
            Self::InvalidJson => (
                "The body is not JSON.",
                "Send one JSON document in UTF-8, with Content-Type application/json.",
            ),
            Self::InvalidBody => (
                "The body is JSON, but has an unknown, missing or wrong field.",
                "Compare the body with the interface description at /docs.",
            ),
            Self::InvalidQuery => (
                "A parameter after the question mark is unknown, missing or malformed.",
                "Compare the parameters with the interface description at /docs. A cursor is only good for the list that gave it.",
            ),
            Self::InvalidPath => (
                "A part of the path is malformed, such as a GTIN with a wrong check digit.",
                "Read `detail`, and encode special characters.",
            ),
            Self::InvalidInput => (
                "The request is well formed, but one or more fields or rows are wrong. Nothing of it was kept.",
                "Mend everything that `errors` names by place and code, and send the request again.",
            ),
            Self::CredentialsMissing => (
                "The address needs an API key or a session, and the request had neither.",
                "Send the header Authorization: Bearer <API key>, or sign in at /api/v1/sessions.",
            ),
            Self::CredentialsInvalid => (
                "The API key is not known here: mistyped, revoked, or of another service.",
                "Check the key, or ask an administrator for a new one.",
            ),
            Self::SessionEnded => (
                "The session is over: it was not used for too long, its hours are over, or it was ended by signing out, by a new password or by an administrator.",
                "Sign in again.",
            ),
            Self::SignInRefused => (
                "Name and password, or name and PIN, do not belong together; or the user is kept out. The answer is the same for all of these.",
                "Check the name and the keyboard. An administrator can set a new password.",
            ),
            Self::PinLocked => (
                "The PIN was wrong five times. The password still opens a session.",
                "Sign in with the password; that unlocks the PIN.",
            ),
            Self::CrossSite => (
                "A browser sent a write with a session's cookie for a page of another origin.",
                "Use the service's own pages. Programs use an API key and no cookie.",
            ),
            Self::SignatureMissing => (
                "The address takes signed requests only, and the headers of a signature are missing or malformed.",
                "Send Theriac-Key, Theriac-Time, Theriac-Nonce and Theriac-Signature (docs/ledger-format.md).",
            ),
            Self::SignatureInvalid => (
                "The signature does not match the request.",
                "Sign the exact method, path with query and body that are sent, for this chain.",
            ),
            Self::SignatureExpired => (
                "The signed time is too far from this machine's time, or before its start.",
                "Set the clock of the machine that signs, and sign the request again.",
            ),
            Self::RequestReplayed => (
                "A request with this nonce was seen before.",
                "Sign each request with a fresh nonce.",
            ),
            Self::Forbidden => (
                "The caller is known, and does not have the scope or the role that this needs.",
                "Use a key with the scope that `detail` names, or sign in as somebody with the role.",
            ),
            _ => return None,
        })
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each code")]
    const fn explained_rest(self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => (
                "Nothing is at this address, or nothing that the caller may see has this id.",
                "Check address and id. What was made a moment ago may need a few seconds to be on the ledger.",
            ),
            Self::MethodNotAllowed => (
                "The address exists, but not with this method.",
                "Use a method that the header Allow or the interface description lists.",
            ),
            Self::NotAcceptable => (
                "None of the offered representations is one that the request accepts.",
                "Widen the header Accept.",
            ),
            Self::RequestTimeout => (
                "The request did not arrive in time.",
                "Send it again over a better line; a write with the same Idempotency-Key is done once.",
            ),
            Self::Conflict => (
                "The request contradicts what is there now: a name that is taken, the last administrator.",
                "Read `detail`, look at the present state, and decide anew.",
            ),
            Self::Gone => (
                "What was here is gone for good.",
                "Do not ask for it again.",
            ),
            Self::LengthRequired => (
                "The request needs the header Content-Length.",
                "Send it with its length.",
            ),
            Self::PayloadTooLarge => (
                "The body is larger than this service takes (server.body_limit_bytes).",
                "Split the request, or raise the limit.",
            ),
            Self::UriTooLong => (
                "The address is longer than allowed.",
                "Send long values in a body.",
            ),
            Self::UnsupportedMediaType => (
                "The content type of the body is not taken here.",
                "Set Content-Type to a type that the interface description lists.",
            ),
            Self::PreconditionFailed => (
                "A condition in the request's headers does not hold.",
                "Read the present state, then send the request for it.",
            ),
            Self::RangeNotSatisfiable => (
                "The range that was asked for is not there.",
                "Ask for a part that exists.",
            ),
            Self::RateLimited => (
                "Too many requests from this caller or network, or too many failed sign-ins.",
                "Wait as many seconds as the header Retry-After says.",
            ),
            Self::HeadersTooLarge => (
                "The headers of the request are larger than allowed.",
                "Send fewer or shorter headers.",
            ),
            Self::IdempotencyKeyMissing => (
                "A write came without the header Idempotency-Key, or with a malformed one. With it, a request that comes again is done once.",
                "Choose a new key for each thing to be done, such as a UUID, and send the same key when the same request is repeated.",
            ),
            Self::IdempotencyKeyReused => (
                "The idempotency key was used for another request by the same caller.",
                "Send the first request again as it was, or choose a new key for this one.",
            ),
            Self::BatchRowsRefused => (
                "Rows of a batch file are wrong. Nothing of the file was kept.",
                "Mend the rows that `errors` names by line and send the file again.",
            ),
            other => other.explained_fault(),
        }
    }

    const fn explained_fault(self) -> (&'static str, &'static str) {
        match self {
            Self::NotEnabled => (
                "The function is described, but not enabled in this service or on this chain.",
                "Ask the operator.",
            ),
            Self::Busy => (
                "The program refuses work so as to stay within its bounds.",
                "Try again after the seconds that Retry-After says.",
            ),
            Self::NotReady => (
                "The program is starting, or its copy of the ledger is catching up.",
                "Try again in a few seconds; /readyz says what it waits for.",
            ),
            Self::NodeUnavailable => (
                "No node of the ledger answers. What was accepted is kept and sent later.",
                "Ask for the intent later. If it lasts, tell the operator.",
            ),
            Self::StorageUnavailable => (
                "The database or disk takes no writes: full, read-only, locked or out of reach. Nothing was changed.",
                "Tell the operator; `hint` says what to look at.",
            ),
            Self::Unavailable => (
                "Another program that is needed does not answer.",
                "Try again in a few seconds.",
            ),
            Self::Timeout => (
                "The answer was not ready in time. A write may still be done.",
                "Send a write again with the same Idempotency-Key: it is done once.",
            ),
            _ => (
                "A fault of the program. What it was is in its log.",
                "Try again; if it persists, give the operator the request_id.",
            ),
        }
    }
}
