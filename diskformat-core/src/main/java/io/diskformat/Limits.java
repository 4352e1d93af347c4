package io.diskformat;

import io.diskformat.LimitExceededException.Limit;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much an image may demand of the program that opens it. Each image of a chain is checked
 * against them. None is set by default; the formats have limits of their own besides. Immutable:
 * each method that changes a limit returns a new object.
 */
public final class Limits {
  private static final Limits NONE =
      new Limits(Long.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE, null, InstantSource.system());

  private final long disk;
  private final int chain;
  private final long metadata;
  private final @Nullable Instant deadline;
  private final InstantSource clock;

  private Limits(
      long disk, int chain, long metadata, @Nullable Instant deadline, InstantSource clock) {
    this.disk = disk;
    this.chain = chain;
    this.metadata = metadata;
    this.deadline = deadline;
    this.clock = clock;
  }

  /** Returns no limits. */
  public static Limits none() {
    return NONE;
  }

  /**
   * Returns these limits with one for the size of the disk.
   *
   * @param bytes the largest disk that is opened
   */
  public Limits largestDisk(long bytes) {
    return new Limits(notNegative(bytes), chain, metadata, deadline, clock);
  }

  /**
   * Returns these limits with one for the number of images that are opened, each a difference to
   * the next.
   *
   * @param images the largest number of images in a chain, the first included; 1 for an image that
   *     stands alone
   */
  public Limits longestChain(int images) {
    if (images < 1) {
      throw new IllegalArgumentException("a chain of " + images + " images");
    }
    return new Limits(disk, images, metadata, deadline, clock);
  }

  /**
   * Returns these limits with one for the metadata of an image that must be read, and partly kept,
   * before its disk can be: descriptions, and the tables that lead to all others.
   *
   * @param bytes the largest description or table that is read
   */
  public Limits largestMetadata(long bytes) {
    return new Limits(disk, chain, notNegative(bytes), deadline, clock);
  }

  /**
   * Returns these limits with a time from which on no image is opened, none below an open one,
   * maintenance that is under way ends at its next report of progress, and an engine to which they
   * are given (a conversion, a hash, a comparison, a verification) with the step that each of its
   * workers has begun.
   */
  public Limits deadline(Instant time) {
    return deadline(time, InstantSource.system());
  }

  /**
   * Returns these limits with a {@linkplain #deadline(Instant) deadline} by a clock of the
   * caller's.
   *
   * @param clock asked by many threads at once
   */
  public Limits deadline(Instant time, InstantSource clock) {
    return new Limits(disk, chain, metadata, time, clock);
  }

  private static long notNegative(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("a limit of " + bytes + " bytes");
    }
    return bytes;
  }

  /** Returns the size of the largest disk that is opened, in bytes. */
  public long largestDisk() {
    return disk;
  }

  /** Returns the largest number of images in a chain. */
  public int longestChain() {
    return chain;
  }

  /** Returns the size of the largest metadata that is read before a disk is, in bytes. */
  public long largestMetadata() {
    return metadata;
  }

  /** Returns the time at which opening, maintenance and engines end, if there is one. */
  public Optional<Instant> deadline() {
    return Optional.ofNullable(deadline);
  }

  /**
   * Checks the size of a disk.
   *
   * @param image its name in error messages
   * @throws LimitExceededException if it is too large
   */
  public void checkDisk(String image, long size) throws LimitExceededException {
    if (size > disk) {
      throw new LimitExceededException(
          image,
          Limit.DISK,
          "its disk has " + size + " bytes, and the caller allows " + disk + " at most");
    }
  }

  /**
   * Checks the length of a chain.
   *
   * @param image the name in error messages of the image at its end so far
   * @param images how many images it has
   * @throws LimitExceededException if there are too many
   */
  public void checkChain(String image, int images) throws LimitExceededException {
    if (images > chain) {
      throw new LimitExceededException(
          image,
          Limit.CHAIN,
          "the chain of images is longer than the " + chain + " that the caller allows");
    }
  }

  /**
   * Checks the size of metadata.
   *
   * @param image its name in error messages
   * @param what it is, for the message
   * @param bytes how large it is
   * @throws LimitExceededException if it is too large
   */
  public void checkMetadata(String image, String what, long bytes) throws LimitExceededException {
    if (bytes > metadata) {
      throw new LimitExceededException(
          image,
          Limit.METADATA,
          what + " has " + bytes + " bytes, and the caller allows " + metadata + " at most");
    }
  }

  /**
   * Checks the deadline.
   *
   * @param image the name in error messages of the image or disk in work
   * @throws LimitExceededException if the deadline has passed
   */
  public void checkDeadline(String image) throws LimitExceededException {
    if (deadline != null && clock.instant().isAfter(deadline)) {
      throw new LimitExceededException(
          image, Limit.DEADLINE, "the caller's deadline, " + deadline + ", has passed");
    }
  }
}
