//! Whether two runs may be compared.

use crate::present::words;
use crate::record::environment::Environment;

/// How far two runs are of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinship {
    /// Why they cannot be compared: another program was measured.
    pub refusals: Vec<String>,
    /// Why one should think twice: ratios are alike across these, though not quite.
    pub warnings: Vec<String>,
}

/// Compares where and how two runs were made. Another scale, number of threads or seed makes other
/// programs of the workloads; another machine or compiler shifts overheads, and is only warned of.
pub fn kinship(base: &Environment, new: &Environment) -> Kinship {
    let (settings, other) = (&base.settings, &new.settings);
    let refusals = [
        differs("scale", settings.scale.to_string(), other.scale.to_string()),
        differs("threads", settings.threads.to_string(), other.threads.to_string()),
        differs("seed", settings.seed.to_string(), other.seed.to_string()),
        differs("pacing", format!("{:?}", settings.pacing), format!("{:?}", other.pacing)),
        differs("profile", base.profile.clone(), new.profile.clone()),
    ];
    let unknown = || "unknown".to_owned();
    let warnings = [
        differs("machine", words::machine(base), words::machine(new)),
        differs(
            "compiler",
            base.rustc.clone().unwrap_or_else(unknown),
            new.rustc.clone().unwrap_or_else(unknown),
        ),
        differs("harness", words::harness(base), words::harness(new)),
    ];
    Kinship {
        refusals: refusals.into_iter().flatten().collect(),
        warnings: warnings.into_iter().flatten().collect(),
    }
}

fn differs(what: &str, base: String, new: String) -> Option<String> {
    (base != new).then(|| format!("another {what}: {base} and {new}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::environment;

    #[test]
    fn another_program_is_refused_and_another_machine_warned_of() {
        let base = environment();
        assert_eq!(kinship(&base, &base), Kinship::default());
        let mut new = environment();
        new.settings.scale = 0.1;
        new.rustc = Some("rustc 1.99.0".to_owned());
        let found = kinship(&base, &new);
        assert_eq!(found.refusals, ["another scale: 1 and 0.1"]);
        assert!(found.warnings[0].contains("1.99.0"), "{found:?}");
    }
}
