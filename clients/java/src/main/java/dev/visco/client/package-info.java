/** The API of Visco with the JDK alone. */
package dev.visco.client;
