//! What a tab can hold for as long as it lives: the names of interests.

/// Something that counts while any tab of the device holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest<'a> {
    /// The connection itself, with or without namespaces.
    Link,
    /// A namespace of the connection.
    Namespace(&'a str),
    /// A key of the app.
    App(&'a str),
}

const LINK: &str = "link";
const NAMESPACE: &str = "namespace:";
const APP: &str = "app:";

impl<'a> Interest<'a> {
    /// The key under which the tabs know it.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Link => LINK.to_owned(),
            Self::Namespace(name) => format!("{NAMESPACE}{name}"),
            Self::App(key) => format!("{APP}{key}"),
        }
    }

    /// The interest behind `key`; `None` if this version knows none.
    pub(crate) fn from_key(key: &'a str) -> Option<Self> {
        if key == LINK {
            return Some(Self::Link);
        }
        let namespace = key.strip_prefix(NAMESPACE).map(Self::Namespace);
        namespace.or_else(|| key.strip_prefix(APP).map(Self::App))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_interest() {
        for interest in [Interest::Link, Interest::Namespace("/rt"), Interest::App("typing")] {
            assert_eq!(Interest::from_key(&interest.key()), Some(interest));
        }
    }

    #[test]
    fn a_key_of_the_app_is_never_taken_for_one_of_ours() {
        for key in ["link", "namespace:/rt", "app:typing", ""] {
            assert_eq!(Interest::from_key(&Interest::App(key).key()), Some(Interest::App(key)));
        }
    }

    #[test]
    fn unknown_kinds_of_keys_are_ignored() {
        for key in ["", "links", "namespace", "stream:/events"] {
            assert_eq!(Interest::from_key(key), None, "{key}");
        }
    }
}
