package io.diskformat.picture;

/**
 * A kind of bytes in a picture.
 *
 * @param label what it is, in a few words
 * @param rgb the colour to draw it in, as {@code 0xRRGGBB}
 * @param block what to draw it as in text
 * @param ascii what to draw it as in ASCII
 */
public record CellKind(String label, int rgb, char block, char ascii) {}
