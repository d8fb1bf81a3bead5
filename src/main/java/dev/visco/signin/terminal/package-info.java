/**
 * A terminal for programs that nobody sits at: it answers what programs ask of a terminal, and
 * tells their text from what moves it. All that comes in is a guest's. Knows nothing of logins.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.signin.terminal;
