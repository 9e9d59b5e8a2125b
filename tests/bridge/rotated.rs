//! After the id key was rotated a person is still who he was: his language is known, and he is asked nothing twice.

use crate::program::Program;
use crate::rig::{BOTH, CODE, Kept, Wish, World, at_root, page, phone};

#[tokio::test]
async fn a_person_is_found_under_his_old_id_at_his_first_sign_of_life_and_then_under_the_new() {
    for kept in BOTH {
        let world = World::new(kept, Wish::default()).await;
        let program = Program::start(&world, "warn").await;
        at_root(&world, &phone(1)).await;
        assert!(program.stop().await.success(), "{}", Program::logged(&world));

        let keys = world.folder.path().join(if kept == Kept::Redis { "id" } else { "test.redb.keys" });
        let old = std::fs::read_to_string(&keys).unwrap();
        let role = if kept == Kept::Redis { "" } else { "id " };
        let with_new = format!("{role}7 {}\n{old}", "5a".repeat(32));
        std::fs::write(&keys, &with_new).unwrap();
        greeted(&world, "under the old id").await;

        // The old key is thrown away: he has been moved.
        let new = format!("{role}7 ");
        let goes = |line: &&str| line.starts_with(role) && !line.starts_with(&new);
        let left: Vec<&str> = with_new.lines().filter(|line| !goes(line)).collect();
        std::fs::write(&keys, left.join("\n")).unwrap();
        greeted(&world, "under the new id").await;
        world.end().await;
    }
}

/// Dials and is not asked for a language.
async fn greeted(world: &World, when: &str) {
    let program = Program::start(world, "warn").await;
    let first = page(&mut world.phones.dial(&phone(1), CODE)).await;
    assert!(first.text.contains("1 Ariza"), "{when}: {}", first.text);
    assert!(program.stop().await.success(), "{}", Program::logged(world));
}
