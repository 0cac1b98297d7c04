//! Phase 4: large tables of numbers, one of them computed in parallel, then a small database.
//!
//! The tables ask for few, large blocks, and those of the second come from the pool's threads; the
//! database is the opposite. Both tables live until the phase ends. The counts are the original's: 1,000
//! rows, 500 batches and 20 managers at scale 1.0; only these three are scaled.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The phase's entry in the registry.
/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Processing large scale data sets...");
    let rows = setting.scaled(1_000);
    let row = |i| {
        let row: Vec<f64> = (0..2_000).map(|j| ((i * j) as f64).sin()).collect();
        probe.round();
        row
    };
    let large_dataset: Vec<Vec<f64>> = (0..rows).map(row).collect();
    track!(probe, large_dataset);
    progress!("    Created {rows} rows of data points");

    let batches = setting.scaled(500);
    let batch = |batch| {
        let processed = process(batch);
        probe.round();
        processed
    };
    let processed_data: Vec<Vec<f64>> =
        setting.pool().install(|| (0..batches).into_par_iter().map(batch).collect());
    track!(probe, processed_data);
    progress!("    Processed {batches} parallel batches");

    for i in 0..setting.scaled(20) {
        let data_manager = Box::new(filled_manager(i));
        track!(probe, data_manager);
        probe.round();
        if (i + 1).is_multiple_of(5) {
            progress!("    Filled {} data managers", i + 1);
        }
    }
    progress!("  Large scale data processing test completed");
}

fn process(batch: usize) -> Vec<f64> {
    (0..5_000)
        .map(|i| {
            let x = (batch * 5_000 + i) as f64;
            x.sin() * x.cos() + x.sqrt()
        })
        .collect()
}

fn filled_manager(i: usize) -> DataManager {
    let mut manager = DataManager::default();
    for u in 0..100 {
        let email = format!("user_{i}_{u}@largescale.com");
        manager.create_user(u, format!("LargeScaleUser_{i}_{u}"), email);
        for p in 0..10 {
            let title = format!("Large Scale Post {p} by User {u}");
            let content =
                format!("This is a large scale post content for batch {i} user {u} post {p}");
            let tags = vec![format!("tag_{i}"), format!("user_{u}"), "largescale".to_string()];
            manager.create_post(u, u * 1_000 + p, title, content, tags);
        }
    }
    manager
}

#[derive(Default)]
struct DataManager {
    users: HashMap<u64, User>,
    posts_by_tag: BTreeMap<String, Vec<u64>>,
    recent_activity: VecDeque<ActivityEvent>,
}

#[expect(dead_code, reason = "held for what they allocate, never read")]
struct User {
    id: u64,
    name: String,
    email: String,
    posts: Vec<Post>,
    followers: HashSet<u64>,
    metadata: HashMap<String, String>,
}

#[expect(dead_code, reason = "held for what they allocate, never read")]
struct Post {
    id: u64,
    title: String,
    content: String,
    tags: Vec<String>,
    likes: u32,
    comments: Vec<Comment>,
}

/// Nobody comments on anything, in the original neither.
enum Comment {}

#[expect(dead_code, reason = "held for what they allocate, never read")]
enum ActivityEvent {
    UserRegistered(u64),
    PostCreated(u64, u64),
}

impl DataManager {
    // Both take what they store by value and clone some of it all the same: the original does, to print the
    // name and to index the tags. So names, titles and tags exist twice for a moment.

    fn create_user(&mut self, id: u64, name: String, email: String) {
        // All three start empty and stay so, but for the posts.
        let (posts, followers, metadata) = Default::default();
        let user = User { id, name: name.clone(), email, posts, followers, metadata };
        self.users.insert(id, user);
        self.record(ActivityEvent::UserRegistered(id));
    }

    fn create_post(&mut self, by: u64, id: u64, title: String, content: String, tags: Vec<String>) {
        let author = self.users.get_mut(&by).expect("users precede their posts");
        author.posts.push(Post {
            id,
            title: title.clone(),
            content,
            tags: tags.clone(),
            likes: 0,
            comments: Vec::new(),
        });
        for tag in tags {
            self.posts_by_tag.entry(tag).or_default().push(id);
        }
        self.record(ActivityEvent::PostCreated(by, id));
    }

    /// Keeps the latest thousand.
    fn record(&mut self, event: ActivityEvent) {
        self.recent_activity.push_back(event);
        if self.recent_activity.len() > 1_000 {
            self.recent_activity.pop_front();
        }
    }
}
