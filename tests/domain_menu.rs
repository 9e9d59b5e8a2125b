//! Menus: one sound folder, and for every code of the checker one smallest fault that yields it alone, at its place.

use kopir::domain::menu::load::{Source, load};
use std::path::Path;

fn folder() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/menus/sound");
    let mut sources = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            sources.push(Source { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
    sources
}

#[test]
fn the_sound_folder_loads_without_a_word() {
    let loaded = load(&folder(), true);
    for p in &loaded.problems {
        println!("{p}");
    }
    assert!(loaded.problems.is_empty());
}
