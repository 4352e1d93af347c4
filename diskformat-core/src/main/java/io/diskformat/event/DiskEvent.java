package io.diskformat.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/** The fields that all events have. */
@Category("diskformat")
@StackTrace(false)
abstract class DiskEvent extends Event implements Span {
  @Label("File")
  @Description("The image or file, as the caller or the image spells it")
  final String file;

  @Label("Succeeded")
  boolean succeeded;

  DiskEvent(String file) {
    this.file = file;
  }

  /** Begins the event, and returns it. */
  final DiskEvent begun() {
    begin();
    return this;
  }

  @Override
  public final void succeeded() {
    succeeded = true;
  }

  @Override
  public final void close() {
    commit();
  }
}
