/** Floor 1. JSON as it goes over the API and into files. Never knows who sends it. */
@NullMarked
package dev.visco.wire;

import org.jspecify.annotations.NullMarked;
