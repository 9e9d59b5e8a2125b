//! The sample people whose phones the page holds. Nobody real: the numbers are made up.

use serde::Serialize;

/// One of them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Person {
    /// Digits, as the network knows the phone.
    pub(super) msisdn: &'static str,
    /// As a person reads it.
    pub(super) number: &'static str,
    /// A first name.
    pub(super) name: &'static str,
    /// Where from, and whose phone it is.
    pub(super) story: &'static str,
}

/// All of them.
pub(super) const PEOPLE: [Person; 6] = [
    Person {
        msisdn: "998901234567",
        number: "+998 90 123 45 67",
        name: "Gulnora",
        story: "from Samarkand, sews in Almaty",
    },
    Person {
        msisdn: "996555120340",
        number: "+996 555 120 340",
        name: "Aibek",
        story: "from Osh, drives a lorry",
    },
    Person {
        msisdn: "992927771122",
        number: "+992 92 777 11 22",
        name: "Rustam",
        story: "from Khujand, lays bricks in Astana",
    },
    Person {
        msisdn: "77015550123",
        number: "+7 701 555 01 23",
        name: "A borrowed phone",
        story: "a shopkeeper's in Shymkent, lent for a minute",
    },
    Person {
        msisdn: "79165550147",
        number: "+7 916 555 01 47",
        name: "Marina",
        story: "from Omsk, cooks on a site",
    },
    Person {
        msisdn: "447700900147",
        number: "+44 7700 900147",
        name: "Grace",
        story: "from Leeds, drills in Atyrau",
    },
];
