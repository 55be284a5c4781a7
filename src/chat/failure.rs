//! Why a call was not carried out.

use core::time::Duration;

/// Why a call was not carried out, as the server or the link says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What kind of failure.
    pub code: Code,
    /// A sentence for developers.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The earliest time for the next try, counted from the answer.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// The failure of a call whose connection is gone.
    #[must_use]
    pub fn disconnected() -> Self {
        Self {
            code: Code::Disconnected,
            message: "unable to call; not connected".to_owned(),
            retryable: true,
            retry_after: None,
        }
    }

    /// The failure of a call whose answer is not one to it.
    #[must_use]
    pub fn wrong_answer() -> Self {
        Self {
            code: Code::Internal,
            message: "unable to read the answer; it breaks the contract".to_owned(),
            retryable: true,
            retry_after: None,
        }
    }

    /// The failure of a load that would grow a room beyond what is kept in memory.
    #[must_use]
    pub fn window_full() -> Self {
        Self {
            code: Code::TooLarge,
            message: "unable to load older messages; the room holds the most that is kept"
                .to_owned(),
            retryable: false,
            retry_after: None,
        }
    }

    /// Whether another try cannot help, so that a queued message must not wait for it (I9).
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        let refused = matches!(
            self.code,
            Code::Invalid | Code::Forbidden | Code::NotFound | Code::TooLarge | Code::Moderated
        );
        refused || !self.retryable
    }
}

/// The kinds of failure: those of the wire contract, and those of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// `unauthorized`: who calls is not known.
    Unauthorized,
    /// `token_expired`: who calls was known until now.
    TokenExpired,
    /// `forbidden`: who calls may not.
    Forbidden,
    /// `not_found`: no such room or message.
    NotFound,
    /// `invalid`: the payload breaks the contract.
    Invalid,
    /// `too_large`: the payload exceeds a limit.
    TooLarge,
    /// `rate_limited`: too many calls.
    RateLimited,
    /// `conflict`: somebody else was faster.
    Conflict,
    /// `moderated`: refused for its content.
    Moderated,
    /// `gap_too_large`: more ops are missing than a sync gives.
    GapTooLarge,
    /// `unavailable`: the server cannot at the moment.
    Unavailable,
    /// `internal`: a fault of the server, or a code unknown here.
    Internal,
    /// `timeout`: no answer in time.
    Timeout,
    /// `disconnected`: the link went down before the answer.
    Disconnected,
}

impl Code {
    const ALL: [Self; 14] = [
        Self::Unauthorized,
        Self::TokenExpired,
        Self::Forbidden,
        Self::NotFound,
        Self::Invalid,
        Self::TooLarge,
        Self::RateLimited,
        Self::Conflict,
        Self::Moderated,
        Self::GapTooLarge,
        Self::Unavailable,
        Self::Internal,
        Self::Timeout,
        Self::Disconnected,
    ];

    /// The code that is written `text`; [`Internal`](Self::Internal) if there is none.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|code| code.as_str() == text).unwrap_or(Self::Internal)
    }

    /// How the wire contract writes the code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::TokenExpired => "token_expired",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Conflict => "conflict",
            Self::Moderated => "moderated",
            Self::GapTooLarge => "gap_too_large",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Timeout => "timeout",
            Self::Disconnected => "disconnected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_as_it_is_written() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), code);
        }
    }

    #[test]
    fn code_of_a_newer_server_is_internal() {
        assert_eq!(Code::parse("quota_exceeded"), Code::Internal);
    }
}
