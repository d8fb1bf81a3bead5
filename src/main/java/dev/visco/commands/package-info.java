/**
 * Floor 5. The command of each {@link dev.visco.model.Remedy}, for the API and the command line.
 * The floors below know no command.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.commands;
