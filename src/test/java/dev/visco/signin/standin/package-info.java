/** Stand-ins for the providers of real tools, which tests run in their made-up outside. */
@org.jspecify.annotations.NullMarked
package dev.visco.signin.standin;
