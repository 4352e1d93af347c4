package io.diskformat.imageservice;

import java.time.Instant;

/**
 * An import of an image's data that was asked for.
 *
 * @param id its own id
 * @param user who asked
 * @param method what was asked for, as clients name it
 * @param succeeded whether it was done
 * @param message what went wrong, or an empty string
 * @param createdAt when it was asked for
 * @param updatedAt when it ended
 */
public record ImportTask(
    String id,
    String user,
    String method,
    boolean succeeded,
    String message,
    Instant createdAt,
    Instant updatedAt) {}
