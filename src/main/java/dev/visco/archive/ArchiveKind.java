package dev.visco.archive;

import java.util.regex.Pattern;

/**
 * What an archive is of.
 *
 * @param noun for people, like {@code backup}
 * @param header the name of its first file, which tells what is in it, as JSON
 * @param type what that is read as
 * @param names of the files and folders that it may have besides; none of them leads elsewhere
 */
public record ArchiveKind<H>(String noun, String header, Class<H> type, Pattern names) {}
