/**
 * Floor 4. Replaces the installed package by another one, and goes back to the program and the
 * store of before when the new daemon does not serve.
 */
@NullMarked
package dev.visco.upgrade;

import org.jspecify.annotations.NullMarked;
