/** What routes say about themselves: their parameters, bodies and answers. Knows no request. */
@NullMarked
package dev.visco.api.description;

import org.jspecify.annotations.NullMarked;
