package io.diskformat.maintenance;

/**
 * The reason why an image is not the one that the image above it records. Both parts are text for
 * an error message or a {@linkplain io.diskformat.CheckReport.Problem problem}.
 *
 * @param found what was found
 * @param expected what the image above records
 */
public record Mismatch(String found, String expected) {}
