package io.diskformat.vdi;

import io.diskformat.testing.HostileRun;
import java.io.IOException;

/** The process in which images are spoiled. */
final class HostileMain {
  private HostileMain() {}

  public static void main(String[] arguments) throws IOException {
    HostileRun.main("vdi", VdiStructures::new, arguments);
  }
}
