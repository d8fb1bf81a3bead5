/**
 * What every route stands on: routes and who may use them, requests, answers, problem documents.
 */
@NullMarked
package dev.visco.api.http;

import org.jspecify.annotations.NullMarked;
