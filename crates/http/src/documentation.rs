//! What a program says of its own interface: `/api/openapi.json`, Swagger UI at `/docs/`, and what each
//! problem code means at `/problems/{code}`. All of it is part of the program: nothing is fetched.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::dev::ResourceDef;
use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::description::operations;
use crate::problem::{Problem, ProblemCode, ProblemText, RowText};

const DESCRIPTION: &str = "/api/openapi.json";

/// What a program documents.
#[derive(Clone)]
pub struct Documentation {
    openapi: Arc<str>,
    problems: Arc<[ProblemText]>,
    rows: Arc<[RowText]>,
    swagger: Arc<Config<'static>>,
    addresses: Arc<[Address]>,
}

/// An address of the description, and the methods that it takes, as `Allow` names them.
struct Address {
    pattern: ResourceDef,
    methods: String,
}

impl std::fmt::Debug for Documentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documentation").finish_non_exhaustive()
    }
}

/// A problem code, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemAnswer {
    /// The stable code.
    pub code: String,
    /// The HTTP status it comes with; absent where it is the code of one row, field or event (`errors[].code`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub next: String,
}

impl Documentation {
    /// The documentation of an interface. `problems` are the codes that the program has beside those of
    /// every program ([`ProblemCode::ALL`]).
    ///
    /// # Panics
    ///
    /// Never: descriptions have a form in JSON.
    pub fn new(openapi: &OpenApi, problems: &[ProblemText]) -> Self {
        let mut methods: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (method, path, _) in operations(openapi) {
            methods.entry(path).or_default().push(method);
        }
        for (path, item) in &openapi.paths.paths {
            if item.options.is_some() {
                methods.entry(path).or_default().push("OPTIONS");
            }
        }
        let addresses = methods.into_iter().map(|(path, methods)| Address {
            pattern: ResourceDef::new(path),
            methods: methods.join(", "),
        });
        let addresses: Vec<Address> = addresses.collect();
        let openapi = openapi.to_json().expect("descriptions have a form in JSON");
        let own = ProblemCode::ALL.into_iter().map(ProblemText::of);
        let mut all: Vec<ProblemText> = own.collect();
        for text in problems {
            if all.iter().all(|known| known.code != text.code) {
                all.push(*text);
            }
        }
        all.sort_by_key(|text| text.code);
        Self {
            openapi: openapi.into(),
            problems: all.into(),
            rows: Arc::default(),
            // Without "none" the page asks a server of its makers to judge the description.
            addresses: addresses.into(),
            swagger: Arc::new(Config::new([DESCRIPTION]).validator_url("none")),
        }
    }

    /// The same with the codes of single rows, fields and events. Those that are codes of whole requests as well are
    /// explained there.
    #[must_use]
    pub fn with_rows(mut self, rows: &[RowText]) -> Self {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|text| text.code);
        self.rows = rows.into();
        self
    }

    /// The methods that an address takes; nothing where the description has no such address.
    pub fn methods_at(&self, path: &str) -> Option<&str> {
        let found = self
            .addresses
            .iter()
            .find(|address| address.pattern.is_match(path));
        found.map(|address| address.methods.as_str())
    }

    /// Every code that is explained, in the order of the alphabet.
    pub fn problems(&self) -> &[ProblemText] {
        &self.problems
    }

    /// Every code of a row, field or event that is explained, in the order of the alphabet.
    pub fn rows(&self) -> &[RowText] {
        &self.rows
    }

    /// Adds the routes.
    pub(crate) fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .route(DESCRIPTION, web::get().to(get_description))
            .route("/docs", web::get().to(get_docs_folder))
            .route("/docs/{file:.*}", web::get().to(get_docs))
            .route("/problems", web::get().to(get_problems))
            .route("/problems/{code}", web::get().to(get_problem));
    }
}

async fn get_description(documentation: web::Data<Documentation>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(documentation.openapi.to_string())
}

async fn get_docs_folder() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

async fn get_docs(
    documentation: web::Data<Documentation>,
    file: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = utoipa_swagger_ui::serve(&file, Arc::clone(&documentation.swagger));
    let found = found.map_err(|error| Problem::internal(&SwaggerError(error.to_string())))?;
    let found = found.ok_or_else(|| {
        Problem::new(
            ProblemCode::NotFound,
            "the interface description has no such file",
        )
    })?;
    let mut response = HttpResponse::Ok();
    if found.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response
        .content_type(found.content_type)
        .body(found.bytes.into_owned()))
}

async fn get_problems(
    documentation: web::Data<Documentation>,
    request: HttpRequest,
) -> HttpResponse {
    let (problems, rows) = (documentation.problems(), documentation.rows());
    if wants_json(&request) {
        let rows = rows.iter().map(answer_of_row);
        let all: Vec<ProblemAnswer> = problems.iter().map(answer).chain(rows).collect();
        return HttpResponse::Ok().json(all);
    }
    let mut body = list(&problems.iter().map(entry).collect::<String>());
    if !rows.is_empty() {
        body.push_str(
            "<h2 id=\"rows\">Codes of single rows, fields and events</h2><p>They stand in <code>errors</code> of a problem, \
             each with its place. A code from above may stand there too.</p>",
        );
        body.push_str(&list(&rows.iter().map(entry_of_row).collect::<String>()));
    }
    page("Problem codes", &body)
}

