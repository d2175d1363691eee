//! What a program says of its own interface: `/api/openapi.json`, Swagger UI at `/docs/`, and what each
//! problem code means at `/problems/{code}`. All of it is part of the program: nothing is fetched.

use std::collections::BTreeMap;
use std::fmt::Write as _;
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
use crate::problem::{Problem, ProblemCode, ProblemText};

const DESCRIPTION: &str = "/api/openapi.json";

/// What a program documents.
#[derive(Clone)]
pub struct Documentation {
    openapi: Arc<str>,
    problems: Arc<[ProblemText]>,
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
    /// The HTTP status it comes with.
    pub status: u16,
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
            // Without "none" the page asks a server of its makers to judge the description.
            addresses: addresses.into(),
            swagger: Arc::new(Config::new([DESCRIPTION]).validator_url("none")),
        }
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
    shown(&request, "Problem codes", documentation.problems())
}

async fn get_problem(
    documentation: web::Data<Documentation>,
    request: HttpRequest,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let problems = documentation.problems();
    let found = problems.iter().find(|text| text.code == code.as_str());
    let text = found.ok_or_else(|| {
        Problem::new(ProblemCode::NotFound, "no problem has this code")
            .with_hint("/problems lists them all")
    })?;
    Ok(shown(&request, text.code, std::slice::from_ref(text)))
}

/// As a page for people, or as JSON for whoever asks for it.
fn shown(request: &HttpRequest, title: &str, texts: &[ProblemText]) -> HttpResponse {
    let accept = request.headers().get(header::ACCEPT);
    let wants_json = accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("json"));
    if wants_json {
        let answers: Vec<ProblemAnswer> = texts.iter().map(answer).collect();
        return match answers.as_slice() {
            [one] => HttpResponse::Ok().json(one),
            all => HttpResponse::Ok().json(all),
        };
    }
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1><dl>"
    );
    for text in texts {
        let ProblemText {
            code,
            status,
            meaning,
            next,
        } = text;
        let _ = write!(
            page,
            "<dt id=\"{code}\"><a href=\"/problems/{code}\"><code>{code}</code></a> ({status})</dt><dd><p>{}</p><p>{}</p></dd>",
            escaped(meaning),
            escaped(next)
        );
    }
    page.push_str(
        "</dl><p><a href=\"/problems\">All codes</a>, <a href=\"/docs/\">interface</a></p></html>",
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn answer(text: &ProblemText) -> ProblemAnswer {
    ProblemAnswer {
        code: text.code.to_owned(),
        status: text.status,
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
