/**
 * Sign-ins of users to tools, from their start to a credential in the vault and in the user's VMs.
 * Each is a row that is written before anything is done, so that the next daemon goes on with it.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.signin.session;
