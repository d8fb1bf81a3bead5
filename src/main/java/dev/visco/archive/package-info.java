/**
 * Floor 2. Files and folders as one file: a tar archive compressed by zstd, which begins with a
 * header and ends with the digests of all that is in it. It knows nothing of what it holds.
 */
@NullMarked
package dev.visco.archive;

import org.jspecify.annotations.NullMarked;
