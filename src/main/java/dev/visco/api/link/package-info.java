/**
 * Web applications in guests, by links: each port of each VM at a host name of its own, which is
 * another origin than the API's and than any other VM's.
 */
@NullMarked
package dev.visco.api.link;

import org.jspecify.annotations.NullMarked;
