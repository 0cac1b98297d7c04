//! Pages: a template and what it shows, in the frame that all pages share.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape, UndefinedBehavior, context};
use serde::Serialize;

use super::ReportError;

/// Files that all pages share, written beside them: how they look, and what sorts their tables.
pub(super) const SHARED: [(&str, &str); 2] = [
    ("style.css", include_str!("templates/style.css")),
    ("tables.js", include_str!("templates/tables.js")),
];

/// Every template; `base.html` is the frame that the others fill.
const TEMPLATES: [(&str, &str); 8] = [
    ("base.html", include_str!("templates/base.html")),
    ("parts.html", include_str!("templates/parts.html")),
    ("start.html", include_str!("templates/start.html")),
    ("topic.html", include_str!("templates/topic.html")),
    ("tracker.html", include_str!("templates/tracker.html")),
    ("workload.html", include_str!("templates/workload.html")),
    ("data.html", include_str!("templates/data.html")),
    ("method.html", include_str!("templates/method.html")),
];

/// A page in navigation.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    /// Its file.
    pub(super) file: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// What is to be found there, in a line.
    pub(super) about: &'static str,
}

/// A page of the site.
pub(super) struct Page<C> {
    /// Its file, at the top of the site.
    pub(super) file: String,
    /// The place in navigation that it belongs to.
    pub(super) place: &'static str,
    /// The template that shows it.
    pub(super) template: &'static str,
    /// In the browser's tab, and as the heading.
    pub(super) title: String,
    /// What the template shows, as `page`.
    pub(super) content: C,
}

/// The templates, and the places that pages link to.
pub(super) struct Frame {
    templates: Environment<'static>,
    places: Vec<Place>,
}

impl Frame {
    /// The frame of a site that has these places.
    pub(super) fn new(places: Vec<Place>) -> Result<Self, ReportError> {
        let failed = |error| failed("every page", &error);
        let mut templates = Environment::new();
        // A misspelt name is a mistake, not an empty string.
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        templates.set_syntax(syntax.build().map_err(failed)?);
        templates.add_filter("code", code);
        for (name, source) in TEMPLATES {
            // By its name, `.html`, minijinja escapes.
            templates.add_template(name, source).map_err(failed)?;
        }
        Ok(Self { templates, places })
    }

    /// Makes a page's HTML. All content is escaped: part of it comes from trackers.
    pub(super) fn render<C: Serialize>(&self, page: &Page<C>) -> Result<String, ReportError> {
        let failed = |error| failed(&page.file, &error);
        let template = self.templates.get_template(page.template).map_err(failed)?;
        let html = template.render(context! {
            title => page.title.as_str(),
            file => page.file.as_str(),
            place => page.place,
            places => Serde(&self.places),
            version => env!("CARGO_PKG_VERSION"),
            repository => env!("CARGO_PKG_REPOSITORY"),
            page => Serde(&page.content),
        });
        html.map_err(failed)
    }
}

/// Words with what stands between two backticks as code, and all of it escaped.
fn code(text: &str) -> Value {
    let parts: Vec<String> = text.split('`').map(|part| HtmlEscape(part).to_string()).collect();
    // One that is left over is a backtick.
    if parts.len().is_multiple_of(2) {
        return Value::from_safe_string(parts.join("`"));
    }
    let html = parts.iter().enumerate().map(|(place, part)| match place % 2 {
        0 => part.clone(),
        _ => format!("<code>{part}</code>"),
    });
    Value::from_safe_string(html.collect())
}

fn failed(page: &str, error: &minijinja::Error) -> ReportError {
    ReportError::Page { page: page.to_owned(), reason: format!("{error:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(code("run `a <b>` & go").to_string(), "run <code>a &lt;b&gt;</code> &amp; go");
        assert_eq!(code("one ` alone").to_string(), "one ` alone");
    }

    #[test]
    fn every_template_is_sound_and_what_is_missing_is_named() {
        let frame = Frame::new(Vec::new()).unwrap();
        let page = Page {
            file: "a.html".into(),
            place: "",
            template: "start.html",
            title: "A".into(),
            content: (),
        };
        let error = frame.render(&page).unwrap_err().to_string();
        assert!(error.contains("a.html") && error.contains("undefined"), "{error}");
    }
}
