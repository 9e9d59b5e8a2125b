//! A dialogue stays on the version of the menus it began on, also across a restart with other menus.

use crate::program::Program;
use crate::redis_server::Folder;
use crate::rig::{BOTH, NUMBER, Wish, World, at_root, menus, page, phone, until};
use std::path::Path;

#[tokio::test]
async fn menus_published_meanwhile_or_over_a_restart_do_not_touch_a_dialogue_under_way() {
    for kept in BOTH {
        let folder = Folder::new();
        copy(&menus(), folder.path());
        let world = World::new(kept, Wish { menus: Some(folder.path().to_owned()), ..Wish::default() }).await;
        let program = Program::start(&world, "info").await;
        let (mut first, _) = at_root(&world, &phone(1)).await;
        assert!(world.phones.answer(&phone(1), "1"));
        assert!(page(&mut first).await.text.contains("Ariza raqami."));

        edit(folder.path(), "Pasportning oxirgi 4 raqami", "Hujjatning oxirgi 4 raqami");
        program.signal("HUP");
        until("the new version is served", || Program::logged(&world).contains("menus published")).await;
        let mut second = at_root(&world, &phone(2)).await.0;
        for n in [1, 2] {
            let dialogue = if n == 1 { &mut first } else { &mut second };
            if n == 2 {
                assert!(world.phones.answer(&phone(2), "1"));
                page(dialogue).await;
            }
            assert!(world.phones.answer(&phone(n), NUMBER));
            let text = page(dialogue).await.text;
            let expected = if n == 1 { "Pasportning" } else { "Hujjatning" };
            assert!(text.contains(expected), "{kept:?} phone {n}: {text}");
        }

        assert!(program.stop().await.success(), "{}", Program::logged(&world));
        edit(folder.path(), "4 ta raqam kerak.", "To'rt raqam kerak.");
        let program = Program::start(&world, "info").await;
        for (n, dialogue) in [(1, &mut first), (2, &mut second)] {
            assert!(world.phones.answer(&phone(n), "12"));
            let text = page(dialogue).await.text;
            assert!(text.contains("4 ta raqam kerak."), "{kept:?} phone {n} after the restart: {text}");
        }
        assert!(program.stop().await.success());
        world.end().await;
    }
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("status/uz.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}
