/**
 * Floor 5. How what somebody can do ({@link dev.visco.model.Remedy}) is typed on the command line.
 * The API and the command line say it alike; whatever is below them must never know a command of
 * ours.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.commands;
