package io.diskformat;

/**
 * Bytes of a disk that no file holds, although the image has a place for them: the file ends before
 * that place does. They read as zeroes. Some tools write such files; or a file was cut short.
 *
 * @param file the name in error messages of the file that is too short
 * @param length the number of missing bytes
 */
public record MissingData(String file, long length) {}
