package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the records of images are kept. What a method did is durable when it returns. Thread-safe.
 */
public interface Catalogue extends Closeable {
  /** Returns the record of an image, also of one that was deleted. */
  Optional<ImageRecord> find(String id) throws IOException;

  /**
   * Returns the records of all images, without those that were deleted, in any order: all as they
   * are at one moment, after this was called. So what goes from one record to another, and is in
   * one of them at any time, is in one that is returned.
   */
  Stream<ImageRecord> all() throws IOException;

  /** Returns whether there never was a record, not even of an image that was deleted. */
  boolean isEmpty() throws IOException;

  /**
   * Adds a record.
   *
   * @return whether there was none of that id, not even of an image that was deleted
   */
  boolean add(ImageRecord image) throws IOException;

  /**
   * Replaces a record if nobody has changed it.
   *
   * @param before what {@link #find} returned
   * @param after what is to take its place; its revision does not matter
   * @return whether {@code before} still had the latest revision, and so was replaced
   */
  boolean replace(ImageRecord before, ImageRecord after) throws IOException;

  /**
   * Returns whether other services may have the same catalogue open. What one of them does is seen
   * by the others at once.
   */
  default boolean isShared() {
    return false;
  }
}
