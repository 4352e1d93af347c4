package io.diskformat.imageservice;

import java.time.Duration;

/**
 * What the service keeps to.
 *
 * @param largestImage the largest file, in bytes
 * @param largestDisk the largest disk in a file, in bytes
 * @param reserve how many bytes of the store are left free
 * @param mostProperties the most properties of an image, and the most tags, and the most members
 * @param lease how long an upload counts of which nothing is heard
 * @param formatsMustMatch whether data must be of the format that was said; otherwise what is of
 *     another one, or of none, is taken all the same, unless it is not safe
 */
public record ServiceLimits(
    long largestImage, long largestDisk, long reserve, int mostProperties, Duration lease,
    boolean formatsMustMatch) {
  /** Returns the usual limits: 1 TiB, disks of 16 TiB, 64 MiB left free, 128 properties. */
  public static ServiceLimits usual() {
    return new ServiceLimits(1L << 40, 1L << 44, 64L << 20, 128, Duration.ofMinutes(2), true);
  }

  /** Returns these limits, by which data need not be of the format that was said. */
  public ServiceLimits withoutFormats() {
    return new ServiceLimits(largestImage, largestDisk, reserve, mostProperties, lease, false);
  }
}
