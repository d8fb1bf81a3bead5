/**
 * A tool's login in a guest, driven over a session by what the tool offers: a channel made for
 * programs, plain text, or a terminal. Decides nothing about users, VMs and credentials.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.signin.channel;
