//! Every subject built once more, with a workload of the reader's own in it.

use std::collections::BTreeMap;

use super::choice::Choice;
use super::resolve::Resolver;
use super::subjects::{Subjects, SubjectsError};
use super::{Builder, outcome, source_folder, target_folder};
use crate::plan::catalog::Catalog;
use crate::plan::own_workload::OwnWorkload;

impl Subjects {
    /// The subjects of these choices, and the one without a tracker, each built in a package of its own with a workload of
    /// the reader's own in it. One that does not build is no error. `progress` is told as in [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// If nothing can be built here at all.
    pub fn with_workload(
        choices: &[Choice],
        workload: &OwnWorkload,
        progress: &mut dyn FnMut(f64, &str),
    ) -> Result<Self, SubjectsError> {
        let root = source_folder()?;
        let mut subjects = Self::in_folder(target_folder(&root).join("release"));
        let wrapped = choices.iter().filter(|choice| choice.entry.is_wrapped());
        subjects.wrapped = wrapped.map(|choice| choice.entry.name.clone()).collect();
        let base = Choice::base(&Catalog::built_in()?)?;
        let linked = choices.iter().filter(|choice| !choice.entry.is_wrapped());
        let all: BTreeMap<String, &Choice> =
            std::iter::once(&base).chain(linked).map(|one| (one.arm.program(), one)).collect();
        let (number, mut resolver) = (all.len() as f64, Resolver::default());
        for (index, (name, choice)) in all.into_iter().enumerate() {
            let done = index as f64 / number;
            let mut tell = |what: &str| progress(done, &format!("{name}: {what}"));
            let source = match &choice.source {
                Some(source) => Some(source.clone()),
                None => choice.built_in(&mut resolver)?,
            };
            let builder = Builder::new(&root);
            let built = builder.build_with(&choice.entry, source.as_ref(), workload, &mut tell);
            let program = outcome(built)?.map(|built| built.program);
            subjects.own.insert(name, program);
        }
        Ok(subjects)
    }
}
