package io.diskformat.spi;

import io.diskformat.CreateOptions;
import java.nio.channels.WritableByteChannel;

/**
 * A request to write an image in one pass.
 *
 * @param name the name used in error messages
 * @param channel where to write to; it stays open
 * @param options the options of the new image, the format's own among them, each checked against
 *     its declaration
 * @param compressed whether units are to be compressed, in a format that does so only if it is asked
 *     to
 */
public record OutputRequest(String name, WritableByteChannel channel, CreateOptions options, boolean compressed) {}
