//! A run's raw data as part of a site: copied, or linked to where it stays.

use std::path::{Path, PathBuf};

use super::ReportError;
use super::links::{self, DATA_FOLDER, link};
use super::pages::DataLinks;
use super::profiles::ProfileView;
use super::staging::Staging;
use super::versions::{self, TrackerPicture};
use crate::analyse::profile::Profile;
use crate::common::inside::inside;
use crate::record::{ENVIRONMENT_FILE, PACKED_FILE, RECORDS_FILE, Run, records_in};

/// A run's part of the site.
pub(super) struct Kept {
    pub(super) links: DataLinks,
    pub(super) profiles: Vec<ProfileView>,
    pub(super) tracker_pictures: Vec<TrackerPicture>,
}

/// Makes a run's raw data part of the site, its heap profiles, and pictures of arms that are not among the
/// `known`.
pub(super) fn keep_data(
    run: &Run,
    out: &Path,
    known: &[TrackerPicture],
    staging: &mut Staging,
    taken: &mut Vec<String>,
) -> Result<Kept, ReportError> {
    let own = run.folder.canonicalize().map_err(ReportError::read(&run.folder))?;
    let stays = own.starts_with(out.canonicalize().map_err(ReportError::read(out))?);
    let name = links::folder_name(&run.environment.run, taken);
    let folder = Path::new(DATA_FOLDER).join(&name);
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
