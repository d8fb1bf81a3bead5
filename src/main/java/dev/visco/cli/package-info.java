/** Floor 6. The command line: a client of the HTTP API and of nothing else. */
@NullMarked
package dev.visco.cli;

import org.jspecify.annotations.NullMarked;
