package io.diskformat.spi;

import java.nio.channels.ReadableByteChannel;

/**
 * A request to read an image in one pass.
 *
 * @param name the name used in error messages
 * @param channel the image from its first byte on; it stays open
 */
public record InputRequest(String name, ReadableByteChannel channel) {}
