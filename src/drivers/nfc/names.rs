//! What the names of readers tell: which of them are slots of one device, and which can see no card
//! without contacts. The service tells no more before a reader is asked, and asking disturbs others.

/// What a reader is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderKind {
    /// One for cards without contacts, or one whose name does not tell.
    Nfc,
    /// For cards with contacts.
    Contact,
    /// No device at all: software that calls itself a reader.
    Virtual,
}

/// In names of readers that are software. Windows has the first three without any reader.
const VIRTUAL: [&str; 4] =
    ["windows hello for business", "microsoft uicc iso reader", "microsoft ifd", "virtual"];
/// In names of readers without contacts, whatever else is in them.
const CONTACTLESS: [&str; 5] = ["contactless", "nfc", "picc", "5422cl", "omnikey 5022"];
/// In names of readers with contacts: "Contacted SmartCard" of Broadcom, and models that have no antenna.
const CONTACT: [&str; 8] = [
    "contact",
    "pc twin",
    "gempc",
    "idbridge ct",
    "omnikey 1021",
    "omnikey 3021",
    "omnikey 3121",
    "omnikey 5422",
];
/// The same, as words of their own: the slots of readers that have both.
const CONTACT_WORDS: [&str; 2] = ["icc", "sam"];

impl ReaderKind {
    /// By the service's name of a reader.
    pub fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        let has = |texts: &[&str]| texts.iter().any(|text| name.contains(text));
        let has_word =
            || name.split(|c: char| !c.is_alphanumeric()).any(|word| CONTACT_WORDS.contains(&word));
        if has(&VIRTUAL) {
            Self::Virtual
        } else if !has(&CONTACTLESS) && (has(&CONTACT) || has_word()) {
            Self::Contact
        } else {
            Self::Nfc
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nfc => "NFC reader",
            Self::Contact => "contact reader",
            Self::Virtual => "virtual reader",
        }
    }
}

/// A reader's name without the number of its slot: pcscd ends names with the numbers of the reader and
/// of its slot, two digits of hex each. Windows numbers readers only, with one number.
pub fn device(name: &str) -> &str {
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match name.rsplit_once(' ') {
        Some((device, slot)) if is_number(slot) && device.rsplit(' ').next().is_some_and(is_number) => device,
        _ => name,
    }
}

/// Of each NFC reader among these, the slot that comes first.
pub fn devices<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut devices: Vec<&str> = Vec::new();
    for name in names.into_iter().filter(|name| ReaderKind::of(name) == ReaderKind::Nfc) {
        if devices.iter().all(|known| device(known) != device(name)) {
            devices.push(name);
        }
    }
    devices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_one_device_are_one() {
        let of = |names: &[&str]| devices(names.iter().copied()).len();
        assert_eq!(of(&["HID Global OMNIKEY 5022 Smart Card Reader 00 00"]), 1);
        assert_eq!(of(&["X [Y] (SERIAL) 00 00", "X [Y] (SERIAL) 00 01"]), 1);
        assert_eq!(of(&["X 00 00", "X 01 00"]), 2, "two of a kind");
        assert_eq!(of(&["X 0", "X 1"]), 2, "two of a kind on Windows");
        assert_eq!(of(&["Model 50 A", "Model 50 B"]), 2);
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&["ACS ACR122U PICC Interface 0", "Gemalto PC Twin Reader 0"]), 1, "one for contacts");
    }

    #[test]
    fn names_tell_what_is_no_nfc_reader() {
        for (name, kind) in [
            ("HID Global OMNIKEY 5022 Smart Card Reader 0", ReaderKind::Nfc),
            ("HID Global OMNIKEY 5422CL Smartcard Reader 0", ReaderKind::Nfc),
            ("HID Global OMNIKEY 5422 Smartcard Reader 0", ReaderKind::Contact),
            ("ACS ACR122U PICC Interface 0", ReaderKind::Nfc),
            ("ACS ACR1281 1S Dual Reader ICC 0", ReaderKind::Contact),
            ("ACS ACR1281 1S Dual Reader SAM 0", ReaderKind::Contact),
            ("Broadcom Corp Contactless SmartCard 0", ReaderKind::Nfc),
            ("Broadcom Corp Contacted SmartCard 0", ReaderKind::Contact),
            ("Gemalto PC Twin Reader 00 00", ReaderKind::Contact),
            ("Windows Hello for Business 1", ReaderKind::Virtual),
            ("Microsoft UICC ISO Reader 0000 0", ReaderKind::Virtual),
            ("Microsoft IFD 0", ReaderKind::Virtual),
            ("Virtual PCD 00 00", ReaderKind::Virtual),
            ("Some Reader 0", ReaderKind::Nfc),
        ] {
            assert_eq!(ReaderKind::of(name), kind, "{name}");
        }
    }
}
