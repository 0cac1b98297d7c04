//! The static site: one page so far, with its charts and the raw data it rests on.

use std::path::{Path, PathBuf};

use super::compared::{Compared, ComparedView};
use super::instruction_page::{InstructionsCompared, InstructionsView};
use super::links::{self, link};
use super::page::{Page, STYLE};
use super::profiles::ProfileView;
use super::staging::Staging;
use super::versions::{self, TrackerPicture};
use super::view::{DataLinks, Measurements, Other, Shown};
use super::{ReportError, csv};
use crate::analyse::profile::Profile;
use crate::analyse::summary::Summary;
use crate::common::inside::inside;
use crate::present::charts::{self, ChartError};
use crate::record::{ENVIRONMENT_FILE, PACKED_FILE, RECORDS_FILE, Run, records_in};

/// The site's page.
const INDEX: &str = "index.html";

/// Its figures.
const FIGURES: &str = "summary.json";

/// What a site may have besides its runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The front page of Criterion's own report on the same samples, to link to.
    pub criterion: Option<PathBuf>,
    /// A comparison of trackers of the runs, which then is what the page is about.
    pub comparison: Option<Compared>,
    /// Likewise a comparison of instructions.
    pub instructions: Option<InstructionsCompared>,
}

/// Writes the site of some runs, taken together in one summary, into the folder `out`; gives the path of its first
/// page. An earlier site there is replaced once the new one is complete.
///
/// ```text
/// out/index.html  style.css      the page; opens from disk, needs no server
///     charts/*.svg
///     summary.json  summary.csv  its figures, unrounded
///     data/RUN/…                 records.jsonl.zst and environment.json of each run, lock files of what was
///                                built for it, its heap profiles, pictures that trackers drew
/// ```
///
/// The data of a run whose folder lies in `out`, or is it, stays where it is. Other sites of ours in folders
/// of `out` are linked to.
///
/// # Errors
///
/// If the folder cannot be written, or a run's files cannot be read; the error names the file.
pub fn write_site(
    runs: &[Run],
    summary: &Summary,
    out: &Path,
    options: &Options,
) -> Result<PathBuf, ReportError> {
    let mut staging = Staging::begin(out)?;

    let chart_folder = Path::new("charts");
    let mut charts = charts::write_all(summary, &staging.folder(chart_folder))?;
    for chart in &mut charts {
        let place = chart_folder.join(&chart.file);
        chart.file = links::encode(&place);
        staging.claim(place);
    }

    let compared = match &options.comparison {
        Some(compared) => Some(compared_view(compared, &mut staging)?),
        None => None,
    };
    let instructions = InstructionsView::new(runs, options.instructions.as_ref(), &mut staging)?;
    let mut taken = Vec::new();
    let (mut data, mut profiles, mut tracker_pictures) = (Vec::new(), Vec::new(), Vec::new());
    for run in runs {
        let kept = keep_data(run, out, &tracker_pictures, &mut staging, &mut taken)?;
        data.push(kept.links);
        profiles.extend(kept.profiles);
        tracker_pictures.extend(kept.tracker_pictures);
    }
    tracker_pictures.sort_by(|a, b| a.arm.natural_cmp(&b.arm));

    let json = serde_json::to_string_pretty(summary)
        .map_err(|error| ReportError::written(&out.join(FIGURES))(error.into()))?;
    staging.write(Path::new(FIGURES), &(json + "\n"))?;
    staging.write(Path::new("summary.csv"), &csv(summary))?;
    staging.write(Path::new("style.css"), STYLE)?;

    let criterion = options.criterion.as_deref().map(|report| link(out, report));
    let title = match &compared {
        Some(view) => view.title.clone(),
        None => "What heap tracking costs, and how accurate it is".to_owned(),
    };
    let others = others(out);
    let shown = Shown {
        charts,
        compared,
        instructions,
        tracker_pictures,
        profiles,
        data,
        criterion,
        others,
    };
    let page = Page {
        file: INDEX,
        template: "measurements.html",
        title,
        content: Measurements::new(summary, shown),
    };
    // Last, so that what it links to is there before it.
    staging.write(Path::new(page.file), &page.render()?)?;
    staging.publish()?;
    Ok(out.join(page.file))
}

