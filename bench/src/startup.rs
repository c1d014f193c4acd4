//! How soon `up` is ready: from starting the program to the line that says so, when it seeds and from a file that it seeded
//! before.

use std::time::Instant;

use anyhow::Result;

use crate::figure::{Bar, Figure, Unit};
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::up;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let (mut seeding, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..setup.repeats {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("bench.sqlite");
        for seconds in [&mut seeding, &mut warm] {
            let start = Instant::now();
            let _up = up(setup, &file, &[])?;
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    Ok(Section {
        title: "`up` is ready".to_owned(),
        figures: vec![
            Figure::new("from a warm file", Unit::Seconds, warm).bar(Bar::AtMost(2.0)),
            Figure::new("when it seeds", Unit::Seconds, seeding).bar(Bar::AtMost(10.0)),
        ],
        notes: Vec::new(),
    })
}
