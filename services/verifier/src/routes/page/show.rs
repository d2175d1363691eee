//! `GET /`: the page for staff, with its script and style. Everything is in the program.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};

const INDEX: &str = include_str!("../../../../../web/index.html");
const SCRIPT: &str = include_str!("../../../../../web/app.js");
const STYLE: &str = include_str!("../../../../../web/style.css");
const ICON: &str = include_str!("../../../../../web/icon.svg");

pub(crate) fn configure(config: &mut ServiceConfig) {
    for (path, media_type, text) in [
        ("/", "text/html; charset=utf-8", INDEX),
        ("/app.js", "text/javascript; charset=utf-8", SCRIPT),
        ("/style.css", "text/css; charset=utf-8", STYLE),
        ("/icon.svg", "image/svg+xml", ICON),
    ] {
        let show = move || async move { file(media_type, text) };
        config.route(path, web::get().to(show));
    }
}

fn file(media_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        // A page from before an update would speak to an interface that has changed.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text)
}