/// The comparison's part of the page, with its chart.
fn compared_view(compared: &Compared, staging: &mut Staging) -> Result<ComparedView, ReportError> {
    let place = Path::new("charts/comparison.svg");
    let chart = match charts::change(&compared.comparison) {
        Ok(svg) => {
            staging.write(place, &svg)?;
            Some(links::encode(place))
        }
        // Nothing was timed.
        Err(ChartError::Nothing) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(ComparedView::new(compared, chart))
}

/// A run's part of the site.
struct Kept {
    links: DataLinks,
    profiles: Vec<ProfileView>,
    tracker_pictures: Vec<TrackerPicture>,
}

/// Makes a run's raw data part of the site, its heap profiles, and pictures of arms that are not among the
/// `known`.
fn keep_data(
    run: &Run,
    out: &Path,
    known: &[TrackerPicture],
    staging: &mut Staging,
    taken: &mut Vec<String>,
) -> Result<Kept, ReportError> {
    let own = run.folder.canonicalize().map_err(ReportError::read(&run.folder))?;
    let stays = own.starts_with(out.canonicalize().map_err(ReportError::read(out))?);
    let name = links::folder_name(&run.environment.run, taken);
    let folder = Path::new("data").join(&name);
    if !stays {
        taken.push(name);
    }
    let mut keep = |file: &Path| -> Result<String, ReportError> {
        let path = run.folder.join(file);
        let path = inside(&run.folder, file).map_err(ReportError::read(&path))?;
        if stays {
            return Ok(link(out, &path));
        }
        let mut place = folder.join(file);
        if file == Path::new(RECORDS_FILE) {
            place.set_file_name(PACKED_FILE);
            staging.pack(&path, &place)?;
        } else {
            staging.copy(&path, &place)?;
        }
        Ok(links::encode(&place))
    };
    let mut locks = Vec::new();
    for version in &run.environment.versions {
        // One that did not build has none.
        let lock = version.lock.as_deref().map(Path::new);
        let lock = lock.filter(|lock| run.folder.join(lock).is_file());
        locks.push(lock.map(&mut keep).transpose()?);
    }
    let records = records_in(&run.folder).unwrap_or_default();
    let records = PathBuf::from(records.file_name().unwrap_or_default());
    let links = DataLinks {
        records: keep(&records)?,
        environment: keep(Path::new(ENVIRONMENT_FILE))?,
        locks,
    };
    let pictures = versions::pictures(run, known).into_iter();
    let tracker_pictures =
        pictures.map(|(record, file)| Ok(TrackerPicture::new(record, keep(&file)?)));
    let tracker_pictures = tracker_pictures.collect::<Result<_, ReportError>>()?;
    let mut profiles = Vec::new();
    for profile in Profile::all_of_run(&run.folder)? {
        let shown = profile.files().iter().map(|file| keep(file)).collect::<Result<_, _>>()?;
        // Not linked to, but what the table is made of when a report is made of the site's data.
        keep(&profile.own_file())?;
        profiles.push(ProfileView::new(&profile, shown));
    }
    Ok(Kept { links, profiles, tracker_pictures })
}

/// The sites of ours in folders of a site's folder, by their links and names.
fn others(out: &Path) -> Vec<Other> {
    let ours = |folder: &Path| [INDEX, FIGURES].iter().all(|file| folder.join(file).is_file());
    // What cannot be read is not linked to.
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.filter(|entry| ours(&entry.path())).map(|e| e.file_name()).collect();
    names.sort();
    let other = |name: std::ffi::OsString| Other {
        file: links::encode(&Path::new(&name).join(INDEX)),
        name: name.to_string_lossy().into_owned(),
    };
    names.into_iter().map(other).collect()
}
