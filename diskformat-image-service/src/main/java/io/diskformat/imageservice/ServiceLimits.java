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
 * @param sharesBlobs whether images of the same bytes and format are stored once
 * @param resumable how long what came of an upload is kept until somebody resumes it
 * @param partialData how many bytes of uploads that may be resumed are kept for one project
 * @param quota how many bytes a project may store, those of uploads that may be resumed among them
 * @param hashesContent whether images get the hash of their disk's content, and a manifest of it
 */
public record ServiceLimits(
    long largestImage,
    long largestDisk,
    long reserve,
    int mostProperties,
    Duration lease,
    boolean formatsMustMatch,
    boolean sharesBlobs,
    Duration resumable,
    long partialData,
    long quota,
    boolean hashesContent) {
  /** Creates limits by which nothing is shared, and a TiB of uploads resumed for a day. */
  public ServiceLimits(
      long largestImage,
      long largestDisk,
      long reserve,
      int mostProperties,
      Duration lease,
      boolean formatsMustMatch) {
    this(
        largestImage,
        largestDisk,
        reserve,
        mostProperties,
        lease,
        formatsMustMatch,
        false,
        Duration.ofDays(1),
        1L << 40,
        Long.MAX_VALUE,
        false);
  }

  /** Returns the usual limits: 1 TiB, disks of 16 TiB, 64 MiB left free, 128 properties. */
  public static ServiceLimits usual() {
    return new ServiceLimits(1L << 40, 1L << 44, 64L << 20, 128, Duration.ofMinutes(2), true);
  }

  /** Returns these limits, by which data need not be of the format that was said. */
  public ServiceLimits withoutFormats() {
    return new ServiceLimits(
        largestImage,
        largestDisk,
        reserve,
        mostProperties,
        lease,
        false,
        sharesBlobs,
        resumable,
        partialData,
        quota,
        hashesContent);
  }

  /** Returns these limits, by which images of the same bytes and format are stored once. */
  public ServiceLimits sharingBlobs() {
    return new ServiceLimits(
        largestImage,
        largestDisk,
        reserve,
        mostProperties,
        lease,
        formatsMustMatch,
        true,
        resumable,
        partialData,
        quota,
        hashesContent);
  }

  /**
   * Returns these limits, with others for uploads that may be resumed.
   *
   * @param kept how long what came is kept until somebody resumes it
   * @param bytes how many are kept for one project
   */
  public ServiceLimits resumable(Duration kept, long bytes) {
    return new ServiceLimits(
        largestImage,
        largestDisk,
        reserve,
        mostProperties,
        lease,
        formatsMustMatch,
        sharesBlobs,
        kept,
        bytes,
        quota,
        hashesContent);
  }

  /** Returns these limits with another of what a project may store, in bytes. */
  public ServiceLimits quota(long bytes) {
    return new ServiceLimits(
        largestImage,
        largestDisk,
        reserve,
        mostProperties,
        lease,
        formatsMustMatch,
        sharesBlobs,
        resumable,
        partialData,
        bytes,
        hashesContent);
  }

  /**
   * Returns these limits, by which images get the hash of their disk's content as the property
   * {@code os_diskformat_content_hash}, and a manifest, by which checks say which ranges of the
   * disk are damaged.
   */
  public ServiceLimits hashingContent() {
    return new ServiceLimits(
        largestImage,
        largestDisk,
        reserve,
        mostProperties,
        lease,
        formatsMustMatch,
        sharesBlobs,
        resumable,
        partialData,
        quota,
        true);
  }
}
