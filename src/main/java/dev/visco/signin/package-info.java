/** Users' tools and their logins in VMs: a login that is tried out up to its link. */
@org.jspecify.annotations.NullMarked
package dev.visco.signin;
