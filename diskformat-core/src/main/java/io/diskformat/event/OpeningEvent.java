package io.diskformat.event;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** An image was opened, or one below it. */
@Name("io.diskformat.Opening")
@Label("Opening of an Image")
@Description("An image was opened, or one below it")
final class OpeningEvent extends DiskEvent {
  @Label("Format")
  String format = "";

  @Label("Writable")
  final boolean writable;

  OpeningEvent(String file, boolean writable) {
    super(file);
    this.writable = writable;
  }


  @Override
  public void format(String name) {
    format = name;
  }
}
