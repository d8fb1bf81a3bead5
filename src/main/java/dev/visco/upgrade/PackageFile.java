package dev.visco.upgrade;

import java.nio.file.Path;

/**
 * A Debian package's file, as its control file describes it (deb-control(5)).
 *
 * @param architecture like {@code amd64}; {@code all} for any
 */
record PackageFile(Path file, String name, String version, String architecture) {}
