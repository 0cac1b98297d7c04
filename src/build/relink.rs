//! The subjects' programs, linked in several orders.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::choice::Choice;
use super::link::{self, LinkError, Shuffler};
use super::source::PROGRAMS;
use super::subjects::{SUBJECTS_VARIABLE, SubjectVersion, Subjects, SubjectsError, build};
use super::{Builder, source_folder};
use crate::plan::arm::{ArmId, Role};

impl Subjects {
    /// These subjects, and the programs of those arms that are [relinked](ArmId::is_relinked) in so many link orders
    /// each. One that does not build is left out. `progress` is told how many are linked, and what is.
    ///
    /// # Errors
    ///
    /// If the linker here cannot do it, there is no source to link from, or a tracker is a tool.
    pub fn relinked(
        mut self,
        arms: &[ArmId],
        choices: &[Choice],
        orders: u32,
        progress: &mut dyn FnMut(f64, &str),
    ) -> Result<Self, SubjectsError> {
        if !self.own.is_empty() {
            return Err(LinkError::OwnWorkload.into());
        }
        if std::env::var_os(SUBJECTS_VARIABLE).is_some() {
            return Err(LinkError::Finished { variable: SUBJECTS_VARIABLE }.into());
        }
        let programs: BTreeMap<(String, bool), &Choice> = arms
            .iter()
            .filter(|arm| arm.is_relinked() && self.of(arm).is_ok())
            .filter_map(|arm| {
                let choice = choices.iter().find(|choice| choice.arm == arm.repeated())?;
                Some(((arm.program(), arm.role == Role::Twin), choice))
            })
            .collect();
        if let Some(tool) = programs.values().find(|choice| choice.entry.is_wrapped()) {
            return Err(LinkError::Wrapped(tool.entry.name.clone()).into());
        }
        let root = source_folder()?;
        let relinker =
            Relinker { shuffler: Shuffler::find(&root)?, root, versions: &self.versions };
        let all = f64::from(orders) * programs.len() as f64;
        let mut done = 0.0;
        for ((name, is_control), choice) in &programs {
            let mut linked = Vec::new();
            for order in 0..orders {
                let whose = if *is_control { " once more" } else { "" };
                progress(
                    done / all,
                    &format!("{name}{whose}, link order {} of {orders}", order + 1),
                );
                linked.push(relinker.link(
                    choice,
                    link::seed(name, *is_control, order),
                    &mut |_| {},
                )?);
                done += 1.0;
            }
            link::all_differ(name, &linked)?;
            self.links.insert((name.clone(), *is_control), linked);
        }
        relinker.leave_as_built(&programs)?;
        Ok(self)
    }
}

/// Links programs anew, whether they are built in or not.
struct Relinker<'a> {
    root: PathBuf,
    shuffler: Shuffler,
    versions: &'a BTreeMap<String, SubjectVersion>,
}

impl Relinker<'_> {
    /// A program with a seed, put aside.
    fn link(
        &self,
        choice: &Choice,
        seed: u32,
        progress: &mut dyn FnMut(&str),
    ) -> Result<PathBuf, LinkError> {
        let name = choice.arm.program();
        let built = self.versions.get(&name).and_then(|version| version.built.as_ref().ok());
        let (folder, cargo) = match choice.source.as_ref().zip(built) {
            Some((source, built)) => {
                Builder::new(&self.root).package_again(&choice.entry, source, built)?
            }
            None => {
                let bin = format!("subject-{}", choice.entry.name);
                let package = PROGRAMS.0.to_owned();
                (
                    self.root.clone(),
                    ["--package".to_owned(), package, "--bin".to_owned(), bin].to_vec(),
                )
            }
        };
        let program = self.shuffler.link(&name, &folder, &cargo, seed, progress)?;
        Ok(link::keep(&self.root, &name, &program)?)
    }

    /// Has cargo put the built-in programs back in the place that each link took. Nothing is compiled for it.
    fn leave_as_built(
        &self,
        programs: &BTreeMap<(String, bool), &Choice>,
    ) -> Result<(), SubjectsError> {
        let built_in = programs.values().filter(|choice| choice.source.is_none());
        let names: Vec<&str> = built_in.map(|choice| choice.entry.name.as_str()).collect();
        if names.is_empty() { Ok(()) } else { build(&self.root, &names).map(|_| ()) }
    }
}
