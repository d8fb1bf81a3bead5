package dev.visco.cli;

/** Where the daemon's API is, and the token that opens it. */
public record ApiAddress(String host, int port, String token) {}
