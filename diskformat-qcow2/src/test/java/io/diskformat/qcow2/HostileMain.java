package io.diskformat.qcow2;

import io.diskformat.testing.HostileRun;
import java.io.IOException;

/** The process in which images are spoiled. */
final class HostileMain {
  private HostileMain() {}

  public static void main(String[] arguments) throws IOException {
    HostileRun.main("qcow2", ImageLayout::new, arguments);
  }
}
