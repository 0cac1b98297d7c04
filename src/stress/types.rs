//! The tracked variables by type: as the tracker names them, and as they were handed over.
//!
//! The program's side tells containers with their contents apart (`Vec<String>`), memscope-rs only the
//! containers (`Vec<T>`). So the two are compared by container.

use std::collections::BTreeMap;

use protocol::{Part, Reported, TypeUse};
use serde::Serialize;

/// Variables of one container.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Container {
    /// Its name: `Vec`.
    pub name: String,
    /// As the tracker says.
    pub reported: Option<Sum>,
    /// As they were handed over.
    pub counted: Option<Sum>,
    /// As they were handed over, by content, most bytes first.
    pub contents: Vec<TypeUse>,
}

/// How many variables, and the bytes of the allocations that they own themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Variables.
    pub count: u64,
    /// Bytes; absent where nobody told.
    pub bytes: Option<u64>,
}

impl Sum {
    fn add(sum: &mut Option<Self>, type_use: &TypeUse) {
        *sum = Some(match *sum {
            None => Self { count: type_use.count, bytes: type_use.bytes },
            Some(sum) => Self {
                count: sum.count + type_use.count,
                bytes: sum.bytes.zip(type_use.bytes).map(|(a, b)| a + b),
            },
        });
    }
}

impl Container {
    /// Whether both sides tell, and not the same.
    pub fn differs(&self) -> bool {
        self.reported != self.counted
    }

    fn weight(&self) -> (u64, u64) {
        let sums = || [self.reported, self.counted].into_iter().flatten();
        let bytes = sums().filter_map(|sum| sum.bytes).max().unwrap_or(0);
        (bytes, sums().map(|sum| sum.count).max().unwrap_or(0))
    }
}

/// All containers, largest first.
pub fn containers(parts: &[Part], reported: &Reported) -> Vec<Container> {
    let mut containers = BTreeMap::<&str, Container>::new();
    let mut contents = BTreeMap::<&str, Option<Sum>>::new();
    for type_use in parts.iter().flat_map(|part| &part.variables) {
        let container = containers.entry(container(&type_use.type_name)).or_default();
        Sum::add(&mut container.counted, type_use);
        Sum::add(contents.entry(&type_use.type_name).or_default(), type_use);
    }
    for type_use in &reported.types {
        let container = containers.entry(container(&type_use.type_name)).or_default();
        Sum::add(&mut container.reported, type_use);
    }
    for (type_name, sum) in contents {
        // Both maps got the name in the loop above.
        let (Some(sum), Some(of)) = (sum, containers.get_mut(container(type_name))) else {
            continue;
        };
        let type_name = type_name.to_owned();
        of.contents.push(TypeUse { type_name, count: sum.count, bytes: sum.bytes });
    }
    let named = containers.into_iter().map(|(name, mut container)| {
        container.name = name.to_owned();
        container.contents.sort_by_key(|content| std::cmp::Reverse((content.bytes, content.count)));
        container
    });
    let mut containers: Vec<_> = named.collect();
    containers.sort_by_key(|container| std::cmp::Reverse(container.weight()));
    containers
}

/// `Vec<T>` → `Vec`; `alloc::vec::Vec<u8>` → `Vec`.
fn container(type_name: &str) -> &str {
    let path = type_name.split('<').next().unwrap_or_default();
    let name = path.rsplit("::").next().unwrap_or_default().trim();
    // A name that begins with `<` is none of ours; it stays whole.
    if name.is_empty() { type_name } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_found_in_any_spelling() {
        for (name, found) in [
            ("Vec<T>", "Vec"),
            ("alloc::vec::Vec<alloc::string::String>", "Vec"),
            ("String", "String"),
            ("<script>", "<script>"),
            ("", ""),
        ] {
            assert_eq!(container(name), found);
        }
    }

    #[test]
    fn both_sides_are_added_up_by_container() {
        let types = |uses: &[(&str, u64, Option<u64>)]| -> Vec<TypeUse> {
            let of = |&(name, count, bytes): &(&str, u64, Option<u64>)| TypeUse {
                type_name: name.to_owned(),
                count,
                bytes,
            };
            uses.iter().map(of).collect()
        };
        let part = Part {
            workload: "basic-structures".to_owned(),
            begin_ns: 0,
            cost: protocol::Cost::default(),
            truth: None,
            own_heap: None,
            own_live_bytes: None,
            leaked: None,
            variables: types(&[("Vec<String>", 2, Some(48)), ("Vec<T>", 3, Some(100))]),
            served: None,
            latencies: None,
        };
        let reported = Reported {
            types: types(&[("Vec<T>", 5, Some(148)), ("Gc<T>", 1, None)]),
            ..Reported::default()
        };
        let containers = containers(&[part], &reported);
        assert_eq!(containers.len(), 2);
        assert_eq!(containers[0].counted, Some(Sum { count: 5, bytes: Some(148) }));
        assert!(!containers[0].differs());
        assert_eq!(containers[0].contents[0].type_name, "Vec<T>");
        assert!(containers[1].differs() && containers[1].counted.is_none());
    }
}
