//! Nothing about a person in logs (at debug), figures or CDR files.

use crate::program::Program;
use crate::rig::{Kept, LAST4, NUMBER, SHORT, Wish, World, at_last4, page, phone, until};
use kopir::simulator::office::{Fault, Faults};

#[tokio::test]
async fn no_number_no_answer_and_no_text_stands_in_logs_figures_or_accounts() {
    let wish = Wish { guard: "timeout_ms = 800\ntry_timeout_ms = 700", ..Wish::default() };
    let world = World::new(Kept::Embedded, wish).await;
    let program = Program::start(&world, "debug").await;
    let mut dialogue = at_last4(&world, &phone(1_234_567)).await;
    assert!(world.phones.answer(&phone(1_234_567), LAST4));
    page(&mut dialogue).await;
    world.phones.hang_up(&phone(1_234_567));
    let typed = "Mening ismim Anvarjon";
    for text in [format!("HOLAT {NUMBER} {LAST4}"), typed.to_owned(), "STOP".to_owned()] {
        world.phones.text(&phone(7_654_321), SHORT, &text);
    }
    world.inbox(&phone(7_654_321), 3).await;
    world.office.fail(Faults { fault: Some(Fault::Garbage), after_ms: 100 });
    world.phones.text(&phone(7_654_321), SHORT, &format!("HOLAT 5553312908 {LAST4}"));
    world.inbox(&phone(7_654_321), 4).await;
    world
        .phones
        .raw(&phone(7_654_321), hex::decode("0000001800000005000000000000000141424300ffffffff").unwrap());
    until("the malformed one is answered", || {
        world.phones.deliveries().last().is_some_and(|last| last.attempts > 0)
    })
    .await;
    let metrics = world.metrics().await;
    assert!(metrics.contains("kopir_turns_total{link=\"net\",outcome=\"shown\"}"), "{metrics}");
    assert!(program.stop().await.success());
    let logs = Program::logged(&world);
    assert!(logs.contains("\"name\":\"turn\"") || logs.contains("turn{"), "spans are there at debug: {logs}");
    let mut accounts = String::new();
    for entry in std::fs::read_dir(world.folder.path().join("cdr")).unwrap() {
        accounts.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert!(accounts.lines().count() >= 8, "{accounts}");
    let numbers =
        ["998901234567", "901234567", "998907654321", "907654321", NUMBER, "5553312908", LAST4, "2908"];
    let words = ["Anvarjon", "ismim", "HOLAT", "Suhbat", "Ariza"];
    for (place, text) in [("logs", &logs), ("figures", &metrics), ("accounts", &accounts)] {
        let tokens: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        for secret in numbers {
            let found = if secret.len() > 4 { text.contains(secret) } else { tokens.contains(&secret) };
            assert!(!found, "{secret} in {place}");
        }
        for word in words {
            assert!(!text.contains(word), "{word} in {place}");
        }
    }
    world.end().await;
}
