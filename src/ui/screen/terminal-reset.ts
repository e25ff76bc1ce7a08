// What programs set on a terminal and leave set when they are killed. A shell in a container may be: after that a click would
// come in as letters, and letters are keys here.
//
// Only what moves no cursor, since the shell's last lines stay on the screen: origin mode and margins, whose reset moves
// it, are the painter's, on the alternate screen. ctlseqs.ms of xterm names all of them.

/** Mouse (9 to 1016), focus events (1004), marked pastes (2004), synchronised update (2026), application cursor keys (1), alternate screens. */
const PRIVATE_MODES = [1, 9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026, 47, 1047];

/** Modes off; keypad, insert mode, attributes and character sets as they are at first; lines wrap and the cursor shows. */
export const RESET_MODES = `${PRIVATE_MODES.map((mode) => `\u{1B}[?${mode}l`).join('')}\u{1B}>\u{1B}[4l\u{1B}[m\u{F}\u{1B}(B\u{1B}[?7h\u{1B}[?25h`;

/** Of origin mode and of the margins: the cursor goes home. */
export const RESET_MARGINS = '\u{1B}[?6l\u{1B}[r';
