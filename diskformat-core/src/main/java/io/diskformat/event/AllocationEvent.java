package io.diskformat.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Space in an image file was allocated. */
@Name("io.diskformat.Allocation")
@Label("Allocation")
@Description("Space in an image file was allocated")
final class AllocationEvent extends DiskEvent {
  @Label("Size")
  @DataAmount
  final long bytes;

  AllocationEvent(String file, long bytes) {
    super(file);
    this.bytes = bytes;
  }

}
