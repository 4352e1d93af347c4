package io.diskformat.testing;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes work on images fail at each point at which it can: the host is full, one operation on a
 * file fails, or every one from some point on. Whatever the point, the images must then be sound
 * and show what they may, and the work must succeed when it is done again.
 */
public final class FailingWork {
  /** Work that still fails at a later point is taken to never end. */
  private static final int MOST_POINTS = 20_000;

  private final List<PagedStorage> images;
  private final Task work;
  private final Look look;
  private final Random random;

  /** Work on images, which opens them and ends with closing them. */
  @FunctionalInterface
  public interface Task {
    /** Does the work. */
    void on(List<FaultyStorage> images) throws IOException;
  }

  /** Looks at what is left. */
  @FunctionalInterface
  public interface Look {
    /**
     * Fails unless the images are as they may be.
     *
     * @param done whether the work came to its end
     */
    void at(List<FaultyStorage> images, boolean done) throws IOException;
  }

  /** How work fails. */
  private enum Failure {
    /** There is room for a number of pages only. */
    FULL,
    /** One change fails after a part of it was made. */
    ONCE,
    /** After a number of changes, every one fails. */
    BROKEN
  }

  /**
   * Describes work.
   *
   * @param images the images that it is done on; copies of them are changed
   * @param random decides which part of a failing write is made
   */
  public FailingWork(List<? extends Storage> images, Task work, Look look, Random random)
      throws IOException {
    this.images = new ArrayList<>();
    for (Storage image : images) {
      this.images.add(PagedStorage.copyOf(image));
    }
    this.work = work;
    this.look = look;
    this.random = random;
  }

  /** Does the work until none of its changes fails, in each way; returns how often one did. */
  public int run() throws IOException {
    int failures = 0;
    for (Failure failure : Failure.values()) {
      for (int image = 0; image < images.size(); image++) {
        int point = 0;
        while (fails(failure, image, point)) {
          point++;
          if (point > MOST_POINTS) {
            throw new AssertionError("no end of " + failure);
          }
        }
        failures += point;
      }
    }
    return failures;
  }

  private boolean fails(Failure failure, int image, int point) throws IOException {
    List<FaultyStorage> copies = new ArrayList<>();
    for (PagedStorage original : images) {
      copies.add(new FaultyStorage(original.copy(original.name())));
    }
    FaultyStorage faulty = copies.get(image);
    long torn = random.nextLong();
    switch (failure) {
      case FULL -> faulty.limitSpace((long) point * PagedStorage.PAGE);
      case ONCE -> faulty.failAfter(point, Tear.sectors(number -> (torn >>> number & 1) != 0));
      case BROKEN -> faulty.breakAfter(point);
    }
    try {
      boolean failed = attempt(copies);
      copies.forEach(FaultyStorage::heal);
      // A fault that the work does not report is no failure.
      look.at(copies, !failed);
      if (failed) {
        work.on(copies);
        look.at(copies, true);
      }
      return faulty.failures() > 0;
    } catch (IOException | AssertionError e) {
      String what = failure + " at " + point + " of " + faulty.name();
      throw new AssertionError(what + ": " + e.getMessage(), e);
    }
  }

  private boolean attempt(List<FaultyStorage> copies) {
    try {
      work.on(copies);
      return false;
    } catch (IOException expected) {
      return true;
    }
  }
}
