package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.Path;

/** Shows what the library does, step by step. */
final class Demo {
  private final Terminal terminal;
  private final Path directory;

  /** Creates a demo in an empty directory, which the caller deletes. */
  Demo(Terminal terminal, Path directory) {
    this.terminal = terminal;
    this.directory = directory;
  }

  void run() throws IOException {
    terminal.line(
        "Each step is a call or two into the library, on files that are deleted at the end.");
    Narration narration = new Narration(terminal);
    new DemoTour(narration, terminal).run(directory.resolve("disk.qcow2"));
    new LargeImage(narration, directory).run();
    new DemoStream(narration, directory).run(directory.resolve("disk.qcow2"));
    new SeedDisc(narration, directory).run();
    new SharedImage(narration, directory).run();
    new KilledWriter(narration, directory).run();
    new DamagedImage(narration, directory).run();
    new HostileUploads(narration, directory).run();
    new EditedGuest(narration, directory).run();
    terminal.line("");
    terminal.line("Now with an image of your own: diskformat info FILE");
  }
}
