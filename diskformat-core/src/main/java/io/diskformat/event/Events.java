package io.diskformat.event;

import jdk.jfr.FlightRecorder;

/** Begins the events of operations. Does nothing while Flight Recorder is off. */
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
   * Begins the event for opening an image, one of those below it, or an image for maintenance.
   *
   * @param file the name of the image in error messages
   */
  public static Span opening(String file, boolean writable) {
    return isOn() ? new OpeningEvent(file, writable).begun() : Span.NONE;
  }

  /**
   * Begins the event for allocating space in an image's file.
   *
   * @param file the name of the file in error messages
   * @param bytes how many bytes of it are needed
   */
  public static Span allocation(String file, long bytes) {
    return isOn() ? new AllocationEvent(file, bytes).begun() : Span.NONE;
  }

  /**
   * Begins the event for making a disk's writes durable.
   *
   * @param file the name of the image in error messages
   */
  public static Span flush(String file) {
    return isOn() ? new FlushEvent(file).begun() : Span.NONE;
  }

  /**
   * Begins the event for a conversion.
   *
   * @param source the name of the source
   * @param bytes the size of its disk, in bytes
   */
  public static Span conversion(String source, long bytes) {
    return isOn() ? new ConversionEvent(source, bytes).begun() : Span.NONE;
  }

  /**
   * Begins the event for checking an image; its amount is the number of problems.
   *
   * @param file the name of the image in error messages
   */
  public static Span check(String file) {
    return isOn() ? new CheckEvent(file).begun() : Span.NONE;
  }
}