async fn get_problem(
    documentation: web::Data<Documentation>,
    request: HttpRequest,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let is_named = |known: &str| known == code.as_str();
    let problems = documentation.problems().iter();
    let found = problems
        .filter(|text| is_named(text.code))
        .map(|text| (text.code, answer(text), entry(text)))
        .next();
    let found = found.or_else(|| {
        let row = documentation
            .rows()
            .iter()
            .find(|text| is_named(text.code))?;
        Some((row.code, answer_of_row(row), entry_of_row(row)))
    });
    let (code, answer, entry) = found.ok_or_else(|| {
        Problem::new(ProblemCode::NotFound, "no problem has this code")
            .with_hint("/problems lists them all")
    })?;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(answer));
    }
    Ok(page(code, &list(&entry)))
}

/// Whether the caller asks for JSON; else there is a page for people.
fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("json"))
}

fn page(title: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}\
         <p><a href=\"/problems\">All codes</a>, <a href=\"/docs/\">interface</a></p></html>"
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page)
}

fn list(entries: &str) -> String {
    format!("<dl>{entries}</dl>")
}

fn entry(text: &ProblemText) -> String {
    term(text.code, &text.status.to_string(), text.meaning, text.next)
}

fn entry_of_row(text: &RowText) -> String {
    let scope = "the code of one row, field or event";
    term(text.code, scope, text.meaning, text.next)
}

fn term(code: &str, scope: &str, meaning: &str, next: &str) -> String {
    format!(
        "<dt id=\"{code}\"><a href=\"/problems/{code}\"><code>{code}</code></a> ({scope})</dt><dd><p>{}</p><p>{}</p></dd>",
        escaped(meaning),
        escaped(next)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn answer(text: &ProblemText) -> ProblemAnswer {
    ProblemAnswer {
        code: text.code.to_owned(),
        status: Some(text.status),
        meaning: text.meaning.to_owned(),
        next: text.next.to_owned(),
    }
}

fn answer_of_row(text: &RowText) -> ProblemAnswer {
    ProblemAnswer {
        code: text.code.to_owned(),
        status: None,
        meaning: text.meaning.to_owned(),
        next: text.next.to_owned(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("Swagger UI: {0}")]
struct SwaggerError(String);

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::App;
    use actix_web::test::{TestRequest, call_and_read_body, init_service};
    use std::collections::BTreeSet;
    use utoipa::openapi::path::Operation;
    use utoipa::openapi::{HttpMethod, PathItem, Paths};

    #[test]
    fn addresses_of_the_description_name_the_methods_that_they_take() {
        let operation = || Operation::builder().build();
        let paths = Paths::builder()
            .path("/things/{id}", PathItem::new(HttpMethod::Get, operation()))
            .path("/things/{id}", PathItem::new(HttpMethod::Put, operation()))
            .build();
        let openapi = utoipa::openapi::OpenApiBuilder::new().paths(paths).build();
        let documentation = Documentation::new(&openapi, &[]);
        assert_eq!(documentation.methods_at("/things/7"), Some("GET, PUT"));
        assert_eq!(documentation.methods_at("/things"), None);
    }

    #[actix_web::test]
    async fn code_of_one_row_has_a_page_of_its_own_and_a_part_of_the_list() {
        let openapi = utoipa::openapi::OpenApiBuilder::new().build();
        let row = RowText {
            code: "lot_odd",
            meaning: "The lot is < odd.",
            next: "Send an even one.",
        };
        let documentation = Documentation::new(&openapi, &[]).with_rows(&[row]);
        let app = App::new().configure(|config| documentation.configure(config));
        let service = init_service(app).await;
        let read = async |path: &str, accept: &str| {
            let request = TestRequest::get()
                .uri(path)
                .insert_header((header::ACCEPT, accept.to_owned()))
                .to_request();
            String::from_utf8(call_and_read_body(&service, request).await.to_vec()).unwrap()
        };
        let page = read("/problems/lot_odd", "text/html").await;
        assert!(
            page.contains("one row") && page.contains("&lt; odd"),
            "{page}"
        );
        let answer = read("/problems/lot_odd", "application/json").await;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            answer,
            serde_json::json!({"code": "lot_odd", "meaning": row.meaning, "next": row.next})
        );
        let index = read("/problems", "text/html").await;
        let (_, rows) = index.split_once("id=\"rows\"").unwrap();
        assert!(
            rows.contains("lot_odd") && !rows.contains("not_found"),
            "{rows}"
        );
        let all = read("/problems", "application/json").await;
        let all: Vec<ProblemAnswer> = serde_json::from_str(&all).unwrap();
        assert_eq!(all.len(), ProblemCode::ALL.len() + 1);
    }

    #[test]
    fn every_code_of_every_program_is_explained_by_words_of_its_own() {
        let openapi = utoipa::openapi::OpenApiBuilder::new().build();
        let documentation = Documentation::new(&openapi, &[]);
        assert_eq!(documentation.problems().len(), ProblemCode::ALL.len());
        let meanings: BTreeSet<_> = documentation
            .problems()
            .iter()
            .map(|text| text.meaning)
            .collect();
        assert_eq!(meanings.len(), ProblemCode::ALL.len());
    }
}
