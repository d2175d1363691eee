//! `GET /`: the page for staff, with its scripts and style, and the check of evidence as
//! WebAssembly. Everything is in the program.

use actix_web::http::header::{self, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_crypto::digest;
use theriac_http::problem::{Problem, ProblemCode};

/// A file of the page.
#[derive(Clone, Copy, Debug)]
struct File {
    path: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! web {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../web/", $name))
    };
}

macro_rules! built {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [File; 9] = [
    file("/", "text/html; charset=utf-8", web!("index.html")),
    file("/app.js", SCRIPT, web!("app.js")),
    file("/checker.js", SCRIPT, web!("checker.js")),
    file("/draw.js", SCRIPT, web!("draw.js")),
    file("/proof.js", SCRIPT, web!("proof.js")),
    file("/style.css", "text/css; charset=utf-8", web!("style.css")),
    file("/icon.svg", "image/svg+xml", web!("icon.svg")),
    // Empty in a program that was built without them.
    file("/evidence.js", SCRIPT, built!("evidence.js")),
    file(
        "/evidence.wasm",
        "application/wasm",
        built!("evidence.wasm"),
    ),
];

const fn file(path: &'static str, media_type: &'static str, bytes: &'static [u8]) -> File {
    File {
        path,
        media_type,
        bytes,
    }
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    for file in FILES {
        let tag = EntityTag::new_strong(digest("page", file.bytes).to_string());
        let show = move |request: HttpRequest| {
            let tag = tag.clone();
            async move { show(file, tag, &request) }
        };
        config.route(file.path, web::get().to(show));
    }
}

fn show(file: File, tag: EntityTag, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if file.bytes.is_empty() {
        let detail = "this build cannot check evidence in the browser";
        return Err(Problem::new(ProblemCode::NotFound, detail));
    }
    let is_known = matches!(
        IfNoneMatch::parse(request),
        Ok(IfNoneMatch::Items(known)) if known.iter().any(|known| known.weak_eq(&tag))
    );
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::CONTENT_TYPE, file.media_type))
        // A page from before an update would speak to an interface that has changed, so a browser
        // asks each time; what it has already is not sent again.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(ETag(tag));
    Ok(if is_known {
        response.finish()
    } else {
        response.body(file.bytes)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::body::to_bytes;
    use actix_web::test::{TestRequest, call_service, init_service};

    use super::*;

    #[actix_web::test]
    async fn file_that_a_browser_has_already_is_not_sent_again() {
        let service = init_service(App::new().configure(configure)).await;
        let first = TestRequest::get().uri("/app.js").to_request();
        let first = call_service(&service, first).await;
        let header = |name| first.headers().get(name).unwrap().clone();
        assert_eq!(header(header::CACHE_CONTROL), "no-cache");
        let tag = header(header::ETAG);
        for (path, status) in [("/app.js", 304), ("/style.css", 200)] {
            let again = TestRequest::get()
                .uri(path)
                .insert_header((header::IF_NONE_MATCH, tag.clone()))
                .to_request();
            let again = call_service(&service, again).await;
            assert_eq!(again.status(), status, "{path}");
            let body = to_bytes(again.into_body()).await.unwrap();
            assert_eq!(body.is_empty(), status == 304, "{path}");
        }
    }
}
