//! What a text costs in the encoding it is sent in, and what a bearer has room for.

/// The encoding a text is sent in: GSM-7 if every character has a form, else UCS-2 (UTF-16BE in practice).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Encoding {
    /// Septets.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// UTF-16 code units.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

/// What a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In which encoding.
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
}

/// What one reply of a bearer has room for. For letters it is the room of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// GSM-7 septets.
    pub septets: usize,
    /// UCS-2 units.
    pub units: usize,
}

/// The design budget of a USSD screen; hard limits (182/80) are a link's configuration.
pub const USSD: Budget = Budget { septets: 160, units: 70 };
/// One SMS.
pub const SMS: Budget = Budget { septets: 160, units: 70 };

/// What `text` costs.
#[must_use]
pub fn measure(text: &str) -> Cost {
    todo!("{text}")
}

impl Budget {
    /// Whether `text` fits as a whole.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        todo!("{self:?} {text}")
    }
}
