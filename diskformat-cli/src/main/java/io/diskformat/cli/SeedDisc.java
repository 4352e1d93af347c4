package io.diskformat.cli;

import io.diskformat.ProgressListener;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.iso.build.CloudInitSeed;
import io.diskformat.iso.build.DiscReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The step of the demo that makes a disc of files, and reads it. */
final class SeedDisc {
  private static final byte[] USER_DATA =
      "#cloud-config\nhostname: demo\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] META_DATA = "instance-id: demo\n".getBytes(StandardCharsets.UTF_8);

  private final Narration narration;
  private final Path directory;

  SeedDisc(Narration narration, Path directory) {
    this.narration = narration;
    this.directory = directory;
  }

  void run() throws IOException {
    narration.step("Make a disc for cloud-init", "CloudInitSeed.of(userData, metaData, ...)");
    Path image = directory.resolve("seed.iso");
    try {
      DiscReport report =
          CloudInitSeed.of(USER_DATA, META_DATA, Optional.empty())
              .write(image, false, ProgressListener.NONE);
      narration.say("an ISO image of " + Sizes.human(report.size()) + ", the same each time");
      try (FileSystem files = DiskFileSystems.open(image)) {
        String[] lines = Files.readString(files.getPath("/user-data")).split("\n", -1);
        narration.say("its user-data: " + lines[0] + ", " + lines[1]);
      }
    } finally {
      Files.deleteIfExists(image);
    }
  }
}
