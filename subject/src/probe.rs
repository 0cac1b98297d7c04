//! What a workload asks of a tracker: "track this variable, here".
//!
//! Workloads call [`track!`](crate::track!) where the original calls the tracker's variable API. They
//! are generic over the [`Probe`], so the untracked subject is compiled with [`NoProbe`] alone and
//! carries no trace of a tracker: each call becomes `black_box(&variable)`.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

/// Where a variable is tracked: what `track_var!`-like macros capture for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The variable's name in the workload's source.
    pub name: &'static str,
    /// Source file, as `file!()` gives it.
    pub file: &'static str,
    /// Source line, from 1.
    pub line: u32,
    /// Module path, as `module_path!()` gives it.
    pub module: &'static str,
}

/// A tracker's variable API, by the shapes of variable that the workloads track.
///
/// `T` is unbounded since no published tracker needs more; arguments are the containers themselves
/// (not slices), as trackers read their capacity. A probe is cheap to clone and is used from any
/// thread. Every method does nothing unless overridden: a tracker that works by its allocator alone
/// implements none.
#[allow(clippy::ptr_arg, clippy::borrowed_box)]
pub trait Probe: Clone + Send + Sync + 'static {
    /// Tracks a vector.
    #[inline]
    fn vec<T>(&self, variable: &Vec<T>, _site: Site) {
        black_box(variable);
    }
    /// Tracks a string.
    #[inline]
    fn string(&self, variable: &String, _site: Site) {
        black_box(variable);
    }
    /// Tracks a box.
    #[inline]
    fn boxed<T>(&self, variable: &Box<T>, _site: Site) {
        black_box(variable);
    }
    /// Tracks a single-threaded reference-counted pointer.
    #[inline]
    fn rc<T>(&self, variable: &Rc<T>, _site: Site) {
        black_box(variable);
    }
    /// Tracks a thread-safe reference-counted pointer.
    #[inline]
    fn arc<T>(&self, variable: &Arc<T>, _site: Site) {
        black_box(variable);
    }
    /// A round of the workload's outer loops ends, all that it made still alive. For audits, which look at
    /// the tracker now and then; no tracker implements it, and in timed passes it is nothing.
    #[inline]
    fn round(&self) {}
}

/// The probe of every tracker that has no variable API, and of none: `black_box(&variable)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl Probe for NoProbe {}

/// A variable of a shape that [`Probe`] knows: sends [`track!`](crate::track!) to the right method.
pub trait Trackable {
    /// Hands the variable to the probe.
    fn visit<P: Probe>(&self, probe: &P, site: Site);
}

macro_rules! trackable {
    ($($shape:ty => $method:ident $(, $generic:ident)?;)*) => {$(
        impl $(<$generic>)? Trackable for $shape {
            #[inline]
            fn visit<P: Probe>(&self, probe: &P, site: Site) {
                probe.$method(self, site);
            }
        }
    )*};
}

trackable! {
    Vec<T> => vec, T;
    String => string;
    Box<T> => boxed, T;
    Rc<T> => rc, T;
    Arc<T> => arc, T;
}

/// Tracks a variable through a probe, as the original's `track_var!(variable)` does.
#[macro_export]
macro_rules! track {
    ($probe:expr, $variable:ident) => {
        $crate::probe::Trackable::visit(
            &$variable,
            $probe,
            $crate::Site {
                name: stringify!($variable),
                file: file!(),
                line: line!(),
                module: module_path!(),
            },
        )
    };
}
