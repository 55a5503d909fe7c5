//! What the window is drawn with: OpenGL, and where that does not start (remote desktops and
//! virtual machines often have no OpenGL 2) Direct3D, Vulkan or Metal.

use std::cell::Cell;

use eframe::Renderer;

/// What the second renderer draws with.
const SECOND: &str = if cfg!(windows) {
    "Direct3D 12"
} else if cfg!(target_os = "macos") {
    "Metal"
} else {
    "Vulkan"
};

/// Why no window can be shown.
#[derive(Debug, thiserror::Error)]
pub enum NoWindow {
    /// There is no screen, or no way to it.
    #[error("there is no display ({0})")]
    NoDisplay(String),
    /// No renderer starts.
    #[error("neither OpenGL 2 ({open_gl}) nor {SECOND} ({second}) starts")]
    NoRenderer {
        /// Why OpenGL does not.
        open_gl: String,
        /// Why the second one does not.
        second: String,
    },
    /// It was shown, and failed.
    #[error("the window was lost: {0}")]
    Lost(String),
}

/// Opens a window with the first renderer that starts, and returns when it is closed. `open` says
/// through the cell that the window's content was made: from then on no other renderer is tried.
pub(super) fn first_that_starts(
    open: impl Fn(Renderer, &Cell<bool>) -> eframe::Result,
) -> Result<(), NoWindow> {
    let attempt = |renderer| {
        let is_begun = Cell::new(false);
        open(renderer, &is_begun).map_err(|error| match error {
            error if is_begun.get() => Failed::Late(NoWindow::Lost(words(&error))),
            eframe::Error::WinitEventLoop(error) => Failed::Late(NoWindow::NoDisplay(words(&error))),
            error => Failed::AtStart(words(&error)),
        })
    };
    let open_gl = match attempt(Renderer::Glow) {
        Ok(()) => return Ok(()),
        Err(Failed::Late(error)) => return Err(error),
        Err(Failed::AtStart(open_gl)) => open_gl,
    };
    attempt(Renderer::Wgpu).map_err(|failed| match failed {
        Failed::Late(error) => error,
        Failed::AtStart(second) => NoWindow::NoRenderer { open_gl, second },
    })
}

/// When an attempt failed.
enum Failed {
    /// The renderer did not start: another may.
    AtStart(String),
    /// Another renderer changes nothing.
    Late(NoWindow),
}

/// An error's words on one line: without the full stop, and without the place in a library's source
/// that some have in front.
fn words(error: &impl ToString) -> String {
    let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let behind_place = text.split_once(".rs:").and_then(|(_, rest)| rest.split_once(": "));
    let text = behind_place.map_or(text.as_str(), |(_, rest)| rest);
    text.trim_start_matches("glutin error: ")
        .trim_start_matches("WGPU error: ")
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn broken(why: &str) -> eframe::Error {
        eframe::Error::AppCreation(why.into())
    }

    #[test]
    fn the_second_renderer_is_tried_once_and_both_reasons_are_said() {
        let tried = RefCell::new(Vec::new());
        let error = first_that_starts(|renderer, _| {
            tried.borrow_mut().push(renderer);
            Err(broken(&format!("no {renderer}.\n")))
        });
        let said = error.unwrap_err().to_string();
        assert_eq!(*tried.borrow(), [Renderer::Glow, Renderer::Wgpu]);
        assert!(said.contains("no glow)") && said.contains("no wgpu)"), "{said}");
    }

    #[test]
    fn a_place_in_a_library_is_no_reason() {
        let error = "os error at /home/me/winit-0.30/src/linux/mod.rs:765: DISPLAY is not set.";
        assert_eq!(words(&error), "DISPLAY is not set");
        assert_eq!(words(&"glutin error: no  config\n"), "no config");
    }

    #[test]
    fn the_second_renderer_is_enough() {
        let outcome = first_that_starts(|renderer, _| match renderer {
            Renderer::Glow => Err(broken("OpenGL 1.1")),
            Renderer::Wgpu => Ok(()),
        });
        assert!(outcome.is_ok());
    }

    #[test]
    fn a_window_that_was_shown_is_not_opened_again() {
        let count = Cell::new(0);
        let outcome = first_that_starts(|_, is_begun| {
            count.set(count.get() + 1);
            is_begun.set(true);
            Err(broken("gone"))
        });
        assert!(matches!(outcome, Err(NoWindow::Lost(_))) && count.get() == 1);
    }
}
