package io.diskformat;

/**
 * A bitmap that is kept inside an image, and records which parts of its disk were written since the
 * bitmap was made or cleared: what an incremental backup has to copy.
 *
 * @param name by which it is known in its image
 * @param granularity how many bytes of the disk one bit stands for; a power of two
 * @param enabled whether writes are recorded
 * @param inconsistent whether some writes may be missing, because a writer did not end properly;
 *     such a bitmap can only be removed
 */
public record DirtyBitmap(String name, long granularity, boolean enabled, boolean inconsistent) {}
