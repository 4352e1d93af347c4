package io.diskformat.event;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** An image was checked. */
@Name("io.diskformat.Check")
@Label("Check")
@Description("An image was checked")
final class CheckEvent extends DiskEvent {
  @Label("Problems")
  long problems;

  CheckEvent(String file) {
    super(file);
  }


  @Override
  public void amount(long amount) {
    problems = amount;
  }
}
