package io.diskformat;

import java.util.OptionalLong;

/** A change of a dirty bitmap that is kept inside an image: see {@link ImageMaintenance#change}. */
public sealed interface BitmapChange {

  /** Returns the name of the bitmap. */
  String name();

  /**
   * Makes a bitmap that records nothing yet.
   *
   * @param name of at most 1023 bytes, and no other bitmap's
   * @param granularity how many bytes of the disk one bit stands for, a power of two from 512 to 2
   *     GiB; or empty for what the format finds best
   * @param enabled whether writes are recorded from now on
   */
  record Add(String name, OptionalLong granularity, boolean enabled) implements BitmapChange {}

  /**
   * Deletes a bitmap, even an inconsistent one.
   *
   * @param name by which it is known
   */
  record Remove(String name) implements BitmapChange {}

  /**
   * Clears a bitmap: from now on it records only later writes.
   *
   * @param name by which it is known
   */
  record Clear(String name) implements BitmapChange {}

  /**
   * Makes a bitmap record later writes.
   *
   * @param name by which it is known
   */
  record Enable(String name) implements BitmapChange {}

  /**
   * Makes a bitmap no longer record writes.
   *
   * @param name by which it is known
   */
  record Disable(String name) implements BitmapChange {}

  /**
   * Adds to what a bitmap records.
   *
   * @param name by which it is known
   * @param ranges what it is to record as well; what is beyond the disk's end is left out
   */
  record Merge(String name, DirtyCursor ranges) implements BitmapChange {}
}
