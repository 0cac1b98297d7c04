//! The static site: one page so far, with its charts and the raw data it rests on.

use std::path::{Path, PathBuf};

use super::links::{self, link};
use super::page::{Page, STYLE};
use super::profiles::ProfileView;
use super::staging::Staging;
use super::view::{DataLinks, Measurements};
use super::{ReportError, csv, versions};
use crate::charts;
use crate::profile::Profile;
use crate::records::{ENVIRONMENT_FILE, RECORDS_FILE, Run};
use crate::summary::Summary;

/// What a site may have besides its runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The front page of Criterion's own report on the same samples, to link to.
    pub criterion: Option<PathBuf>,
}

/// Writes the site of some runs, taken together, into the folder `out`; gives the path of its first
/// page. An earlier site there is replaced once the new one is complete.
///
/// ```text
/// out/index.html  style.css      the page; opens from disk, needs no server
///     charts/*.svg
///     native/*.svg               what trackers draw of themselves
///     summary.json  summary.csv  its figures, unrounded
///     data/RUN/…                 records.jsonl and environment.json of each run, and its heap profiles
/// ```
///
/// The data of a run whose folder lies in `out`, or is it, stays where it is.
///
/// # Errors
///
/// If the folder cannot be written, or a run's files cannot be read; the error names the file.
pub fn write_site(runs: &[Run], out: &Path, options: &Options) -> Result<PathBuf, ReportError> {
    let summary = Summary::of(runs)?;
    let mut staging = Staging::begin(out)?;

    let chart_folder = Path::new("charts");
    let mut charts = charts::write_all(&summary, &staging.folder(chart_folder))?;
    for chart in &mut charts {
        let place = chart_folder.join(&chart.file);
        chart.file = links::encode(&place);
        staging.claim(place);
    }

    let mut taken = Vec::new();
    let (mut data, mut profiles) = (Vec::new(), Vec::new());
    for run in runs {
        let kept = keep_data(run, out, &mut staging, &mut taken)?;
        data.push(kept.links);
        profiles.extend(kept.profiles);
    }

    let natives = versions::natives(runs, &mut staging)?;

    let json = serde_json::to_string_pretty(&summary)
        .map_err(|error| ReportError::written(&out.join("summary.json"))(error.into()))?;
    staging.write(Path::new("summary.json"), &(json + "\n"))?;
    staging.write(Path::new("summary.csv"), &csv(&summary))?;
    staging.write(Path::new("style.css"), STYLE)?;

    let criterion = options.criterion.as_deref().map(|report| link(out, report));
    let page = Page {
        file: "index.html",
        template: "measurements.html",
        title: "What heap tracking costs".to_owned(),
        content: Measurements::new(&summary, charts, natives, profiles, data, criterion),
    };
    // Last, so that what it links to is there before it.
    staging.write(Path::new(page.file), &page.render()?)?;
    staging.publish()?;
    Ok(out.join(page.file))
}

/// A run's part of the site.
struct Kept {
    links: DataLinks,
    profiles: Vec<ProfileView>,
}

/// Makes a run's raw data part of the site, and its heap profiles.
fn keep_data(
    run: &Run,
    out: &Path,
    staging: &mut Staging,
    taken: &mut Vec<String>,
) -> Result<Kept, ReportError> {
    let inside = run.folder.canonicalize().map_err(ReportError::read(&run.folder))?;
    let stays = inside.starts_with(out.canonicalize().map_err(ReportError::read(out))?);
    let name = links::folder_name(&run.environment.run, taken);
    let folder = Path::new("data").join(&name);
    if !stays {
        taken.push(name);
    }
    let mut keep = |file: &Path| -> Result<String, ReportError> {
        if stays {
            return Ok(link(out, &run.folder.join(file)));
        }
        let place = folder.join(file);
        staging.copy(&run.folder.join(file), &place)?;
        Ok(links::encode(&place))
    };
    let links = DataLinks {
        records: keep(Path::new(RECORDS_FILE))?,
        environment: keep(Path::new(ENVIRONMENT_FILE))?,
    };
    let mut profiles = Vec::new();
    for profile in Profile::all_of_run(&run.folder)? {
        let shown = profile.files().iter().map(|file| keep(file)).collect::<Result<_, _>>()?;
        // Not linked to, but what the table is made of when a report is made of the site's data.
        keep(&profile.own_file())?;
        profiles.push(ProfileView::new(&profile, shown));
    }
    Ok(Kept { links, profiles })
}
