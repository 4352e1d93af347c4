package io.diskformat.event;

import jdk.jfr.FlightRecorder;

/** Begins what may be recorded. All of this does nothing while Flight Recorder is off. */
public final class Events {
  /** Whether the JVM has Flight Recorder: it may come without that module. */
  private static final boolean PRESENT = isPresent();

  private Events() {}

  private static boolean isPresent() {
    try {
      boolean _ = FlightRecorder.isInitialized();
      return true;
    } catch (NoClassDefFoundError e) {
      return false;
    }
  }

  private static boolean isOn() {
    return PRESENT && FlightRecorder.isInitialized();
  }

  /**
   * Begins to open an image, one of those below it, or an image for maintenance.
   *
   * @param file the name of the image in error messages
   */
  public static Span opening(String file, boolean writable) {
    return isOn() ? new OpeningEvent(file, writable).begun() : Span.NONE;
  }

  /**
   * Begins to allocate space in an image's file.
   *
   * @param file the name of the file in error messages
   * @param bytes how many bytes of it are needed
   */
  public static Span allocation(String file, long bytes) {
    return isOn() ? new AllocationEvent(file, bytes).begun() : Span.NONE;
  }

  /**
   * Begins to make a disk's writes durable.
   *
   * @param file the name of the image in error messages
   */
  public static Span flush(String file) {
    return isOn() ? new FlushEvent(file).begun() : Span.NONE;
  }

  /**
   * Begins a conversion.
   *
   * @param source the name of the source
   * @param bytes the size of its disk, in bytes
   */
  public static Span conversion(String source, long bytes) {
    return isOn() ? new ConversionEvent(source, bytes).begun() : Span.NONE;
  }

  /**
   * Begins to check an image; the amount is that of the problems.
   *
   * @param file the name of the image in error messages
   */
  public static Span check(String file) {
    return isOn() ? new CheckEvent(file).begun() : Span.NONE;
  }
}
