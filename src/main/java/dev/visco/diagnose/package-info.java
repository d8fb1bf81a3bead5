/**
 * Floor 2. What cannot boot is told before, what did not boot is explained after: evidence to cause
 * and remedy. Does no I/O, never waits, and never knows where its facts come from.
 */
@NullMarked
package dev.visco.diagnose;

import org.jspecify.annotations.NullMarked;
