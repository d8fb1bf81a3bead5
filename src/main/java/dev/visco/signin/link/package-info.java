/**
 * Links and codes that tools show while somebody signs them in: found in their output, and compared
 * with what their provider's file allows. All of it is a guest's.
 */
@org.jspecify.annotations.NullMarked
package dev.visco.signin.link;
