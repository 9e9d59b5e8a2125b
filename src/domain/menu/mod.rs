//! Menus: the validated tree (`model`), how files become it or a list of problems (`load`, `lint`), and how a dialogue moves (`engine`).

mod drawing;
pub mod engine;
pub mod explain;
pub mod lint;
pub mod load;
pub mod model;
pub mod problem;
pub mod render;
pub mod spoken;
