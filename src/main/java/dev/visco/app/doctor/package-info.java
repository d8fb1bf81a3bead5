/** {@code visco doctor}: facts of the host are read once, and findings follow from them alone. */
@org.jspecify.annotations.NullMarked
package dev.visco.app.doctor;
