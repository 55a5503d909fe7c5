//! Parameters from labelled recordings: scoring, the exact sweep, the recommendation with its
//! statistics, and which reading of the rules fits what the real NBE did.
//! It replays through `engine`; it never decides on its own.
