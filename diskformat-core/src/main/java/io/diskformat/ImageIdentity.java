package io.diskformat;

import java.util.UUID;

/**
 * The UUIDs by which an image that is a difference to this one recognizes it, where the format
 * records such: VDI.
 *
 * @param uuid the UUID of the image, which never changes
 * @param modification a UUID that changes with the first change after each opening for writing
 */
public record ImageIdentity(UUID uuid, UUID modification) {}
