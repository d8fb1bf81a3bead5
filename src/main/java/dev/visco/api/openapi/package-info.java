/** The description of the API, made of its routes: OpenAPI 3.1. */
@NullMarked
package dev.visco.api.openapi;

import org.jspecify.annotations.NullMarked;
