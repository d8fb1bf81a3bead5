/**
 * Tools that users sign in to, as data: how a login is driven, where its credential is stored, and
 * what proves it. Read from {@code providers/NAME.toml}; knows nothing of guests and of sign-ins
 * that run.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.provider;
