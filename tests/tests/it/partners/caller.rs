//! Calls that say more than a body: another method, headers of their own, another address.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use theriac_testkit::service::Service;

/// Time limit of a call.
const CALL: Duration = Duration::from_secs(40);

/// Somebody who calls a service.
pub(super) struct Caller {
    client: reqwest::Client,
    address: String,
    credentials: Option<(&'static str, String)>,
}

/// What a service answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Caller {
    /// Calls with the API key that every service of the tests knows.
    pub(super) fn with_own_key(service: &Service) -> Self {
        let key = std::fs::read_to_string(service.key_file()).expect("the key of its user");
        Self::with_key(service, &key)
    }

    /// Calls with an API key.
    pub(super) fn with_key(service: &Service, key: &str) -> Self {
        Self::named(service, ("Authorization", format!("Bearer {key}")))
    }

    /// Calls as somebody who signed in.
    pub(super) fn with_session(service: &Service, cookie: &str) -> Self {
        Self::named(service, ("Cookie", cookie.to_owned()))
    }

    /// Calls as anybody could, from an address of this machine.
    pub(super) fn nobody(service: &Service, from: Ipv4Addr) -> Self {
        Self {
            credentials: None,
            ..Self::with_session(service, "").from(from)
        }
    }

    /// The same from another address of this machine.
    pub(super) fn from(mut self, from: Ipv4Addr) -> Self {
        self.client = client(from);
        self
    }

    fn named(service: &Service, credentials: (&'static str, String)) -> Self {
        Self {
            client: client(Ipv4Addr::LOCALHOST),
            address: service.address().to_owned(),
            credentials: Some(credentials),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.call(self.request(Method::GET, path)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.call(self.request(Method::DELETE, path)).await
    }

    /// Sends a body.
    pub(super) async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.call(self.request(method, path).json(body)).await
    }

    /// Sends a body with one more header.
    pub(super) async fn post_with(
        &self,
        header: (&'static str, &str),
        path: &str,
        body: &Value,
    ) -> Reply {
        let request = self.request(Method::POST, path).json(body);
        self.call(request.header(header.0, header.1)).await
    }

    /// Asks for something that is not JSON; gives its kind and its bytes.
    pub(super) async fn post_for_bytes(&self, path: &str, body: &Value) -> (String, Vec<u8>) {
        let request = self.request(Method::POST, path).json(body);
        let response = request.send().await.expect("the service answers");
        assert_eq!(response.status(), 200, "{path}");
        let kind = response.headers()["content-type"].to_str();
        let kind = kind.expect("visible ASCII").to_owned();
        let bytes = response.bytes().await.expect("a whole answer");
        (kind, bytes.to_vec())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.address));
        match &self.credentials {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    async fn call(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.expect("the service answers");
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("a whole answer"),
        }
    }
}

impl Reply {
    /// The body, where it is JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header that must be there.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        let told = format!("{name} is missing: {self:?}");
        value.expect(&told).expect("visible ASCII")
    }

    /// Fails the test unless it is refused like this.
    pub(super) fn assert_refused(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!(
            (self.status, &body["code"]),
            (status, &code.into()),
            "{body}"
        );
        assert!(body["detail"].is_string(), "{body}");
    }
}

fn client(from: Ipv4Addr) -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().timeout(CALL);
    let builder = builder.local_address(IpAddr::V4(from));
    builder.build().expect("an HTTP client")
}
