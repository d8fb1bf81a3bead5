/**
 * Events of everything that happens on this host: who may see which, who follows them, and webhooks
 * that are told of them. Nothing of the API's HTTP is known here.
 */
@NullMarked
package dev.visco.events;

import org.jspecify.annotations.NullMarked;
