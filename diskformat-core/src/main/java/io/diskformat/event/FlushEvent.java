package io.diskformat.event;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** What was written to a disk was made durable. */
@Name("io.diskformat.Flush")
@Label("Flush")
@Description("What was written to a disk was made durable")
final class FlushEvent extends DiskEvent {
  FlushEvent(String file) {
    super(file);
  }

}
