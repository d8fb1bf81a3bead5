/** HTTPS by files: reading a certificate and its key, and showing what the files have now. */
@NullMarked
package dev.visco.api.tls;

import org.jspecify.annotations.NullMarked;
