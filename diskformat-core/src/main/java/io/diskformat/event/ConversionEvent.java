package io.diskformat.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A disk was copied into an image or onto a device. */
@Name("io.diskformat.Conversion")
@Label("Conversion")
@Description("A disk was copied into an image or onto a device")
final class ConversionEvent extends DiskEvent {
  @Label("Disk Size")
  @DataAmount
  final long bytes;

  ConversionEvent(String file, long bytes) {
    super(file);
    this.bytes = bytes;
  }

}
