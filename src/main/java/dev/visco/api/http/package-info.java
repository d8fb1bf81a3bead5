/** The basis of all routes: who may call them, requests, answers, problem documents. */
@NullMarked
package dev.visco.api.http;

import org.jspecify.annotations.NullMarked;
