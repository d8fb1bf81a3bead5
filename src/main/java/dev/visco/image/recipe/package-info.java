/** Builds images from recipes and Debian packages. */
@NullMarked
package dev.visco.image.recipe;

import org.jspecify.annotations.NullMarked;
