//! Pages: a template and what it shows, in the frame that all pages share.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::ReportError;

/// Looks of all pages, written beside them.
pub(super) const STYLE: &str = include_str!("templates/style.css");

/// Every template; `base.html` is the frame that the others fill.
const TEMPLATES: [(&str, &str); 2] = [
    ("base.html", include_str!("templates/base.html")),
    ("measurements.html", include_str!("templates/measurements.html")),
];

/// A page of the site.
pub(super) struct Page<C> {
    /// Its file, at the top of the site.
    pub(super) file: &'static str,
    /// The template that shows it.
    pub(super) template: &'static str,
    /// In the browser's tab, and as the heading.
    pub(super) title: String,
    /// What the template shows, as `page`.
    pub(super) content: C,
}

impl<C: Serialize> Page<C> {
    /// Makes the HTML. All content is escaped: part of it comes from trackers.
    pub(super) fn render(&self) -> Result<String, ReportError> {
        let failed = |error: minijinja::Error| ReportError::Page {
            page: self.file.to_owned(),
            reason: format!("{error:#}"),
        };
        let mut templates = Environment::new();
        // A misspelt name is a mistake, not an empty string.
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        templates.set_syntax(syntax.build().map_err(failed)?);
        for (name, source) in TEMPLATES {
            // By its name, `.html`, minijinja escapes.
            templates.add_template(name, source).map_err(failed)?;
        }
        let template = templates.get_template(self.template).map_err(failed)?;
        let html = template.render(context! {
            title => self.title.as_str(),
            version => env!("CARGO_PKG_VERSION"),
            repository => env!("CARGO_PKG_REPOSITORY"),
            page => Serde(&self.content),
        });
        html.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_sound_and_what_is_missing_is_named() {
        let page =
            Page { file: "a.html", template: "measurements.html", title: "A".into(), content: () };
        let error = page.render().unwrap_err().to_string();
        assert!(error.contains("a.html") && error.contains("undefined"), "{error}");
    }
}
