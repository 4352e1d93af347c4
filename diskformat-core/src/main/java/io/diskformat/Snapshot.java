package io.diskformat;

import java.time.Duration;
import java.time.Instant;

/**
 * A snapshot that is kept inside an image.
 *
 * @param id its identifier, unique within the image
 * @param name its name, which may be empty and need not be unique
 * @param diskSize the size of the disk when it was taken, in bytes
 * @param vmStateSize the size of the machine state saved with it, in bytes; 0 if there is none
 * @param date when it was taken, by the clock of the host
 * @param vmClock the time for which the machine had then been running
 * @param instructionCount the number of instructions that the machine had then executed, or -1 if
 *     that was not recorded
 */
public record Snapshot(
    String id,
    String name,
    long diskSize,
    long vmStateSize,
    Instant date,
    Duration vmClock,
    long instructionCount) {}
