package dev.visco.image;

/**
 * Something in the image store that is of no whole image.
 *
 * @param name its path below the data folder
 * @param isOrphan whether nobody is at it any more
 * @param why what it is, for people
 */
public record ImageLeftover(String name, boolean isOrphan, String why) {}
