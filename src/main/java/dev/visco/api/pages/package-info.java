/** The pages that a browser opens, and their files. */
@NullMarked
package dev.visco.api.pages;

import org.jspecify.annotations.NullMarked;
